"""The elements of a window in register tiles: some at a time, as many as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import TypeVar

from konv.engines.compiled.emit.function import Function, Index, Piece, pieces_of
from konv.engines.compiled.kernels.correlation import WindowLoop, joined
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = [
    "MOST_WRITTEN_OUT",
    "WindowElement",
    "WindowPart",
    "WindowTile",
    "WindowVector",
    "even_parts",
    "window_elements",
    "window_parts",
    "window_tiles",
    "window_vectors",
]

# The code for longer windows would grow too long.
MOST_WRITTEN_OUT = 40

_Thing = TypeVar("_Thing")


@record
class WindowElement:
    """Where an element lies in the input and in the kernel, from the beginning of its tile on."""

    input: int
    kernel: int


@record
class WindowVector:
    """Some neighbouring numbers of a window: where they lie in the input and in the kernel."""

    input: int
    kernel: int
    piece: Piece


@record
class WindowPart:
    """Some vectors of a window.

    Args:
        input, kernel: where they begin.
        vectors: where each lies from there on.
    """

    input: Index
    kernel: Index
    vectors: Sequence[WindowVector]


@record
class WindowTile:
    """Some elements of a window.

    Args:
        input, kernel: where the tile begins.
        elements: what it holds.
    """

    input: Index
    kernel: Index
    elements: Sequence[WindowElement]


def window_elements(loops: Sequence[WindowLoop]) -> list[WindowElement]:
    """All elements, in order."""
    return [
        WindowElement(
            sum(at * loop.input_step for at, loop in zip(place, loops, strict=True)),
            sum(at * loop.kernel_step for at, loop in zip(place, loops, strict=True)),
        )
        for place in product(*(range(loop.count) for loop in loops))
    ]


def window_vectors(loops: Sequence[WindowLoop], target: Target) -> list[WindowVector]:
    """A whole window as vectors of numbers that are neighbours in the input and in the kernel."""
    loops = joined(loops)
    if (loops[-1].input_step, loops[-1].kernel_step) != (1, 1):
        loops.append(WindowLoop(1, 1, 1))
    *outer, inner = loops
    return [
        WindowVector(one.input + piece.start, one.kernel + piece.start, piece)
        for one in window_elements(outer)
        for piece in pieces_of(inner.count, target)
    ]


def window_parts(f: Function, loops: Sequence[WindowLoop], most: int) -> Iterator[WindowPart]:
    """A window in register tiles of at most so many vectors.

    Short ones are written out, longer ones are loops over rows and columns; then the channels of a
    pixel, the innermost loop, fit a vector.
    """
    vectors = window_vectors(loops, f.target)
    if len(vectors) <= MOST_WRITTEN_OUT:
        for part in even_parts(vectors, most):
            yield WindowPart(0, 0, part)
        return
    *pixels, channels = loops
    (piece,) = f.pieces(channels.count)
    for tile in window_tiles(f, joined(pixels), most):
        alone = [WindowVector(one.input, one.kernel, piece) for one in tile.elements]
        yield WindowPart(tile.input, tile.kernel, alone)


def even_parts(things: Sequence[_Thing], most: int) -> list[Sequence[_Thing]]:
    """A sequence cut into as few parts as possible, of about equal size."""
    parts = -(-len(things) // most)
    ends = [len(things) * part // parts for part in range(parts + 1)]
    return [things[start:end] for start, end in pairwise(ends)]


def window_tiles(f: Function, loops: Sequence[WindowLoop], most: int) -> Iterator[WindowTile]:
    """A window in tiles of at most so many elements, as loops.

    A tile is a part of the innermost axis; of the one around it too, if all of the innermost fits.
    The consumer's body is written at most twice.
    """
    *outer, inner = loops
    whole: list[WindowLoop] = []
    if outer and inner.count <= most:
        whole, most = [inner], max(1, most // inner.count)
        *outer, inner = outer
    size = -(-inner.count // -(-inner.count // most))
    for offset, kernel in _walk(f, outer):
        for first, count in f.blocks(inner.count, size):
            part = WindowLoop(count, inner.input_step, inner.kernel_step)
            yield WindowTile(
                f.add(offset, f.multiply(first, inner.input_step)),
                f.add(kernel, f.multiply(first, inner.kernel_step)),
                window_elements([part, *whole]),
            )


def _walk(f: Function, loops: Sequence[WindowLoop]) -> Iterator[tuple[Index, Index]]:
    """Every place of some axes: (where in the input, where in the kernel)."""
    if not loops:
        yield 0, 0
        return
    outer, *inner = loops
    with f.loop(outer.count) as turn:
        for offset, kernel in _walk(f, inner):
            yield (
                f.add(offset, f.multiply(turn.index, outer.input_step)),
                f.add(kernel, f.multiply(turn.index, outer.kernel_step)),
            )
