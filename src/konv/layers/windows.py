"""im2col and col2im: every window of a map as one row of a matrix, and back.

A convolution is then one matrix product: with columns (windows, rows·columns·channels of the
kernel) and kernels (the same, filters), ``columns @ kernels`` holds every output.

The order of a row is that of a kernel stored (height, width, channels): row by row, column by
column, channel by channel. ``col2im`` adds where windows overlap, so it is the adjoint of
``im2col``: ⟨im2col(x), c⟩ = ⟨x, col2im(c)⟩, which is what a gradient needs.

Source: Chellapilla, Puri and Simard, "High performance convolutional neural networks for document
processing", 2006, section 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from konv.constraints import Integer, Tuple
from konv.errors import ShapeError
from konv.language import translate as _
from konv.layers.fields import KERNEL_SIZE, PaddingConstraint, axis_paddings
from konv.layers.size import WindowAxis, window_axis
from konv.limits import MAX_ELEMENTS_PER_MAP
from konv.parameters import check_value

__all__ = [
    "Array",
    "Axes",
    "add_windows",
    "col2im",
    "cut_padding",
    "im2col",
    "pad_map",
    "taps",
    "window_axes",
    "windows",
]

Array = np.ndarray[Any, np.dtype[Any]]
Axes = tuple[WindowAxis, WindowAxis]
_MAP_SHAPE = Tuple(Integer(0, MAX_ELEMENTS_PER_MAP), lengths=(2, 3, 4))


def pad_map(maps: Array, axes: Axes, value: float = 0) -> Array:
    """Maps (N, H, W, C) with the padding of ``axes`` around them."""
    rows, columns = axes
    widths = ((0, 0), (rows.before, rows.after), (columns.before, columns.after), (0, 0))
    if not any(map(any, widths)):
        return maps
    return np.pad(maps, widths, constant_values=value)


def cut_padding(padded: Array, axes: Axes) -> Array:
    """Padded maps without their padding, a view: the adjoint of :func:`pad_map`."""
    rows, columns = (slice(axis.before, axis.before + axis.size) for axis in axes)
    return padded[:, rows, columns]


def windows(padded: Array, axes: Axes) -> Array:
    """All windows of padded maps (N, H, W, C) as a view (N, OH, OW, KH, KW, C)."""
    rows, columns = axes
    view = np.lib.stride_tricks.sliding_window_view(padded, (rows.span, columns.span), axis=(1, 2))
    view = view[:, :: rows.stride, :: columns.stride, :, :: rows.dilation, :: columns.dilation]
    return view.transpose(0, 1, 2, 4, 5, 3)


def taps(padded: Array, axes: Axes) -> Iterator[tuple[int, int, Array]]:
    """(i, j, the input (N, OH, OW, C) that kernel element (i, j) meets in every window), a view."""
    rows, columns = axes
    for i in range(rows.kernel):
        for j in range(columns.kernel):
            yield i, j, padded[:, _tap(rows, i), _tap(columns, j), :]


def _tap(axis: WindowAxis, position: int) -> slice:
    start = position * axis.dilation
    return slice(start, start + (axis.output - 1) * axis.stride + 1, axis.stride)


def add_windows(columns: Array, shape: tuple[int, ...], axes: Axes) -> Array:
    """Windows (N, OH, OW, KH, KW, C) added up into maps of ``shape`` (N, H, W, C)."""
    height, width = (axis.size + axis.before + axis.after for axis in axes)
    padded = np.zeros((shape[0], height, width, shape[3]), columns.dtype)
    for i, j, met in taps(padded, axes):
        met += columns[:, :, :, i, j]
    return cut_padding(padded, axes)


def im2col(
    maps: Array, kernel: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1
) -> Array:
    """Every window as one row.

    Args:
        maps: (H, W), (H, W, C) or (N, H, W, C).
        kernel: rows and columns of a window; one number stands for both.
        stride: how far one window lies from the next.
        padding: zeros around the map: a number, ((top, bottom), (left, right)), or a word.
        dilation: how far one element of a window lies from the next.

    Returns:
        (N·OH·OW, KH·KW·C), a new array of the dtype of ``maps``.

    Raises:
        ParameterError: a value is not a whole number in range.
        ShapeError: K102, ``maps`` has another rank; K104, no window fits.

    Example:
        >>> im2col(np.arange(9).reshape(3, 3), 2)
        array([[0, 1, 3, 4],
               [1, 2, 4, 5],
               [3, 4, 6, 7],
               [4, 5, 7, 8]])
    """
    maps = np.asarray(maps)
    batch = _as_batch(maps.shape)
    axes = window_axes("im2col", batch, kernel, stride, padding, dilation)
    view = windows(pad_map(maps.reshape(batch), axes), axes)
    return np.array(view, order="C").reshape(-1, axes[0].kernel * axes[1].kernel * batch[3])


def col2im(
    columns: Array,
    shape: tuple[int, ...],
    kernel: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
) -> Array:
    """Rows of :func:`im2col` added back to where they came from (overlaps are summed).

    Args:
        columns: (N·OH·OW, KH·KW·C).
        shape: of the maps: (H, W), (H, W, C) or (N, H, W, C).
        kernel, stride, padding, dilation: as of :func:`im2col`.

    Returns:
        Maps of ``shape``.

    Raises:
        ParameterError: a value is not a whole number in range, or ``shape`` has another rank.
        ShapeError: K106, ``columns`` do not belong to ``shape``; K104, no window fits.

    Example:
        >>> col2im(np.ones((4, 4), int), (3, 3), 2)      # how often each element takes part
        array([[1, 2, 1],
               [2, 4, 2],
               [1, 2, 1]])
    """
    shape = check_value("shape", shape, _MAP_SHAPE, where="col2im")
    batch = _as_batch(shape)
    rows, cols = axes = window_axes("col2im", batch, kernel, stride, padding, dilation)
    full = (batch[0], rows.output, cols.output, rows.kernel, cols.kernel, batch[3])
    expected = (full[0] * full[1] * full[2], full[3] * full[4] * full[5])
    columns = np.asarray(columns)
    if columns.shape != expected:
        raise ShapeError(
            _("columns of shape {given}, not {expected}", given=columns.shape, expected=expected),
            code="K106",
            where="col2im",
            fix=_("give the kernel, stride, padding and dilation that im2col was given"),
        )
    return add_windows(columns.reshape(full), batch, axes).reshape(shape)


def _as_batch(shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    if len(shape) == 2:
        return (1, *shape, 1)
    if len(shape) == 3:
        return (1, *shape)
    if len(shape) == 4:
        return shape
    raise ShapeError(
        _("a map of shape {shape}", shape=shape),
        code="K102",
        where="im2col",
        fix=_("(height, width), (height, width, channels) or a batch of the latter"),
    )


def window_axes(
    where: str,
    batch: tuple[int, int, int, int],
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
) -> Axes:
    """How windows slide over the rows and columns of a batch (N, H, W, C), all values checked.

    Raises:
        ParameterError: a value is not a whole number in range.
        ShapeError: K104, no window fits.
    """
    kernels = check_value("kernel", kernel, KERNEL_SIZE, where=where)
    strides = check_value("stride", stride, KERNEL_SIZE, where=where)
    dilations = check_value("dilation", dilation, KERNEL_SIZE, where=where)
    paddings = axis_paddings(check_value("padding", padding, PaddingConstraint(), where=where))
    rows, columns = (
        window_axis(size, k, stride=s, padding=p, dilation=d)
        for size, k, s, p, d in zip(batch[1:3], kernels, strides, paddings, dilations, strict=True)
    )
    if rows.output < 1 or columns.output < 1:
        raise ShapeError(
            _(
                "a {kernel} window does not fit a {input} map",
                kernel=f"{rows.kernel}×{columns.kernel}",
                input=f"{rows.size}×{columns.size}",
            ),
            code="K104",
            where=where,
            details=[(_("height"), rows.arithmetic()), (_("width"), columns.arithmetic())],
            fix=_("a smaller kernel, or more padding"),
        )
    return rows, columns
