"""Pools over windows and over whole maps, and zeros around maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from konv.formats.exchange.channels_first import Value
from konv.formats.exchange.channels_first.values import CHANNELS_FIRST
from konv.formats.onnx.importing.operation import Operation, UnsupportedError
from konv.formats.onnx.importing.windows import windows_of
from konv.language import translate as _
from konv.layers.base import shape_text

__all__ = ["OPERATIONS", "pooled"]


def pooled(op: Operation, kind: str, name: str) -> Value:
    """A pool of the windows that the operation speaks of."""
    x = op.x
    op.ignore("storage_order")  # of the indices, which are refused
    window = op.pair(op.integers("kernel_shape") or (), _("a window"))
    if len(x.shape) != 3:
        raise UnsupportedError(_("a pool over {shape}", shape=shape_text(x.shape)))
    strides, zeros, dilation = windows_of(op, x, window)
    if dilation != (1, 1):
        raise UnsupportedError(_("a pool with dilations {dilation}", dilation=shape_text(dilation)))
    return op.builder.pool(
        kind,
        x,
        window,
        strides=strides,
        padding=zeros,
        ceil_mode=bool(op.integer("ceil_mode", 0)),
        count_zeros=bool(op.integer("count_include_pad", 0)) and kind == "average",
        name=name,
    )


def _pool(kind: str) -> Callable[[Operation], Value]:
    return lambda op: pooled(op, kind, op.name)


def _global_pool(kind: str) -> Callable[[Operation], Value]:
    return lambda op: op.builder.global_pool(kind, op.x, name=op.name)


def _reduction(kind: str) -> Callable[[Operation], Value]:
    """The mean or the largest over rows and columns; the axes count from the batch, 0."""

    def read(op: Operation) -> Value:
        x = op.x
        axes = op.integers("axes")
        given = op.whole_numbers(1, _("axes")) if axes is None else list(axes)
        if op.integer("noop_with_empty_axes", 0) and not given:
            return x
        rank = len(x.shape) + 1
        over = {axis % rank for axis in (given or range(rank)) if isinstance(axis, int)}
        if over != {axis for axis in range(1, rank) if x.axes[axis - 1] in (0, 1)} or rank != 4:
            raise UnsupportedError(
                _(
                    "{kind} over the axes {axes} of {shape}: not rows and columns",
                    kind=op.node.kind,
                    axes=sorted(over),
                    shape=shape_text(x.shape),
                )
            )
        keepdims = bool(op.integer("keepdims", 1))
        first, back = _channels_first(op, x)
        y = op.builder.global_pool(kind, first, keepdims=keepdims, name=op.name)
        return op.builder.transpose(y, back) if keepdims else y

    return read


def _pad(op: Operation) -> Value:
    x, rank = op.x, len(op.x.shape) + 1
    if op.opset < 11:
        pads: list[Any] = list(op.integers("pads") or ())
        filling: float | None = op.real("value", 0.0)
        axes: list[Any] | None = None
    else:
        pads = op.whole_numbers(1, _("pads")) or []
        filling = op.number(2, _("a filling"))
        axes = op.whole_numbers(3, _("axes"))
    axes = list(range(rank)) if axes is None else [axis % rank for axis in axes]
    if op.text("mode", "constant") != "constant" or filling not in (None, 0.0):
        raise UnsupportedError(_("Pad with anything but zeros"))
    if len(pads) != 2 * len(axes) or any(zeros < 0 for zeros in pads):
        raise UnsupportedError(_("Pad with {pads}", pads=pads))
    around = {axis: (pads[i], pads[i + len(axes)]) for i, axis in enumerate(axes)}
    if not any(map(any, around.values())):
        return x
    if rank != 4 or any(any(around.get(axis, ())) for axis in _others(x)):
        raise UnsupportedError(_("Pad with {pads}: not rows and columns", pads=pads))
    first, back = _channels_first(op, x)
    place = {axis: 1 + index for index, axis in enumerate(x.axes)}
    rows, columns = (around.get(place[axis], (0, 0)) for axis in (0, 1))
    return op.builder.transpose(op.builder.pad(first, (rows, columns), name=op.name), back)


def _others(x: Value) -> tuple[int, ...]:
    """The axes, counted from the batch, that are neither rows nor columns."""
    return (0, *(1 + index for index, axis in enumerate(x.axes) if axis not in (0, 1)))


def _channels_first(op: Operation, x: Value) -> tuple[Value, tuple[int, ...]]:
    """The same value channels first, and the axes that lead back."""
    steps = [x.axes.index(axis) for axis in CHANNELS_FIRST]
    back = tuple(CHANNELS_FIRST.index(axis) for axis in x.axes)
    return op.builder.transpose(x, steps), back


OPERATIONS: Mapping[str, Any] = MappingProxyType(
    {
        "MaxPool": _pool("max"),
        "AveragePool": _pool("average"),
        "GlobalMaxPool": _global_pool("max"),
        "GlobalAveragePool": _global_pool("average"),
        "ReduceMean": _reduction("average"),
        "ReduceMax": _reduction("max"),
        "Pad": _pad,
    }
)
