"""The tiles into which Winograd's way cuts a map of sums, and the walk over some of them.

A tile is m×m sums, and meets (m + 2)×(m + 2) numbers of the input. What is left of a row or a
column may be less than a tile: the numbers beyond count as 0, and are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from konv.engines.compiled.emit.function import Function, Index, Value
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.winograd_filtering import filtering

__all__ = ["MapTile", "TiledMap"]


@dataclass(frozen=True)
class MapTile:
    """A tile.

    Args:
        number: among those that are walked over.
        picture: in which it lies.
        row, column: of its first sum.
        rows, columns: how many sums of it are wanted.
    """

    number: Index
    picture: Index
    row: Index
    column: Index
    rows: int
    columns: int

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


@dataclass(frozen=True)
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
        """So many tiles, counted through all pictures.

        The consumer's body is written once for every size of tiles: at most four times.
        """
        with f.loop(count) as turn:
            picture, place = f.divide(f.add(first, turn.index), self.tiles)
            row, column = (f.multiply(part, self.size) for part in f.divide(place, self._across))
            for rows, high in self._sizes(f, self.rows, row):
                for columns, wide in self._sizes(f, self.columns, column):
                    with ExitStack() as conditions:
                        for condition in (*high, *wide):
                            conditions.enter_context(f.when(condition))
                        yield MapTile(turn.index, picture, row, column, rows, columns)

    def _sizes(self, f: Function, total: int, start: Index) -> Iterator[tuple[int, list[Value]]]:
        """(how much of a tile is wanted, under which condition), for every such number."""
        whole = total - total % self.size
        if whole in (0, total):
            yield min(total, self.size), []
            return
        yield self.size, [f.builder.icmp_signed("<", start, f.index(whole))]
        yield total - whole, [f.builder.icmp_signed(">=", start, f.index(whole))]
