"""A band of a map, some channels of it at a time, packed so that windows are read in few vectors.

If there are enough channels to fill more than half of a vector, every pixel begins with a whole
one. Then windows are whole lines of the cache, no matter how many channels the map has, and a band
takes up as many lines as it has pixels. Fewer channels lie side by side with those of the next
pixel, so that a vector holds what several columns of a window meet.
"""

from __future__ import annotations

from collections.abc import Iterator

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.record import record

__all__ = ["WIDEST", "PackedChannels", "filled", "pixel_room"]

Size = tuple[Index, Index, Index]  # pictures, rows, columns
WIDEST = 16  # lanes of the widest vectors of any processor


def filled(piece: Piece) -> Piece:
    """The whole vector that a piece is a part of: so it may be read, also behind the last pixel."""
    return Piece(0, piece.width, piece.width)


def pixel_room(channels: int, width: int) -> int:
    """From one pixel to the next, in elements, if so many channels are packed."""
    return width if 2 * channels > width else channels


@record
class PackedChannels:
    """See the head of this file.

    Args:
        map: the layout of the map.
        rows, columns: how many of a picture are packed at most.
        channels: how many are packed at a time.
        width: lanes of a vector, at least as many.
    """

    map: MapLayout
    rows: int
    columns: int
    channels: int
    width: int

    @property
    def pixel(self) -> int:
        """From one pixel to the next, in elements."""
        return pixel_room(self.channels, self.width)

    @property
    def row(self) -> int:
        """From one row to the next, in elements."""
        return self.columns * self.pixel

    def pack(self, f: Function, packed: Value, x: Value, size: Size) -> None:
        """Copy the channels of a band from ``x`` on; lanes left over become zeros."""
        (piece,) = f.pieces(self.channels)
        room = Piece(0, min(self.pixel, piece.width), piece.width)
        for here, there in self._pixels(f, size):
            f.store_vector(f.load_vector(f.at(x, there), piece), f.at(packed, here), room)

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
                    f.multiply(picture.index, self.rows * self.row),
                    f.multiply(row.index, self.row),
                    f.multiply(column.index, self.pixel),
                ),
                f.add(
                    f.multiply(picture.index, self.map.size),
                    f.multiply(row.index, self.map.row),
                    f.multiply(column.index, self.map.channels),
                ),
            )
