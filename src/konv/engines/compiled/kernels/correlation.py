"""Sums over windows: the part that convolution and its gradients have in common.

A window is walked through along its axes, outermost first. Along each, a step is so many elements
further in the input and so many further in the kernel (perhaps backwards). Axes that follow each
other without a gap in both become one. Some elements may be written out, one after the other, in
each turn of the innermost loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import mul

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.record import record

__all__ = ["Turn", "WindowLoop", "joined", "window_sums"]


@record
class WindowLoop:
    """One axis of a window: how many elements, and how far apart in the input and in the kernel."""

    count: Index
    input_step: int
    kernel_step: int


@record
class Turn:
    """What is written out for each turn of the innermost loop.

    An input number that several pixels meet with different elements is loaded once.

    Args:
        pixels: where each pixel's window begins in the input.
        pieces: the vectors of channels.
        elements: some elements of the window: where each lies in the input and in the kernel.
    """

    pixels: Sequence[int]
    pieces: Sequence[Piece]
    elements: Sequence[tuple[int, int]] = ((0, 0),)

    def sums(self, f: Function, x: Value, kernel: Value, start: Sequence[Value]) -> list[Value]:
        """The sums, one per pixel and vector, with these elements added."""
        vectors = [
            [f.load_vector(f.at(kernel, place + piece.start), piece) for piece in self.pieces]
            for _, place in self.elements
        ]
        sums, width = list(start), len(self.pieces)
        for offset, meetings in sorted(self._meetings().items()):
            number = f.splat(f.load(f.at(x, offset)), self.pieces[0].width)
            for pixel, element in meetings:
                for v, vector in enumerate(vectors[element]):
                    place = pixel * width + v
                    sums[place] = f.multiply_add(number, vector, sums[place])
        return sums

    def _meetings(self) -> dict[int, list[tuple[int, int]]]:
        """Which pixels meet an input number, and with which element."""
        meetings: dict[int, list[tuple[int, int]]] = {}
        for pixel, start in enumerate(self.pixels):
            for element, (place, _) in enumerate(self.elements):
                meetings.setdefault(start + place, []).append((pixel, element))
        return meetings


def joined(
    loops: Sequence[WindowLoop], multiply: Callable[[Index, Index], Index] = mul
) -> list[WindowLoop]:
    """The same elements in the same order, with as few loops as possible.

    Args:
        loops: outermost first.
        multiply: how counts are multiplied, if they are known only at run time.
    """
    result: list[WindowLoop] = []
    for loop in loops:
        outer = result[-1] if result else None
        if outer is None or _is_one(outer.count):
            result[-1:] = [loop]
        elif _is_one(loop.count):
            continue
        elif _continues(outer, loop):
            count = multiply(outer.count, loop.count)
            result[-1] = WindowLoop(count, loop.input_step, loop.kernel_step)
        else:
            result.append(loop)
    return result


def _is_one(count: Index) -> bool:
    return isinstance(count, int) and count == 1


def _continues(outer: WindowLoop, inner: WindowLoop) -> bool:
    """Whether a turn of the outer loop begins where the inner loop ended."""
    return (
        isinstance(inner.count, int)
        and outer.input_step == inner.count * inner.input_step
        and outer.kernel_step == inner.count * inner.kernel_step
    )


def window_sums(
    f: Function,
    window: Sequence[WindowLoop],
    x: Value,
    kernel: Value,
    *,
    turn: Turn,
    start: Sequence[Value],
) -> list[Value]:
    """start[p·V + v] + Σ input number of pixel p · kernel vector v, over all of a window.

    Args:
        f: where it is written.
        window: the axes of the window that are walked through.
        x: the first input number of the window of the first pixel.
        kernel: the first kernel element of the first channel.
        turn: what is done at each place.
        start: what the sums begin with.
    """
    if not window:
        return turn.sums(f, x, kernel, start)
    outer, *inner = window
    if isinstance(outer.count, int) and outer.count == 0:
        return list(start)
    with f.loop(outer.count, start) as loop:
        loop.results = window_sums(
            f,
            inner,
            f.at(x, f.multiply(loop.index, outer.input_step)),
            f.at(kernel, f.multiply(loop.index, outer.kernel_step)),
            turn=turn,
            start=loop.carried,
        )
    return loop.results
