"""Register tiles: how many pixels and how many vectors of channels are summed at the same time.

All sums of a tile stay in registers while the window is walked through. P pixels times V vectors
take P·V registers, the vectors of the kernel V more, and the input number one. The more sums there
are, the fewer numbers must be loaded for each multiply-add: (P + V) / (P·V).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from konv.engines.compiled.emit.function import Function, Index, Piece
from konv.engines.compiled.kernels.axis import Axis, Strip

__all__ = ["Place", "Tile", "channel_chunks", "tiles_over"]


@dataclass(frozen=True)
class Tile:
    """A block of outputs: of how many pictures, rows and columns."""

    pictures: int
    rows: int
    columns: int

    @property
    def outputs(self) -> int:
        """How many they are."""
        return self.pictures * self.rows * self.columns


@dataclass(frozen=True)
class Place:
    """A tile at its place.

    Args:
        picture: the first of its pictures.
        rows, columns: the strips that cross in it, as numbers that are known at run time.
        tile: its size.
    """

    picture: Index
    rows: Strip
    columns: Strip
    tile: Tile


def channel_chunks(
    f: Function, channels: int, vectors: int
) -> Iterator[tuple[Index, Sequence[Piece]]]:
    """All channels in chunks of at most so many vectors: (the first channel, the vectors).

    The body is written once for whole chunks, and once more for what is left.
    """
    width = f.pieces(channels)[0].width * vectors
    for start, count in f.blocks(channels, width):
        yield start, _pieces(f, count, channels)


def _pieces(f: Function, count: int, channels: int) -> list[Piece]:
    """Some of the channels as vectors that are as wide as for all of them."""
    widest = f.pieces(channels)[0].width
    return [Piece(i, min(widest, count - i), widest) for i in range(0, count, widest)]


def tiles_over(f: Function, rows: Axis, columns: Axis, largest: Tile) -> Iterator[Place]:
    """Every tile of every picture.

    The body is written once for every size of the strips, and of the blocks of pictures.
    """
    for picture, pictures in _pictures(f, largest.pictures):
        for row in _strips(f, rows.strips(largest.rows)):
            for column in _strips(f, columns.strips(largest.columns)):
                yield Place(picture, row, column, Tile(pictures, row.count, column.count))


def _pictures(f: Function, size: int) -> Iterator[tuple[Index, int]]:
    """The pictures that the function is given, in blocks, then what is left one by one."""
    whole = f.builder.udiv(f.count, f.index(size)) if size > 1 else f.count
    with f.loop(whole) as turn:
        yield f.multiply(turn.index, size), size
    if size > 1:
        done = f.multiply(whole, size)
        with f.loop(f.subtract(f.count, done)) as turn:
            yield f.add(done, turn.index), 1


def _strips(f: Function, groups: Sequence[Sequence[Strip]]) -> Iterator[Strip]:
    """The strips of each size, one after the other."""
    for strips in groups:
        with f.loop(len(strips)) as turn:
            yield Strip(
                strips[0].count,
                f.known([strip.output for strip in strips], turn.index),
                f.known([strip.input for strip in strips], turn.index),
                f.known([strip.tap for strip in strips], turn.index),
                f.known([strip.taps for strip in strips], turn.index),
            )
