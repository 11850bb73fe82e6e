"""Convolutions, pools and padding of PyTorch, as calls of the builder."""

from __future__ import annotations

import math
from typing import Any

from konv.formats.exchange.channels_first import UNKNOWN, Value
from konv.formats.pytorch.reading.reader import (
    NO_ZEROS,
    Pending,
    Reader,
    Zeros,
    as_array,
    operation,
    pair,
)
from konv.language import translate as _
from konv.layers.size import window_axis

__all__: list[str] = []


@operation("conv2d")
def _conv2d(
    reader: Reader,
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Value:
    x, zeros, negated = reader.windowed(input, 0.0)
    if negated:
        x = reader.value(Pending(x, negated=True))
    if not x.known:
        return UNKNOWN
    return reader.builder.convolution(
        x,
        as_array(weight),
        None if bias is None else as_array(bias),
        strides=pair(stride),
        padding=_added(zeros, _zeros(padding, weight.shape[2:], pair(dilation))),
        dilation=pair(dilation),
        groups=int(groups),
        name=reader.name,
        owner=reader.owner_of(weight),
    )


def _zeros(padding: Any, window: tuple[int, ...], dilation: tuple[int, int]) -> Zeros:
    """PyTorch's padding as zeros at each side; its "same" knows a stride of 1 only."""
    if padding == "valid":
        return NO_ZEROS
    if padding == "same":
        rows, columns = (
            window_axis(1, kernel, padding="same", dilation=gap)
            for kernel, gap in zip(window, dilation, strict=True)
        )
        return (rows.before, rows.after), (columns.before, columns.after)
    rows_, columns_ = pair(padding)
    return (rows_, rows_), (columns_, columns_)


def _added(one: Zeros, other: Zeros) -> Zeros:
    (a, b), (c, d) = one
    (e, f), (g, h) = other
    return (a + e, b + f), (c + g, d + h)


@operation("max_pool2d")
def _max_pool2d(
    reader: Reader,
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Value | Pending:
    if pair(dilation) != (1, 1):
        return reader.refuse(_("a pool with dilation {dilation}", dilation=dilation))
    if return_indices:
        return reader.refuse(_("a pool that returns indices"))
    x, zeros, negated = reader.windowed(input, -math.inf)
    if not x.known:
        return UNKNOWN
    pooled = reader.builder.pool(
        "min" if negated else "max",
        x,
        pair(kernel_size),
        strides=pair(stride or kernel_size),
        padding=_added(zeros, _zeros(padding, (), (1, 1))),
        ceil_mode=ceil_mode,
        name=reader.name,
    )
    # −min x is what max −x is.
    return Pending(pooled, negated=True) if negated else pooled


@operation("avg_pool2d")
def _avg_pool2d(
    reader: Reader,
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Value:
    if divisor_override is not None:
        return reader.refuse(_("a pool with divisor_override={number}", number=divisor_override))
    x = reader.value(input)
    if not x.known:
        return UNKNOWN
    return reader.builder.pool(
        "average",
        x,
        pair(kernel_size),
        strides=pair(stride or kernel_size),
        padding=_zeros(padding, (), (1, 1)),
        ceil_mode=ceil_mode,
        count_zeros=count_include_pad,
        name=reader.name,
    )


@operation("_average_pool")
def _uneven_average_pool(
    reader: Reader, inputs: Any, pool: Any, strides: Any, sides: tuple[int, int, int, int]
) -> Value:
    """What konv itself writes for an average pool with uneven padding."""
    x = reader.value(inputs[0])
    left, right, top, bottom = sides
    if not x.known:
        return UNKNOWN
    return reader.builder.pool(
        "average",
        x,
        pair(pool),
        strides=pair(strides),
        padding=((top, bottom), (left, right)),
        name=reader.name,
    )


@operation("adaptive_avg_pool2d")
def _adaptive_avg_pool2d(reader: Reader, input: Any, output_size: Any) -> Any:
    return _adaptive(reader, "average", input, output_size)


@operation("adaptive_max_pool2d")
def _adaptive_max_pool2d(
    reader: Reader, input: Any, output_size: Any, return_indices: bool = False
) -> Any:
    if return_indices:
        return reader.refuse(_("a pool that returns indices"))
    return _adaptive(reader, "max", input, output_size)


def _adaptive(reader: Reader, kind: str, input: Any, output_size: Any) -> Value:
    """A pool that makes a map of this size: windows all alike where the size divides the map's."""
    x = reader.value(input)
    if not x.known or len(x.shape) != 3:
        return reader.refuse(_("a pool behind a flattened map")) if x.known else UNKNOWN
    wanted = output_size if isinstance(output_size, (tuple, list)) else (output_size, output_size)
    sizes = x.shape[1:]
    outputs = tuple(size if w is None else int(w) for w, size in zip(wanted, sizes, strict=True))
    if outputs == (1, 1):
        return reader.builder.global_pool(kind, x, name=reader.name)
    if outputs == sizes:
        return x
    if any(output < 1 or size % output for output, size in zip(outputs, sizes, strict=True)):
        return reader.refuse(
            _(
                "an adaptive pool from {sizes} to {outputs}, whose windows are of different sizes",
                sizes=f"{sizes[0]}×{sizes[1]}",
                outputs=f"{outputs[0]}×{outputs[1]}",
            )
        )
    window = (sizes[0] // outputs[0], sizes[1] // outputs[1])
    return reader.builder.pool(kind, x, window, strides=window, name=reader.name)


@operation("pad")
def _pad(reader: Reader, input: Any, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    if mode != "constant":
        return reader.refuse(_("padding of mode {mode}", mode=mode))
    sides = [int(side) for side in pad]
    filling = float(value or 0)
    if len(sides) > 4 or len(sides) % 2 or min(sides, default=0) < 0:
        return reader.refuse(_("padding {sides}", sides=tuple(sides)))
    if filling not in (0.0, -math.inf):
        return reader.refuse(_("padding by {number}", number=filling))
    left, right, top, bottom = [*sides, 0, 0, 0, 0][:4]
    return reader.padded(input, ((top, bottom), (left, right)), filling)


@operation("batch_norm")
def _batch_norm(
    reader: Reader,
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float | None = 0.1,
    eps: float = 1e-5,
) -> Value:
    x = reader.value(input)
    if running_mean is None or running_var is None or training:
        return reader.refuse(
            _("a normalization without running statistics (track_running_stats=False)")
        )
    if momentum is None:
        reader.note(_("momentum=None, a mean over all batches, became momentum 0.99 for training"))
        momentum = 0.01
    if not x.known:
        return UNKNOWN
    return reader.builder.normalization(
        x,
        mean=as_array(running_mean),
        variance=as_array(running_var),
        scale=None if weight is None else as_array(weight),
        shift=None if bias is None else as_array(bias),
        epsilon=float(eps),
        momentum=round(1 - float(momentum), 12),
        name=reader.name,
        owner=reader.owner_of(running_mean),
    )
