"""Bands: parts of a batch that are small enough for the nearest cache; and sums over them.

A band is some rows and columns of one picture, or all of some pictures. Its size is known only at
run time, so that one body serves them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece, Value

__all__ = ["add_to", "even_blocks", "picture_blocks", "vector_blocks"]


def picture_blocks(f: Function, size: int) -> Iterator[tuple[Index, Index]]:
    """The pictures that the function is given, some at a time: (the first, how many)."""
    blocks = f.count if size == 1 else f.builder.udiv(f.add(f.count, size - 1), f.index(size))
    with f.loop(blocks) as turn:
        first = f.multiply(turn.index, size)
        yield first, 1 if size == 1 else f.smaller(size, f.subtract(f.count, first))


def even_blocks(f: Function, total: int, most: int) -> Iterator[tuple[Index, Index]]:
    """Rows or columns in blocks of about equal size, at most so large: (the first, how many)."""
    size = -(-total // -(-total // most))
    with f.loop(-(-total // size)) as turn:
        first = f.multiply(turn.index, size)
        yield first, f.smaller(size, f.subtract(total, first)) if total % size else size


def vector_blocks(
    f: Function, channels: int, vectors: int
) -> Iterator[tuple[Index, Sequence[Piece]]]:
    """Channels in blocks of at most so many vectors: (the first channel, the vectors).

    The body is written once for whole blocks, and once more for what is left.
    """
    width = f.pieces(channels)[0].width
    for start, count in f.blocks(channels, width * vectors):
        yield start, [Piece(i, min(width, count - i), width) for i in range(0, count, width)]


def add_to(f: Function, places: Sequence[tuple[Value, Piece]], sums: Sequence[Value]) -> None:
    """Add sums to the numbers at some addresses.

    All are read before any is written: where vectors have lanes left over, what is written to one
    seems to overlap the next, and would be waited for.
    """
    totals = [
        f.builder.fadd(f.load_vector(address, piece), total)
        for (address, piece), total in zip(places, sums, strict=True)
    ]
    for (address, piece), total in zip(places, totals, strict=True):
        f.store_vector(total, address, piece)
