"""Bands: parts of a batch that are small enough for the nearest cache.

A band is some rows of one picture, or all rows of some pictures. Its size is known only at run
time, so that one body serves them all.
"""

from __future__ import annotations

from collections.abc import Iterator

from konv.engines.compiled.emit.function import Function, Index

__all__ = ["picture_blocks", "row_blocks"]


def picture_blocks(f: Function, size: int) -> Iterator[tuple[Index, Index]]:
    """The pictures that the function is given, some at a time: (the first, how many)."""
    blocks = f.count if size == 1 else f.builder.udiv(f.add(f.count, size - 1), f.index(size))
    with f.loop(blocks) as turn:
        first = f.multiply(turn.index, size)
        yield first, 1 if size == 1 else f.smaller(size, f.subtract(f.count, first))


def row_blocks(f: Function, total: int, most: int) -> Iterator[tuple[Index, Index]]:
    """Rows in blocks of about equal size, at most so large: (the first, how many)."""
    size = -(-total // -(-total // most))
    with f.loop(-(-total // size)) as turn:
        first = f.multiply(turn.index, size)
        yield first, f.smaller(size, f.subtract(total, first)) if total % size else size
