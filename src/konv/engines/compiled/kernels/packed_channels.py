"""A band of a map, some channels of it at a time, packed beside room for its gradient.

One vector of channels of x is followed by a vector for the gradient of the same numbers, pixel by
pixel, row by row. So windows are whole lines of the cache, no matter how many channels the map
has; a band takes up as many lines as it has pixels; and what is written to the gradient is never
mistaken for what is read of x, as it is where their addresses end in the same digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.record import record

__all__ = ["WIDEST", "PackedChannels", "filled"]

Size = tuple[Index, Index, Index]  # pictures, rows, columns
WIDEST = 16  # lanes of the widest vectors of any processor


def filled(piece: Piece) -> Piece:
    """The whole vector that a piece is a part of: so it lies in packed memory."""
    return Piece(0, piece.width, piece.width)


@record
class PackedChannels:
    """See the head of this file.

    Args:
        map: the layout of x and dx.
        rows, columns: how many of a picture are packed at most.
        width: lanes of the widest vector.
    """

    map: MapLayout
    rows: int
    columns: int
    width: int

    @property
    def pixel(self) -> int:
        """From one pixel to the next, in elements."""
        return 2 * self.width

    @property
    def row(self) -> int:
        """From one row to the next, in elements."""
        return self.columns * self.pixel

    @property
    def picture(self) -> int:
        """From one picture to the next, in elements."""
        return self.rows * self.row

    def pack(
        self, f: Function, packed: Value, maps: Sequence[Value], size: Size, piece: Piece
    ) -> None:
        """Copy some channels of x and of dx to the vectors of a line."""
        for here, there in self._pixels(f, size):
            for place, pointer in enumerate(maps):
                vector = f.load_vector(f.at(pointer, there), piece)
                f.store_vector(vector, f.at(packed, f.add(here, place * self.width)), filled(piece))

    def unpack(self, f: Function, packed: Value, dx: Value, size: Size, piece: Piece) -> None:
        """Copy the second vectors of all lines back to dx."""
        for here, there in self._pixels(f, size):
            vector = f.load_vector(f.at(packed, f.add(here, self.width)), filled(piece))
            f.store_vector(vector, f.at(dx, there), piece)

    def _pixels(self, f: Function, size: Size) -> Iterator[tuple[Index, Index]]:
        """Every pixel: (where it lies in packed memory, where in the map)."""
        pictures, rows, columns = size
        with (
            f.loop(pictures) as picture,
            f.loop(rows) as row,
            f.loop(columns) as column,
        ):
            yield (
                f.add(
                    f.multiply(picture.index, self.picture),
                    f.multiply(row.index, self.row),
                    f.multiply(column.index, self.pixel),
                ),
                f.add(
                    f.multiply(picture.index, self.map.size),
                    f.multiply(row.index, self.map.row),
                    f.multiply(column.index, self.map.channels),
                ),
            )
