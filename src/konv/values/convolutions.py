"""The sum of a convolution: every number of the window times the weight that it meets.

Output (i, j) of the rows and columns has its window at rows i·stride − before + u·dilation, columns
alike, for the elements (u, v) of the kernel. What lies off the map is a zero of the padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from konv.language import translate as _
from konv.layers.base import Array
from konv.layers.convolution import Conv2D, ConvolutionLayer
from konv.layers.depthwise import DepthwiseConv2D, SeparableConv2D
from konv.layers.windowed import SpatialLayer
from konv.layers.windows import Axes
from konv.values.functions import activation_steps
from konv.values.numbers import span
from konv.values.parts import Part, exact_sum
from konv.values.spot import Spot, steps_of
from konv.values.steps import Matrix, Step, Sum

__all__ = ["Window", "window_at"]

_NEIGHBOURS = 2  # rows of the im2col matrix that are shown on either side


@dataclass(frozen=True)
class Window:
    """What one place of the output sees of a map.

    Args:
        maps: (height, width, channels).
        rows, columns: of the map, in the order of the kernel; some may lie off it.
        channels_first: whether places are written (channel, row, column).
    """

    maps: Array
    rows: Array
    columns: Array
    channels_first: bool

    @property
    def grid(self) -> tuple[int, int]:
        """How many rows and columns it has."""
        return len(self.rows), len(self.columns)

    @property
    def inside(self) -> Array:
        """(rows, columns) whether each is on the map."""
        on_rows, on_columns = (
            (0 <= places) & (places < size)
            for places, size in zip((self.rows, self.columns), self.maps.shape, strict=False)
        )
        return np.logical_and.outer(on_rows, on_columns)

    def part(self, channel: int) -> Part:
        """The numbers of one channel, row by row."""
        inside = self.inside
        height, width = self.maps.shape[:2]
        rows, columns = np.clip(self.rows, 0, height - 1), np.clip(self.columns, 0, width - 1)
        numbers = np.where(inside, self.maps[np.ix_(rows, columns)][..., channel], 0.0)
        i, j = np.meshgrid(self.rows, self.columns, indexing="ij")
        place = [np.full_like(i, channel), i, j] if self.channels_first else None
        place = place or [i, j, np.full_like(i, channel)]
        return Part(
            numbers=numbers.reshape(-1),
            places=np.stack(place, axis=-1).reshape(-1, 3),
            inside=inside.reshape(-1),
            grid=self.grid,
        )

    def text(self, source: str) -> str:
        """Where it lies."""
        return _(
            "window of {source}: rows {rows}, columns {columns}",
            source=source,
            rows=_places(self.rows),
            columns=_places(self.columns),
        )


def _places(places: Array) -> str:
    """Rows or columns of a window; those of a dilated one are listed."""
    first, last = int(places[0]), int(places[-1])
    if last - first == len(places) - 1:
        return span(first, last)
    return ", ".join(map(str, places.tolist()))


def window_at(layer: SpatialLayer, spot: Spot, row: int, column: int) -> Window:
    """The window that makes one row and column of the output."""
    maps = layer.to_last(spot.inputs[0][np.newaxis])[0]
    axes = layer.axes(*spot.node.input_shapes)
    assert axes is not None
    rows, columns = (
        place * axis.stride - axis.before + axis.dilation * np.arange(axis.kernel)
        for place, axis in zip((row, column), axes, strict=True)
    )
    return Window(maps, rows, columns, layer.channels_first)


def coordinates(layer: SpatialLayer, at: tuple[int, ...]) -> tuple[int, int, int]:
    """(row, column, channel) of a place in the data format of the layer."""
    first, second, third = at
    return (second, third, first) if layer.channels_first else (first, second, third)


@steps_of.register
def _conv2d(layer: Conv2D, spot: Spot) -> tuple[Step, ...]:
    row, column, filter_ = coordinates(layer, spot.at)
    kernel = spot.weights["kernel"]
    per_group = kernel.shape[2]
    first = filter_ // (layer.filters // layer.groups) * per_group
    parts = [
        _met(layer, window_at(layer, spot, row, column).part(first + k), kernel, (k, filter_), k)
        for k in range(per_group)
    ]
    if per_group > 1:
        parts = [
            replace(part, name=_("channel {number}", number=first + k))
            for k, part in enumerate(parts)
        ]
    return _convolution_steps(layer, spot, parts, filter_, range(first, first + per_group))


@steps_of.register
def _depthwise(layer: DepthwiseConv2D, spot: Spot) -> tuple[Step, ...]:
    row, column, output = coordinates(layer, spot.at)
    channel, multiple = divmod(output, layer.depth_multiplier)
    window = window_at(layer, spot, row, column)
    kernel = spot.weights["depthwise_kernel"]
    part = replace(
        _met(layer, window.part(channel), kernel, (channel, multiple), channel),
        name=_("channel {number}", number=channel),
    )
    return _convolution_steps(layer, spot, [part], output, [channel])


@steps_of.register
def _separable(layer: SeparableConv2D, spot: Spot) -> tuple[Step, ...]:
    row, column, filter_ = coordinates(layer, spot.at)
    window = window_at(layer, spot, row, column)
    kernel, pointwise = spot.weights["depthwise_kernel"], spot.weights["pointwise_kernel"]
    parts = [
        replace(
            _met(layer, window.part(channel), kernel, (channel, multiple), channel),
            name=_("channel {number}", number=channel)
            if layer.depth_multiplier == 1
            else _("channel {number}, kernel {kernel}", number=channel, kernel=multiple),
        )
        for channel in range(kernel.shape[2])
        for multiple in range(layer.depth_multiplier)
    ]
    title = _("1. each channel by itself; {window}", window=window.text(spot.source))
    single = Sum(title, tuple(parts), apart=True, remarks=_remarks(layer, spot, parts))
    middle = np.array(single.totals)
    count = len(middle)
    mixed = Part(
        numbers=middle,
        places=np.arange(count)[:, np.newaxis],
        inside=np.ones(count, bool),
        weights=pointwise[0, 0, :, filter_],
        weight_places=np.array([(0, 0, k, filter_) for k in range(count)]),
    )
    second = Sum(
        _("2. the {count} numbers mixed by filter {filter}", count=count, filter=filter_),
        (mixed,),
        bias=_bias(spot, filter_),
    )
    return (single, second, *activation_steps(layer, spot, second.value))


def _met(
    layer: ConvolutionLayer, part: Part, kernel: Array, of: tuple[int, int], channel: int
) -> Part:
    """A channel of the window with the kernel that it meets."""
    height, width = kernel.shape[:2]
    u, v = (places.reshape(-1) for places in np.indices((height, width)))
    if layer.true_convolution:
        u, v = height - 1 - u, width - 1 - v
    places = np.stack([u, v, np.full_like(u, of[0]), np.full_like(u, of[1])], axis=-1)
    return replace(part, weights=kernel[u, v, of[0], of[1]], weight_places=places)


def _bias(spot: Spot, filter_: int) -> float | None:
    bias = spot.weights.get("bias")
    return None if bias is None else float(bias[filter_])


def _convolution_steps(
    layer: ConvolutionLayer,
    spot: Spot,
    parts: list[Part],
    filter_: int,
    channels: Sequence[int],
) -> tuple[Step, ...]:
    row, column, _channel = coordinates(layer, spot.at)
    window = window_at(layer, spot, row, column)
    title = _("{window}; filter {filter}", window=window.text(spot.source), filter=filter_)
    matrix = None
    remarks = _remarks(layer, spot, parts)
    if spot.how == "im2col":
        parts = [_row_of(parts)]
        matrix = _matrix(layer, spot, channels)
    elif spot.how == "true":
        parts = [_turned(part) for part in parts]
    total = Sum(
        title, tuple(parts), bias=_bias(spot, filter_), remarks=remarks, matrix=matrix
    )
    return (total, *activation_steps(layer, spot, total.value))


def _turned(part: Part) -> Part:
    """The same products from the end of the window: those of the kernel turned by 180°."""
    assert part.weights is not None and part.weight_places is not None
    return replace(
        part,
        numbers=part.numbers[::-1],
        places=part.places[::-1],
        inside=part.inside[::-1],
        weights=part.weights[::-1],
        weight_places=part.weight_places[::-1],
        turned=True,
    )


def _row_of(parts: Sequence[Part]) -> Part:
    """All channels as a row of the im2col matrix: row by row, column by column, by channel."""

    def woven(arrays: Sequence[Array]) -> Array:
        stacked = np.stack(arrays, axis=1)
        return stacked.reshape(-1, *stacked.shape[2:])

    return Part(
        numbers=woven([part.numbers for part in parts]),
        places=woven([part.places for part in parts]),
        inside=woven([part.inside for part in parts]),
        weights=woven([part.weights for part in parts if part.weights is not None]),
        weight_places=woven(
            [part.weight_places for part in parts if part.weight_places is not None]
        ),
    )


def _matrix(layer: ConvolutionLayer, spot: Spot, channels: Sequence[int]) -> Matrix:
    """The im2col matrix of these channels, as far as it is shown."""
    axes: Axes = layer.axes(*spot.node.input_shapes)
    row, column, _channel = coordinates(layer, spot.at)
    outputs = axes[1].output
    index, count = row * outputs + column, axes[0].output * outputs
    near = range(max(0, index - _NEIGHBOURS), min(count, index + _NEIGHBOURS + 1))
    excerpt = {}
    for other in near:
        window = window_at(layer, spot, *divmod(other, outputs))
        numbers = [window.part(channel).numbers for channel in channels]
        excerpt[other] = np.stack(numbers, axis=1).reshape(-1)
    return Matrix((count, len(excerpt[index])), index, excerpt)


def _remarks(layer: ConvolutionLayer, spot: Spot, parts: Sequence[Part]) -> tuple[str, ...]:
    """What is said of flipping: that this layer does, or that a CNN does not."""
    if layer.true_convolution and spot.how != "true":
        return (_("true_convolution: the kernel is shown as it meets the window, turned by 180°"),)
    if spot.how != "true":
        return ()
    if layer.true_convolution:
        return (
            _(
                "This layer is a true convolution: it turns its kernel by 180°, so that the first "
                "weight meets the last number of the window."
            ),
        )
    flipped = exact_sum(
        product
        for part in parts
        if part.weights is not None
        for product in (part.numbers * part.weights[::-1]).tolist()
    )
    return (
        _(
            "A CNN does not flip its kernel: it correlates. A true convolution gives the same "
            "number if it is given the kernel turned by 180°, as here; with the kernel as it is, "
            "it would give {value} before the bias.",
            value=f"{flipped:.6g}",
        ),
    )
