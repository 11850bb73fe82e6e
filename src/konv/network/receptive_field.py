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


@dataclass(frozen=True)
class AxisField:
    """What the outputs of a layer see on one axis of the picture.

    Args:
        size: rows (or columns) from the first to the last that one output sees.
        jump: how far the fields of neighbours lie apart; 0 when all see the same.
        start: where the field of the first output begins; negative on the padding.
        stop: where the field of the last output ends (the first that it does not see).
    """

    size: int
    jump: int
    start: int
    stop: int

    def seen(self, extent: int) -> int:
        """How many of the picture's ``extent`` rows (or columns) the outputs see together."""
        return max(0, min(self.stop, extent) - max(self.start, 0))

    def through(self, axis: WindowAxis) -> AxisField:
        """What windows that slide over these outputs see."""
        size = self.size + (axis.span - 1) * self.jump
        unreached = axis.room % axis.stride
        return AxisField(
            size=size,
            jump=self.jump * axis.stride,
            start=self.start - axis.before * self.jump,
            stop=self.stop + (axis.after - unreached) * self.jump,
        )

    def mixed(self, extent: int) -> AxisField:
        """What an output sees that depends on all of these."""
        return AxisField(self.seen(extent), 0, max(self.start, 0), min(self.stop, extent))


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
        return AxisField(size=1, jump=1, start=0, stop=extent)
    field = _union(seen)
    place = places(data_format)[position]
    if _differs_from_place_to_place(node, place, data_format, seen):
        field = field.mixed(extent)
    axes = node.layer.axes(*node.input_shapes)
    if axes is not None:
        field = field.through(axes[position])
    return field.mixed(extent) if _mixes_places(node, place) else field


def _union(seen: Sequence[AxisField]) -> AxisField:
    """What branches see together, their jumps being alike."""
    start = min(field.start for field in seen)
    end = max(field.start + field.size for field in seen)
    return AxisField(end - start, seen[0].jump, start, max(field.stop for field in seen))


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
