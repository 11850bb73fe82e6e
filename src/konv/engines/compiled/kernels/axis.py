"""How the outputs along one axis of a map meet the input: which elements of the kernel, and where.

An axis is some lines of outputs. Output t of a line lies at ``output + t·output_step`` and meets,
with the kernel element ``tap + m·tap_step``, the input at ``input + t·input_step + m·apart``,
for m = 0 … taps − 1.

A convolution with stride s, dilation d and padding p is one line: output i meets the input at
i·s + k·d − p. Its input gradient is s lines: the input h = r + t·s is met by the outputs

    i = (h + p − k·d) / s        for the k that leave no remainder

With g = gcd(s, d) those are k = k₀ + m·s/g, and i = (r + p − k₀·d) / s + t − m·d/g. The taps are
taken from the last to the first, so that the input is read forwards.

A line is cut into strips of neighbouring outputs. A strip leaves out the elements of the kernel
that meet nothing but the border.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from konv.engines.compiled.record import record

__all__ = ["Axis", "Strip", "convolution_axis", "input_gradient_axis"]


_FEW = 1 / 32


@record
class Strip:
    """Some neighbouring outputs of a line, or a whole line.

    Args:
        count: how many outputs.
        output: the first one.
        input: what it meets with the first tap.
        tap, taps: the first element of the kernel, and how many there are.
    """

    count: int
    output: int
    input: int
    tap: int
    taps: int


@record
class Axis:
    """See the head of this file.

    Args:
        size: how many rows or columns the input has.
        lines: the outputs.
        output_step, input_step: from one output of a line to the next.
        apart, tap_step: from one tap to the next, in the input and in the kernel.
        pool, pool_step: an output is the largest of so many, which are so far apart in the input.
    """

    size: int
    lines: tuple[Strip, ...]
    output_step: int = 1
    input_step: int = 1
    apart: int = 1
    tap_step: int = 1
    pool: int = 1
    pool_step: int = 1

    @property
    def longest(self) -> int:
        """How many outputs the longest line has."""
        return max(line.count for line in self.lines)

    def strips(self, most: int) -> list[list[Strip]]:
        """All outputs in strips of at most so many, of about equal size: one list per size."""
        strips = self._cropped(
            [s for line in self.lines for s in self._cut(self._crop(line), most)]
        )
        sizes = sorted({strip.count for strip in strips}, reverse=True)
        return [[strip for strip in strips if strip.count == size] for size in sizes]

    def reach(self) -> tuple[int, int]:
        """How far the strips look beyond the map: before its beginning, and behind its end."""
        before = after = 0
        for line in self.lines:
            strip = self._crop(line)
            if strip.taps:
                before = max(before, -strip.input)
                last = strip.input + self._width(line.count) + (strip.taps - 1) * self.apart
                after = max(after, last - (self.size - 1))
        return before, after

    def flipped(self, kernel: int) -> Axis:
        """The same for a kernel of so many elements that is turned around."""
        lines = (replace(line, tap=kernel - 1 - line.tap) for line in self.lines)
        return replace(self, lines=tuple(lines), tap_step=-self.tap_step)

    def _cut(self, line: Strip, most: int) -> Iterator[Strip]:
        parts = -(-self.longest // most)
        ends = [line.count * part // parts for part in range(parts + 1)]
        for first, end in pairwise(ends):
            if end > first:
                start = line.input + first * self.input_step
                output = line.output + first * self.output_step
                yield Strip(end - first, output, start, line.tap, line.taps)

    def _cropped(self, strips: list[Strip]) -> list[Strip]:
        """Without the taps that reach nothing, unless they are few: strips that are alike are
        written with less."""
        cropped = [self._crop(strip) for strip in strips]
        all_taps, taps = (sum(strip.taps for strip in some) for some in (strips, cropped))
        return strips if all_taps - taps <= _FEW * all_taps else cropped

    def _crop(self, strip: Strip) -> Strip:
        """Its taps: those with which its last input is not before the map, nor its first behind."""
        lowest = max(0, -((strip.input + self._width(strip.count)) // self.apart))
        end = min(strip.taps, (self.size - 1 - strip.input) // self.apart + 1)
        return Strip(
            strip.count,
            strip.output,
            input=strip.input + lowest * self.apart,
            tap=strip.tap + lowest * self.tap_step,
            taps=max(0, end - lowest),
        )

    def _width(self, count: int) -> int:
        """From the first input of so many outputs to their last one."""
        return (count - 1) * self.input_step + (self.pool - 1) * self.pool_step


def convolution_axis(
    sizes: tuple[int, int], kernel: int, stride: int, dilation: int, padding: int, *, pool: int = 1
) -> Axis:
    """The axis of a convolution.

    Args:
        sizes: rows (or columns) of the input, and of the output after the pool.
        kernel, stride, dilation, padding: of the windows.
        pool: how many neighbouring outputs are one.
    """
    size, outputs = sizes
    line = Strip(outputs, 0, -padding, 0, kernel)
    return Axis(
        size, (line,), input_step=pool * stride, apart=dilation, pool=pool, pool_step=stride
    )


def input_gradient_axis(
    sizes: tuple[int, int], kernel: int, stride: int, dilation: int, padding: int
) -> Axis:
    """The axis of a convolution's input gradient: its input is dz, its output dx.

    Args:
        sizes: rows (or columns) of dz, and of dx.
        kernel, stride, dilation, padding: of the convolution's windows.
    """
    size, outputs = sizes
    common = math.gcd(stride, dilation)
    lines = []
    for residue in range(min(stride, outputs)):
        place = residue + padding
        taps = [tap for tap in range(kernel) if (place - tap * dilation) % stride == 0]
        last = taps[-1] if taps else 0
        first_input = (place - last * dilation) // stride
        count = -(-(outputs - residue) // stride)
        lines.append(Strip(count, residue, first_input, last, len(taps)))
    return Axis(
        size,
        tuple(lines),
        output_step=stride,
        apart=dilation // common,
        tap_step=-(stride // common),
    )
