"""Sums over windows: the part that convolution and its input gradient have in common.

A window is walked through along its axes, outermost first. Along each, a step is so many elements
further in the input and so many further in the kernel (perhaps backwards). Axes that follow each
other without a gap in both become one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konv.engines.compiled.emit.function import Function, Piece, Value

__all__ = ["WindowLoop", "joined", "narrowed", "window_sums"]


@dataclass(frozen=True)
class WindowLoop:
    """One axis of a window: how many elements, and how far apart in the input and in the kernel."""

    count: int
    input_step: int
    kernel_step: int


def joined(loops: Sequence[WindowLoop]) -> list[WindowLoop]:
    """The same elements in the same order, with as few loops as possible."""
    result: list[WindowLoop] = []
    for loop in loops:
        if loop.count == 1 and result:
            continue
        outer = result[-1] if result else None
        if outer and outer.count == 1:
            result[-1] = loop
        elif (
            outer
            and outer.input_step == loop.count * loop.input_step
            and outer.kernel_step == loop.count * loop.kernel_step
        ):
            result[-1] = WindowLoop(outer.count * loop.count, loop.input_step, loop.kernel_step)
        else:
            result.append(loop)
    return result


def window_sums(
    f: Function,
    window: Sequence[WindowLoop],
    x: Value,
    kernel: Value,
    *,
    pixels: Sequence[int],
    pieces: Sequence[Piece],
    start: Sequence[Value],
) -> list[Value]:
    """start[p·V + v] + Σ input number of pixel p · kernel vector v, over all of a window.

    Args:
        f: where it is written.
        window: the axes of the window.
        x: the first input number of the window of the first pixel.
        kernel: the first kernel element of the first channel.
        pixels: where each pixel's window begins, in elements from ``x`` on.
        pieces: V vectors of channels.
        start: what the sums begin with.
    """
    if not window:
        return _one_element(f, x, kernel, pixels, pieces, start)
    outer, *inner = window
    with f.loop(outer.count, start) as turn:
        turn.results = window_sums(
            f,
            inner,
            f.at(x, f.multiply(turn.index, outer.input_step)),
            f.at(kernel, f.multiply(turn.index, outer.kernel_step)),
            pixels=pixels,
            pieces=pieces,
            start=turn.carried,
        )
    return turn.results


def _one_element(
    f: Function,
    x: Value,
    kernel: Value,
    pixels: Sequence[int],
    pieces: Sequence[Piece],
    sums: Sequence[Value],
) -> list[Value]:
    vectors = [
        f.load_vector(f.at(kernel, piece.start - pieces[0].start), piece) for piece in pieces
    ]
    results: list[Value] = []
    for place, pixel in enumerate(pixels):
        number = f.splat(f.load(f.at(x, pixel)), pieces[0].width)
        for piece, vector in zip(pieces, vectors, strict=True):
            total = sums[place * len(pieces) + len(results) % len(pieces)]
            results.append(f.multiply_add(narrowed(f, number, piece.width), vector, total))
    return results


def narrowed(f: Function, vector: Value, width: int) -> Value:
    """The first lanes of a vector."""
    if vector.type.count == width:
        return vector
    import llvmlite.ir as ir

    lanes = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(width)))
    return f.builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), lanes)
