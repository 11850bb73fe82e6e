"""Register tiles: how many pixels and how many vectors of channels are summed at the same time.

All sums of a tile stay in registers while the window is walked through. P pixels times V vectors
take P·V registers, the vectors of the kernel V more, and the input number one. The more sums there
are, the fewer numbers must be loaded for each multiply-add: (P + V) / (P·V).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece
from konv.engines.compiled.kernels.axis import Axis, Strip
from konv.engines.compiled.record import record

__all__ = [
    "Chunk",
    "Place",
    "Tile",
    "channel_chunks",
    "each_strip",
    "picture_blocks",
    "tiles_over",
]


@record
class Tile:
    """A block of outputs: of how many pictures, rows and columns."""

    pictures: int
    rows: int
    columns: int

    @property
    def outputs(self) -> int:
        """How many they are."""
        return self.pictures * self.rows * self.columns


@record
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


@record
class Chunk:
    """Some neighbouring channels of one group of the output.

    Args:
        group: which one.
        first: the first of the channels, counted over all groups.
        pieces: the vectors that they fill.
    """

    group: Index
    first: Index
    pieces: Sequence[Piece]


def channel_chunks(f: Function, channels: int, groups: int, vectors: int) -> Iterator[Chunk]:
    """All channels in chunks of at most so many vectors.

    The body is written once for whole chunks, and once more for what is left of a group.
    """
    in_group = channels // groups
    width = f.pieces(in_group)[0].width
    with f.loop(groups) as group:
        start = f.multiply(group.index, in_group)
        for place, count in f.blocks(in_group, width * vectors):
            pieces = [Piece(i, min(width, count - i), width) for i in range(0, count, width)]
            yield Chunk(group.index, f.add(start, place), pieces)


def picture_blocks(f: Function, size: int) -> Iterator[tuple[Index, int]]:
    """The pictures that the function is given, in blocks, then what is left one by one."""
    whole = f.builder.udiv(f.count, f.index(size)) if size > 1 else f.count
    with f.loop(whole) as turn:
        yield f.multiply(turn.index, size), size
    if size > 1:
        done = f.multiply(whole, size)
        with f.loop(f.subtract(f.count, done)) as turn:
            yield f.add(done, turn.index), 1


def tiles_over(
    f: Function, block: tuple[Index, int], rows: Axis, columns: Axis, largest: Tile
) -> Iterator[Place]:
    """Every tile of a block of pictures: the body is written once for every size of the strips."""
    picture, pictures = block
    for down in rows.strips(largest.rows):
        for row in each_strip(f, down):
            for across in columns.strips(largest.columns):
                for column in each_strip(f, across):
                    yield Place(picture, row, column, Tile(pictures, row.count, column.count))


def each_strip(f: Function, strips: Sequence[Strip]) -> Iterator[Strip]:
    """Strips of equal size, one after the other: the consumer's body is written once."""
    with f.loop(len(strips)) as turn:
        values = (
            f.known([getattr(strip, name) for strip in strips], turn.index)
            for name in ("output", "input", "tap", "taps")
        )
        yield Strip(strips[0].count, *values)
