"""The pixels that one number depends on: its receptive field in the picture."""

from __future__ import annotations

from dataclasses import dataclass

from konv.layers.base import Shape
from konv.layers.flatten import Flatten
from konv.layers.merging import Concatenate, channel_axis
from konv.network.graph import Network, Node
from konv.network.receptive_field import places, receptive_fields
from konv.values.passing import before_flatten

__all__ = ["Seen", "seen_from"]


@dataclass(frozen=True)
class Seen:
    """Rows and columns of the picture: from the first to before the second; none if they are equal.

    Args:
        rows, columns: on the picture.
        size: (rows, columns) of the receptive field, with what lies on the padding.
        picture: (height, width).
    """

    rows: tuple[int, int]
    columns: tuple[int, int]
    size: tuple[int, int]
    picture: tuple[int, int]

    @property
    def nothing(self) -> bool:
        """Whether no pixel takes part."""
        return self.rows[0] >= self.rows[1] or self.columns[0] >= self.columns[1]


def seen_from(network: Network, node: Node, at: Shape) -> Seen | None:
    """What the number at a place of a node's output sees; None if the input is no picture."""
    fields = receptive_fields(network)
    if not fields:
        return None
    field = fields[node.name]
    row, column = _row_and_column(network, node, at)
    height, width, _channels = network.picture_size
    return Seen(field.rows.at(row), field.columns.at(column), field.size, (height, width))


def _row_and_column(network: Network, node: Node, at: Shape) -> tuple[int, int]:
    """The row and the column of the map that a number stands in, also behind Flatten."""
    while len(at) == 1 and node.inputs:
        layer, which = node.layer, 0
        if isinstance(layer, Flatten):
            at = before_flatten(layer, node.input_shapes[0], at[0])
        elif isinstance(layer, Concatenate):
            axis = channel_axis(layer, layer.axis, node.input_shapes[0])
            sizes = [shape[axis] for shape in node.input_shapes]
            while at[0] >= sizes[which]:
                at, which = (at[0] - sizes[which],), which + 1
        elif node.input_shapes[0] != node.output_shape:
            break  # it mixes all places: the field is the same everywhere
        node = network.node(node.inputs[which])
    if len(at) != 3:
        return 0, 0
    rows, columns = places(network.data_format)
    return at[rows], at[columns]
