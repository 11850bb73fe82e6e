"""Receptive field: the rows and columns of the picture that one output can see.

For one axis, with the windows of a layer (span, stride, zeros before) over an input whose field has
a size r, a jump j (how far the fields of neighbours lie apart) and a start (of the first field)::

    r' = r + (span − 1) · j          j' = j · stride          start' = start − before · j

An Input has r = 1, j = 1, start = 0. A start may be negative and a field larger than the picture:
the rest lies on the padding.

* Branches (Add, Concatenate): the field is the union of those of the inputs.
* Flatten keeps the field of each number. A layer that mixes all places (Dense behind it, softmax
  over it, global pooling) sees what any place sees: the whole picture, but for rows and columns
  that were dropped on the way.
* So does a layer whose field differs from place to place, which is rare: branches with different
  jumps, maps laid side by side (Concatenate along rows or columns), a layer with another data
  format than the first.
* Gaps that a dilation or a stride larger than the kernel leaves count as seen.

Source: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks",
Distill 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import FunctionLayer
from konv.layers.dense import Dense
from konv.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from konv.layers.merging import Concatenate, channel_axis
from konv.layers.size import WindowAxis
from konv.layers.windowed import SpatialLayer
from konv.network.graph import Network, Node

__all__ = ["AxisField", "ReceptiveField", "receptive_fields"]


# Whole numbers up to here are exact in JSON and float64. Only absurd networks get there; they are
# cut off, since thousands of large strides make numbers of thousands of digits.
_LARGEST = 2**53


@dataclass(frozen=True)
class AxisField:
    """What the outputs of a layer see on one axis of the picture.

    Args:
        size: rows (or columns) from the first to the last that one output sees, padding included.
        jump: how far the fields of neighbours lie apart; 0 when all see the same.
        start: where the field of the first output begins; negative on the padding.
        low, high: all outputs together see the rows from ``low`` to before ``high``.
    """

    size: int
    jump: int
    start: int
    low: int
    high: int

    def at(self, position: int) -> tuple[int, int]:
        """(first, stop): the rows of the picture that the output at ``position`` sees.

        Example:
            >>> AxisField(size=5, jump=2, start=-1, low=0, high=9).at(0)
            (0, 4)
        """
        first = self.start + position * self.jump
        return max(first, self.low), min(first + self.size, self.high)

    def through(self, axis: WindowAxis) -> AxisField:
        """What windows that slide over these outputs see."""
        return AxisField(
            size=min(self.size + (axis.span - 1) * self.jump, _LARGEST),
            jump=min(self.jump * axis.stride, _LARGEST),
            start=max(self.start - axis.before * self.jump, -_LARGEST),
            low=self.low,
            high=self._high_after(axis),
        )

    def _high_after(self, axis: WindowAxis) -> int:
        """Where the field of the last of these outputs ends that a window reaches."""
        last = (axis.output - 1) * axis.stride - axis.before + axis.span - 1
        if last >= axis.size - 1 or self.size == _LARGEST:
            return self.high
        return max(self.low, self.at(last)[1])

    def mixed(self) -> AxisField:
        """What an output sees that depends on all of these."""
        return AxisField(self.high - self.low, 0, self.low, self.low, self.high)


@dataclass(frozen=True)
class ReceptiveField:
    """What one output of a layer sees of the picture.

    Example:
        >>> from konv.layers import Conv2D, Input, MaxPooling2D
        >>> from konv.network.graph import sequential
        >>> network = sequential([Input((39, 31, 1)), Conv2D(20, 4), MaxPooling2D(2)])
        >>> [field.size for field in receptive_fields(network).values()]
        [(1, 1), (4, 4), (5, 5)]
    """

    rows: AxisField
    columns: AxisField

    @property
    def size(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows.size, self.columns.size


def receptive_fields(network: Network) -> dict[str, ReceptiveField]:
    """The name of each node -> what one of its outputs sees.

    Returns:
        Nothing for a network whose input is no picture.
    """
    if len(network.input_shape) != 3:
        return {}
    rows, columns = places(network.data_format)
    extents = network.input_shape[rows], network.input_shape[columns]
    fields: dict[str, ReceptiveField] = {}
    for node in network.nodes:
        seen = [fields[name] for name in node.inputs]
        both = (
            _axis_field(
                node, position, extent, network.data_format, [_on(position, f) for f in seen]
            )
            for position, extent in enumerate(extents)
        )
        fields[node.name] = ReceptiveField(*both)
    return fields


def places(data_format: str) -> tuple[int, int]:
    """Where rows and columns stand in a shape."""
    return (1, 2) if data_format == "channels_first" else (0, 1)


def _on(position: int, field: ReceptiveField) -> AxisField:
    return field.columns if position else field.rows


def _axis_field(
    node: Node, position: int, extent: int, data_format: str, seen: Sequence[AxisField]
) -> AxisField:
    """The field of one node on the axis of rows (position 0) or columns (1)."""
    if not seen:
        return AxisField(size=1, jump=1, start=0, low=0, high=extent)
    field = _union(seen)
    place = places(data_format)[position]
    if _differs_from_place_to_place(node, place, data_format, seen):
        field = field.mixed()
    axes = node.layer.axes(*node.input_shapes)
    if axes is not None:
        field = field.through(axes[position])
    return field.mixed() if _mixes_places(node, place) else field


def _union(seen: Sequence[AxisField]) -> AxisField:
    """What branches see together, their jumps being alike."""
    start = min(field.start for field in seen)
    end = max(field.start + field.size for field in seen)
    low, high = min(field.low for field in seen), max(field.high for field in seen)
    return AxisField(end - start, seen[0].jump, start, low, high)


def _differs_from_place_to_place(
    node: Node, place: int, data_format: str, seen: Sequence[AxisField]
) -> bool:
    layer = node.layer
    if isinstance(layer, SpatialLayer) and layer.data_format != data_format:
        return True  # its rows are another layer's channels
    if isinstance(layer, Concatenate) and len(node.output_shape) == 3:
        return channel_axis(layer, layer.axis, node.output_shape) == place
    return len({field.jump for field in seen}) > 1


def _mixes_places(node: Node, place: int) -> bool:
    """Whether an output depends on all places of this axis."""
    layer = node.layer
    if isinstance(layer, (GlobalAveragePooling2D, GlobalMaxPooling2D)):
        return True
    softmax = (
        isinstance(layer, (ActivatedLayer, FunctionLayer)) and layer.function.name == "softmax"
    )
    # The last axis of a map holds its columns if it is channels first; behind Flatten, all places.
    rank = len(node.output_shape)
    return (softmax or isinstance(layer, Dense)) and (rank == 1 or place == rank - 1)
