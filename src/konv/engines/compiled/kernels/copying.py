"""Copying, adding and clearing: numbers move, and nothing is computed.

``Copy`` moves numbers along up to three dimensions of a picture, with steps of their own in both
arrays: cutting off a border, putting maps side by side, changing the order of the channels, adding
up the gradients of branches.

Where some dimension has neighbours in both arrays, whole vectors are moved along it. Where the
neighbours of one array are far apart in the other, blocks of 4 × 4 numbers are turned in registers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.elements import (
    Dimension,
    each_vector,
    joined_dimensions,
    places,
    put,
)
from konv.engines.compiled.kernels.transposition import transposed
from konv.engines.compiled.record import record

__all__ = ["Clear", "Copy", "Fill", "copied"]

_BLOCK = 4


@record
class Copy(Kernel):
    """target[i, j, k] = source[i, j, k], or += it.

    Args:
        sizes: how many numbers there are along each dimension: up to three.
        source_steps, target_steps: from one number to the next along each, in elements.
        source_offset, target_offset: where the first number of a picture lies.
        source_picture, target_picture: from one picture to the next.
        accumulate: whether the numbers are added to those of the target.
    """

    pointers: ClassVar[tuple[str, ...]] = ("source", "target")

    sizes: tuple[int, ...]
    source_steps: tuple[int, ...]
    target_steps: tuple[int, ...]
    source_offset: int
    target_offset: int
    source_picture: int
    target_picture: int
    accumulate: bool = False

    def emit(self, f: Function) -> None:
        dimensions = joined_dimensions(f, self._dimensions(f))
        starts = [self.source_offset, self.target_offset]
        if _contiguous(dimensions[-1]):
            for (source, target), piece in each_vector(f, dimensions, starts, unrolled=4):
                self._move_vector(f, source, target, piece)
            return
        turned = _turned(dimensions)
        if turned is None:
            for source, target in places(f, dimensions, starts):
                self._move_vector(f, source, target, Piece(0, 1, 1))
            return
        *outer, down, across = turned
        for source, target in places(f, outer, starts):
            self._turn(f, source, target, down, across)

    def _dimensions(self, f: Function) -> list[Dimension]:
        """Those with the widest steps in the target first, so that it is written in order."""
        inner = [
            Dimension(count, steps)
            for count, steps in zip(
                self.sizes, zip(self.source_steps, self.target_steps, strict=True), strict=True
            )
            if count > 1
        ]
        inner.sort(key=lambda dimension: dimension.steps[::-1], reverse=True)
        inner.sort(key=_contiguous)
        return [Dimension(f.count, (self.source_picture, self.target_picture)), *inner]

    def _move_vector(self, f: Function, source: Index, target: Index, piece: Piece) -> None:
        value = f.load_vector(f.at(f.pointers["source"], source), piece)
        self._put(f, value, target, piece)

    def _put(self, f: Function, value: Value, target: Index, piece: Piece) -> None:
        put(f, value, f.at(f.pointers["target"], target), piece, accumulate=self.accumulate)

    def _turn(
        self, f: Function, source: Index, target: Index, down: Dimension, across: Dimension
    ) -> None:
        """A matrix, row by row along ``across`` in the source, along ``down`` in the target."""
        for row, rows in f.blocks(down.count, _BLOCK):
            for column, columns in f.blocks(across.count, _BLOCK):
                begin = f.add(source, f.multiply(row, down.steps[0]), column)
                lines = [
                    f.load_vector(
                        f.at(f.pointers["source"], f.add(begin, line * down.steps[0])),
                        Piece(0, columns, _BLOCK),
                    )
                    for line in range(rows)
                ]
                begin = f.add(target, row, f.multiply(column, across.steps[1]))
                for line, value in enumerate(transposed(f, lines, _BLOCK)[:columns]):
                    place = f.add(begin, line * across.steps[1])
                    self._put(f, value, place, Piece(0, rows, _BLOCK))


def _contiguous(dimension: Dimension) -> bool:
    return dimension.steps == (1, 1)


def _turned(dimensions: Sequence[Dimension]) -> list[Dimension] | None:
    """The same, last the one with neighbours in the target, then that of the source, if any."""
    fixed = [dimension for dimension in dimensions if isinstance(dimension.count, int)]
    down = next((dimension for dimension in fixed if dimension.steps[1] == 1), None)
    across = next((dimension for dimension in fixed if dimension.steps[0] == 1), None)
    if down is None or across is None:
        return None
    others = [dimension for dimension in dimensions if dimension not in (down, across)]
    return [*others, down, across]


def copied(source: MapLayout, target: MapLayout, *, accumulate: bool = False) -> Copy:
    """A copy of one map to another of the same size; borders are left alone.

    Example:
        >>> copied(MapLayout(2, 3, 4, 1, 1, 1, 1), MapLayout(2, 3, 4)).source_steps
        (20, 4, 1)
    """
    return Copy(
        sizes=(source.height, source.width, source.channels),
        source_steps=(source.row, source.channels, 1),
        target_steps=(target.row, target.channels, 1),
        source_offset=source.origin,
        target_offset=target.origin,
        source_picture=source.size,
        target_picture=target.size,
        accumulate=accumulate,
    )


@record
class Fill(Kernel):
    """Zeros for every picture.

    Args:
        size: how many numbers a picture has, with its border.
    """

    pointers: ClassVar[tuple[str, ...]] = ("target",)

    size: int

    def emit(self, f: Function) -> None:
        _zeros(f, f.multiply(f.count, self.size))


@record
class Clear(Kernel):
    """Zeros in a whole array, whatever the count.

    Args:
        elements: how many numbers it holds.
    """

    pointers: ClassVar[tuple[str, ...]] = ("target",)

    elements: int

    def emit(self, f: Function) -> None:
        _zeros(f, self.elements)


def _zeros(f: Function, total: Index) -> None:
    for place, piece in f.row(total, vectors=4):
        f.store_vector(f.constant(0, piece.width), f.at(f.pointers["target"], place), piece)
