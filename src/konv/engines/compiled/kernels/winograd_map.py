"""The tiles into which Winograd's way cuts a map of sums, and the walk over some of them.

A tile is m×m sums, and meets (m + 2)×(m + 2) numbers of the input. What is left of a row or a
column may be less than a tile: the numbers beyond count as 0, and are not read.
"""

from __future__ import annotations

from collections.abc import Iterator

from konv.engines.compiled.emit.function import Function, Index, Value
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.winograd_filtering import filtering
from konv.engines.compiled.record import record

__all__ = ["MapTile", "TiledMap", "wanted_of"]


@record
class MapTile:
    """A tile.

    Args:
        number: among those that are walked over.
        picture: in which it lies.
        row, column: of its first sum.
        rows, columns: how many sums of it are wanted.
        size: how many it has room for, in a row or a column.
    """

    number: Index
    picture: Index
    row: Index
    column: Index
    rows: Index
    columns: Index
    size: int

    def address(self, f: Function, array: Value, layout: MapLayout) -> Value:
        """Where its first sum lies in an array of maps."""
        return f.at(array, self.offset(f, layout))

    def offset(self, f: Function, layout: MapLayout, pool: tuple[int, int] = (1, 1)) -> Index:
        """How many elements behind the first map its first sum lies, which may be a pooled one."""
        row, column = (
            f.divide(start, size)[0]
            for start, size in zip((self.row, self.column), pool, strict=True)
        )
        return f.add(
            f.multiply(self.picture, layout.size),
            f.multiply(row, layout.row),
            f.multiply(column, layout.channels),
            layout.origin,
        )


@record
class TiledMap:
    """A map of sums.

    Args:
        rows, columns: of the sums that are wanted.
        size: m.
    """

    rows: int
    columns: int
    size: int

    @property
    def tiles(self) -> int:
        """How many there are."""
        return -(-self.rows // self.size) * self._across

    @property
    def points(self) -> int:
        """How many products a tile is made of, of each channel and filter."""
        return filtering(self.size).points ** 2

    @property
    def _across(self) -> int:
        return -(-self.columns // self.size)

    def each(self, f: Function, first: Index, count: Index) -> Iterator[MapTile]:
        """So many tiles, counted through all pictures."""
        with f.loop(count) as turn:
            picture, place = f.divide(f.add(first, turn.index), self.tiles)
            row, column = (f.multiply(part, self.size) for part in f.divide(place, self._across))
            rows, columns = (
                wanted_of(f, total, start, self.size)
                for total, start in ((self.rows, row), (self.columns, column))
            )
            yield MapTile(turn.index, picture, row, column, rows, columns, self.size)


def wanted_of(f: Function, total: int, start: Index, size: int) -> Index:
    """How much of a tile is wanted that begins there: a number known now if all are alike."""
    if total % size == 0 or total < size:
        return min(total, size)
    return f.smaller(size, f.subtract(total, start))
