"""Register tiles: how many pixels and how many vectors of channels are summed at the same time.

All sums of a tile stay in registers while the window is walked through. P pixels times V vectors
take P·V registers, the vectors of the kernel V more, and the input number one. The more sums there
are, the fewer numbers must be loaded for each multiply-add: (P + V) / (P·V).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from konv.engines.compiled.emit.function import Function, Index, Piece
from konv.engines.compiled.target import Target

__all__ = ["Grid", "Tile", "channel_chunks", "most_pixels", "shape_of_tile", "tiles_over"]

_MOST_VECTORS = 4


@dataclass(frozen=True)
class Tile:
    """A block of pixels: of how many pictures, rows and columns."""

    pictures: int
    rows: int
    columns: int

    @property
    def pixels(self) -> int:
        """How many they are."""
        return self.pictures * self.rows * self.columns


@dataclass(frozen=True)
class Grid:
    """The pixels that a kernel walks over.

    Args:
        height, width: how many rows and columns of them there are.
    """

    height: int
    width: int


def channel_chunks(f: Function, channels: int) -> list[list[Piece]]:
    """The vectors of a map's channels, in chunks of about equal size that fit the registers."""
    pieces = f.pieces(channels)
    chunks = -(-len(pieces) // _MOST_VECTORS)
    ends = [len(pieces) * chunk // chunks for chunk in range(chunks + 1)]
    return [pieces[start:end] for start, end in pairwise(ends)]


def most_pixels(target: Target, vectors: int) -> int:
    """How many pixels a tile may have beside so many vectors."""
    return max(1, (target.registers - vectors - 2) // vectors)


def shape_of_tile(grid: Grid, most: int) -> Tile:
    """The tile that covers a grid with the fewest gaps: whole rows first, then whole maps."""
    if grid.width >= most or most // grid.width < 2:
        tiles = -(-grid.width // most)
        return Tile(1, 1, -(-grid.width // tiles))
    rows = min(grid.height, most // grid.width)
    if rows < grid.height:
        tiles = -(-grid.height // rows)
        return Tile(1, -(-grid.height // tiles), grid.width)
    return Tile(max(1, most // (grid.height * grid.width)), grid.height, grid.width)


def tiles_over(f: Function, grid: Grid, tile: Tile) -> Iterator[tuple[Index, Index, Index, Tile]]:
    """Every tile of every picture: (its first picture, row and column; its size).

    The body is written once for whole tiles, and once more for what is left at the end of an axis.
    """
    for picture, pictures in _pictures(f, tile.pictures):
        for row, rows in f.blocks(grid.height, tile.rows):
            for column, columns in f.blocks(grid.width, tile.columns):
                yield picture, row, column, Tile(pictures, rows, columns)


def _pictures(f: Function, size: int) -> Iterator[tuple[Index, int]]:
    """The pictures that the function is given, in blocks, then what is left one by one."""
    whole = f.builder.udiv(f.count, f.index(size)) if size > 1 else f.count
    with f.loop(whole) as turn:
        yield f.multiply(turn.index, size), size
    if size > 1:
        done = f.multiply(whole, size)
        with f.loop(f.subtract(f.count, done)) as turn:
            yield f.add(done, turn.index), 1
