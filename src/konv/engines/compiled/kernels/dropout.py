"""Dropout: some numbers become 0, the others are scaled up; which ones, key and position decide.

Number i of key k is kept if the upper half of the 64-bit number of ``konv.layers.random_bits`` is
at least rate · 2³². Nothing is remembered: the same kernel, applied to a gradient, draws the same.

Positions are counted in the order in which the network sees the numbers. Those of a vector are a
fixed step apart, so the first number that is mixed, k + (i + 1)·g, is one vector plus another that
never changes.
"""

from __future__ import annotations

from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import FLOAT, INDEX, Function, Value
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.elements import Dimension, each_vector
from konv.engines.compiled.record import record

__all__ = ["Dropout"]

# SplitMix64's numbers.
_GOLDEN = 0x9E3779B97F4A7C15
_ROUNDS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


@record
class Dropout(Kernel):
    """y = x · m / (1 − rate), m = 0 or 1; y may be x itself.

    Args:
        size: how many numbers a picture has; they lie without gaps.
        rate: the probability of being dropped.
        sizes: of the dimensions as they lie in memory; (): one, in the order of the positions.
        steps: from one position to the next along each of them.
    """

    pointers: ClassVar[tuple[str, ...]] = ("key", "x", "y")

    size: int
    rate: float
    sizes: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()

    def emit(self, f: Function) -> None:
        dimensions = self._dimensions(f)
        key = f.load(f.pointers["key"], INDEX)
        start = f.multiply(f.first, self.size)
        for (place, position), piece in each_vector(f, dimensions, [0, start]):
            x, y = (f.at(f.pointers[name], place) for name in ("x", "y"))
            step = dimensions[-1].steps[1]
            factors = self._factors(f, key, position, step, piece.width)
            f.store_vector(f.builder.fmul(f.load_vector(x, piece), factors), y, piece)

    def _dimensions(self, f: Function) -> list[Dimension]:
        """For each, the steps in memory and those of the positions."""
        result: list[Dimension] = []
        memory = 1
        for count, step in zip(
            reversed(self.sizes or (self.size,)), reversed(self.steps or (1,)), strict=True
        ):
            result.insert(0, Dimension(count, (memory, step)))
            memory *= count
        return [Dimension(f.count, (self.size, self.size)), *result]

    def _factors(self, f: Function, key: Value, position: Value, step: int, width: int) -> Value:
        """0 for the numbers that are dropped, 1 / (1 − rate) for those that are kept."""
        begin = f.add(key, f.multiply(f.add(position, 1), _GOLDEN))
        steps = [lane * step * _GOLDEN % 2**64 for lane in range(width)]
        kind = ir.VectorType(INDEX, width)
        bits = _mixed(f, f.builder.add(f.splat(begin, width), ir.Constant(kind, steps)))
        upper = f.builder.lshr(bits, ir.Constant(kind, [32] * width))
        threshold = ir.Constant(kind, [round(self.rate * 2**32)] * width)
        kept = f.builder.icmp_signed(">=", upper, threshold)
        factor = f.constant(1 / (1 - self.rate), width)
        return f.builder.select(kept, factor, ir.Constant(ir.VectorType(FLOAT, width), None))


def _mixed(f: Function, z: Value) -> Value:
    """SplitMix64's two rounds."""
    for shift, factor in _ROUNDS:
        z = f.builder.mul(_shifted(f, z, shift), ir.Constant(z.type, [factor] * z.type.count))
    return _shifted(f, z, 31)


def _shifted(f: Function, z: Value, by: int) -> Value:
    """z ^ (z >> by)"""
    return f.builder.xor(z, f.builder.lshr(z, ir.Constant(z.type, [by] * z.type.count)))
