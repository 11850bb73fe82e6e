"""BatchNormalization forward: every channel brought to mean 0 and variance 1, scaled and shifted.

With μ and σ² the mean and the variance of a channel, over the n numbers it has in the batch, and f
a rectifier::

    μ = Σ x / n        σ² = Σ x² / n − μ²        y = f((x − μ) · γ / √(σ² + ε) + β)

In training there are three steps, each over the whole batch: :class:`ChannelSums` for the pictures
of each lane, while x is still in the cache; :class:`BatchStatistics` for the channels;
:class:`Normalize` for the pictures. For prediction Normalize alone does it, given the moving mean
and variance.

Both sums are taken in one pass, in float64, in which x² is exact. What the difference loses of σ²
is less than n · 2⁻⁵³ · (μ² + σ²), and about √n · 2⁻⁵³ · (μ² + σ²) if roundings go either way: below
the rounding to float32 unless |μ| is some thousand times σ. There the numbers x themselves have
lost as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import llvmlite.ir as ir
import numpy as np

from konv.engines.compiled.emit.function import (
    DOUBLE,
    FLOAT,
    INDEX,
    Function,
    Index,
    Piece,
    Value,
)
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.channels import ChannelWalk, Chunk, Spot
from konv.engines.compiled.kernels.lane_sums import number_of_lanes, sum_of_lanes
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.record import record

__all__ = [
    "BatchStatistics",
    "ChannelSums",
    "Formula",
    "Normalize",
    "PreparedFormula",
    "Terms",
    "inverse_deviation",
    "numbers_of_a_channel",
]


@record
class Formula:
    """``y = f((x − μ) · γ / √(σ² + ε) + β)``.

    Args:
        epsilon: ε.
        scale: whether there is γ; the pointer is not looked at otherwise.
        center: whether there is β; the pointer is not looked at otherwise.
        rectifier: f.
    """

    epsilon: float
    scale: bool = True
    center: bool = True
    rectifier: Rectifier = LINEAR


@record
class ChannelSums(Kernel):
    """Adds Σ x and Σ x² of every channel to the sums of a lane. Called with tiles of pictures.

    Pointers::

        x       the map
        sums    float64 [2, channels] of this lane: Σ x, then Σ x²; zeros when the lane begins

    Args:
        input: the map x.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "sums")

    input: MapLayout

    def emit(self, f: Function) -> None:
        # As many numbers as a register holds in float64: loading and widening are one instruction.
        walk = ChannelWalk(f, {"x": self.input}, width=f.target.vector // 2)
        for chunk in walk.chunks():
            zeros = [f.constant(0, piece.width, DOUBLE) for piece in chunk.pieces for _sum in "12"]
            with walk.runs(chunk, zeros) as run:
                run.results = walk.along(run, chunk, partial(_add, f), run.carried)
            walk.add_to(f.pointers["sums"], chunk, run.results)


def _add(f: Function, spot: Spot, sums: Sequence[Value]) -> Sequence[Value]:
    x = f.builder.fpext(f.load_vector(spot.addresses[0], spot.piece), sums[0].type)
    return [f.builder.fadd(sums[0], x), f.multiply_add(x, x, sums[1])]


@record
class BatchStatistics(Kernel):
    """Mean and variance of the batch, and what becomes of the moving ones. Called with channels.

    ::

        new = momentum · moving + (1 − momentum) · (mean or variance)

    Pointers::

        sizes                         int64: pictures of the batch, pictures of a lane
        sums                          the first lane's, see ChannelSums
        moving_mean, moving_variance  float32 [channels]
        mean, variance                float32 [channels], written: those of the batch
        new_mean, new_variance        float32 [channels], written; may be moving_mean, _variance

    Args:
        channels: how many there are: the items of the phase.
        pixels: how many numbers one picture has of a channel.
        stride_bytes: from one lane's sums to the next one's.
        momentum: how much of the moving ones is kept.
    """

    pointers: ClassVar[tuple[str, ...]] = (
        *("sizes", "sums", "moving_mean", "moving_variance"),
        *("mean", "variance", "new_mean", "new_variance"),
    )

    channels: int
    pixels: int
    stride_bytes: int
    momentum: float

    def emit(self, f: Function) -> None:
        sizes, sums = f.pointers["sizes"], f.pointers["sums"]
        others = f.subtract(number_of_lanes(f, sizes), 1)
        count = numbers_of_a_channel(f, sizes, self.pixels)
        for offset, piece in f.row(f.count):
            place = f.add(f.first, offset)
            total, squares = (
                sum_of_lanes(f, f.at(sums, first, DOUBLE), others, self.stride_bytes, piece, DOUBLE)
                for first in (place, f.add(place, self.channels))
            )
            mean, variance = _statistics(f, total, squares, f.splat(count, piece.width))
            self._write(f, "mean", mean, place, piece)
            self._write(f, "variance", variance, place, piece)

    def _write(self, f: Function, name: str, wide: Value, place: Index, piece: Piece) -> None:
        """A statistic, and the moving one drawn towards it."""
        statistic = f.builder.fptrunc(wide, ir.VectorType(FLOAT, piece.width))
        there, moving, new = (
            f.at(f.pointers[pointer], place) for pointer in (name, f"moving_{name}", f"new_{name}")
        )
        f.store_vector(statistic, there, piece)
        momentum = np.float32(self.momentum)
        kept, taken = (f.constant(float(part), piece.width) for part in (momentum, 1 - momentum))
        moved = f.builder.fadd(
            f.builder.fmul(f.load_vector(moving, piece), kept), f.builder.fmul(statistic, taken)
        )
        f.store_vector(moved, new, piece)


def numbers_of_a_channel(f: Function, sizes: Value, pixels: int) -> Value:
    """How many numbers a batch has of a channel, in float64."""
    return f.builder.uitofp(f.multiply(f.load(sizes, INDEX), pixels), DOUBLE)


def _statistics(f: Function, total: Value, squares: Value, count: Value) -> tuple[Value, Value]:
    """Mean and variance in float64; that of equal numbers is not below 0 by a rounding."""
    mean = f.builder.fdiv(total, count)
    variance = f.builder.fdiv(f.builder.fsub(squares, f.builder.fmul(total, mean)), count)
    zero = f.constant(0, count.type.count, DOUBLE)
    return mean, f.builder.select(f.builder.fcmp_ordered("<", variance, zero), zero, variance)


@record
class Normalize(Kernel):
    """``y = f((x − μ) · γ / √(σ² + ε) + β)``. Called with tiles of pictures.

    Pointers::

        x                 the map
        mean, variance    float32 [channels]: those of the batch in training, else the moving ones
        gamma, beta       float32 [channels], as far as the formula has them
        y                 written, without its border; may be x if they lie alike

    Args:
        input, output: the maps x and y.
        formula: what is computed.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "mean", "variance", "gamma", "beta", "y")

    input: MapLayout
    output: MapLayout
    formula: Formula

    def emit(self, f: Function) -> None:
        maps = {"x": self.input, "y": self.output}
        walk = ChannelWalk(f, maps)
        prepared = PreparedFormula(f, walk, self.formula)
        for chunk in walk.chunks():
            terms = prepared.terms(chunk)
            with walk.runs(chunk) as run:
                walk.along(run, chunk, partial(self._normalize, f, terms))

    def _normalize(
        self, f: Function, terms: Sequence[Terms], spot: Spot, _nothing: Sequence[Value]
    ) -> Sequence[Value]:
        x, y = spot.addresses
        z = terms[spot.number].value(f, f.load_vector(x, spot.piece))
        f.store_vector(self.formula.rectifier.apply(f, z), y, spot.piece)
        return ()


@record
class Terms:
    """What the numbers of some channels are normalized with.

    Args:
        mean: μ.
        inverse: 1 / √(σ² + ε).
        factor: γ / √(σ² + ε).
        shift: β; None: there is none.
    """

    mean: Value
    inverse: Value
    factor: Value
    shift: Value | None

    def value(self, f: Function, x: Value) -> Value:
        """What the rectifier is applied to: the same bits forward and backward."""
        centered = f.builder.fsub(x, self.mean)
        if self.shift is None:
            return f.builder.fmul(centered, self.factor)
        return f.multiply_add(centered, self.factor, self.shift)

    def gate(self, f: Function, rectifier: Rectifier, x: Value, gradient: Value) -> Value:
        """The gradient of what the rectifier is applied to, given that of its result."""
        return gradient if rectifier.linear else rectifier.gate(f, self.value(f, x), gradient)


class PreparedFormula:
    """The formula in a kernel with the pointers ``mean, variance, gamma, beta``.

    To be made before the first chunk of the walk is begun.
    """

    def __init__(self, f: Function, walk: ChannelWalk, formula: Formula) -> None:
        names = ["mean", "variance"]
        names += ["gamma"] * formula.scale + ["beta"] * formula.center
        self._f = f
        self._walk = walk
        self._formula = formula
        self._repeated = {name: walk.repeated(f.pointers[name]) for name in names}

    def terms(self, chunk: Chunk) -> list[Terms]:
        """Those of each vector of a chunk."""
        numbers = {name: self._walk.numbers(p, chunk) for name, p in self._repeated.items()}
        return [
            self._of_one({name: vectors[place] for name, vectors in numbers.items()})
            for place in range(len(chunk.pieces))
        ]

    def _of_one(self, numbers: dict[str, Value]) -> Terms:
        inverse = inverse_deviation(self._f, numbers["variance"], self._formula.epsilon)
        scale = self._formula.scale
        factor = self._f.builder.fmul(inverse, numbers["gamma"]) if scale else inverse
        return Terms(numbers["mean"], inverse, factor, numbers.get("beta"))


def inverse_deviation(f: Function, variance: Value, epsilon: float) -> Value:
    """1 / √(σ² + ε)."""
    added, one = (f.constant(number, variance.type.count) for number in (epsilon, 1))
    return f.builder.fdiv(one, f.unary("sqrt", f.builder.fadd(variance, added)))
