"""An array of outputs, of which one tile is read or written at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from konv.engines.compiled.emit.function import FLOAT, Function, Piece, Value
from konv.engines.compiled.kernels.axis import Axis
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.tiles import Chunk, Place
from konv.engines.compiled.record import record

__all__ = ["TileArray"]


@record
class TileArray:
    """The vectors of a tile come output by output, and piece by piece of a chunk.

    Args:
        f: where the reading and writing is written.
        pointer: the first element of the array.
        layout: how its maps lie.
        axes: how far apart the rows and columns of a tile are.
        kind: of the elements.
    """

    f: Function
    pointer: Value
    layout: MapLayout
    axes: tuple[Axis, Axis]
    kind: Any = FLOAT

    def load(self, place: Place, chunk: Chunk) -> list[Value]:
        """The vectors of a tile."""
        return [self.f.load_vector(*there, self.kind) for there in self._addresses(place, chunk)]

    def store(self, place: Place, chunk: Chunk, values: Sequence[Value]) -> None:
        """Write the vectors of a tile."""
        for value, there in zip(values, self._addresses(place, chunk), strict=True):
            self.f.store_vector(value, *there)

    def _addresses(self, place: Place, chunk: Chunk) -> list[tuple[Value, Piece]]:
        f, layout = self.f, self.layout
        offset = f.add(
            f.multiply(place.picture, layout.size),
            f.multiply(place.rows.output, layout.row),
            f.multiply(place.columns.output, layout.channels),
            chunk.first,
            layout.origin,
        )
        first = f.hidden(f.at(self.pointer, offset, self.kind))
        return [
            (f.at(first, inside + piece.start, self.kind), piece)
            for inside in self._outputs(place)
            for piece in chunk.pieces
        ]

    def _outputs(self, place: Place) -> list[int]:
        """Where the outputs of a tile lie, from the first on."""
        rows, columns = (axis.output_step for axis in self.axes)
        return [
            picture * self.layout.size
            + row * rows * self.layout.row
            + column * columns * self.layout.channels
            for picture in range(place.tile.pictures)
            for row in range(place.tile.rows)
            for column in range(place.tile.columns)
        ]
