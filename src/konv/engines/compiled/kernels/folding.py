"""BatchNormalization folded into the convolution before it: for prediction, where μ and σ² stand.

::

    s = γ / √(σ² + ε)        s (Σ x · kernel + bias − μ) + β = Σ x · (s kernel) + (s (bias − μ) + β)

A convolution with the bias s·(bias − μ) + β does both at once, if its kernel is s·kernel, or if its
sums are multiplied by s (``shift.py``). That passes over the weights once per call, or over sums
in registers; normalising would pass over every map of every picture.
"""

from __future__ import annotations

from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.normalization import Formula, inverse_deviation
from konv.engines.compiled.record import record

__all__ = ["FoldedBias", "FoldedKernel", "scale_of"]


@record
class FoldedKernel(Kernel):
    """s·kernel. Called with rows of the kernel: what one filter after the other multiplies.

    Pointers::

        kernel      [rows, filters]
        variance    float32 [filters]
        gamma       float32 [filters], if the formula has it
        folded      written, laid out as the kernel

    Args:
        filters: how many there are.
        formula: the normalization's.
    """

    pointers: ClassVar[tuple[str, ...]] = ("kernel", "variance", "gamma", "folded")

    filters: int
    formula: Formula

    def emit(self, f: Function) -> None:
        first = f.multiply(f.first, self.filters)
        source, target = (f.at(f.pointers[name], first) for name in ("kernel", "folded"))
        for place, piece in f.row(self.filters):
            factor = scale_of(f, self.formula, place, piece)
            with f.loop(f.count) as row:
                offset = f.add(place, f.multiply(row.index, self.filters))
                weights = f.load_vector(f.at(source, offset), piece)
                f.store_vector(f.builder.fmul(weights, factor), f.at(target, offset), piece)


@record
class FoldedBias(Kernel):
    """s·(bias − μ) + β, and s. Called with filters.

    Pointers::

        bias                       float32 [filters], if the convolution has one
        mean, variance             float32 [filters]
        gamma, beta                float32 [filters], as far as the formula has them
        folded                     written, float32 [2, filters]

    Args:
        filters: how many there are.
        formula: the normalization's.
        bias: whether the convolution has one.
    """

    pointers: ClassVar[tuple[str, ...]] = ("bias", "mean", "variance", "gamma", "beta", "folded")

    filters: int
    formula: Formula
    bias: bool

    def emit(self, f: Function) -> None:
        for offset, piece in f.row(f.count):
            place = f.add(f.first, offset)
            factor = scale_of(f, self.formula, place, piece)
            mean = f.load_vector(f.at(f.pointers["mean"], place), piece)
            zero = f.constant(0, piece.width)
            start = f.load_vector(f.at(f.pointers["bias"], place), piece) if self.bias else zero
            shift = zero
            if self.formula.center:
                shift = f.load_vector(f.at(f.pointers["beta"], place), piece)
            total = f.multiply_add(f.builder.fsub(start, mean), factor, shift)
            folded = f.at(f.pointers["folded"], place)
            f.store_vector(total, folded, piece)
            f.store_vector(factor, f.at(folded, self.filters), piece)


def scale_of(f: Function, formula: Formula, place: Index, piece: Piece) -> Value:
    """s, of some filters."""
    variance = f.load_vector(f.at(f.pointers["variance"], place), piece)
    inverse = inverse_deviation(f, variance, formula.epsilon)
    if not formula.scale:
        return inverse
    return f.builder.fmul(inverse, f.load_vector(f.at(f.pointers["gamma"], place), piece))
