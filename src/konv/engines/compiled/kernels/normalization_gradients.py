"""BatchNormalization backward, in training.

With x̂ = (x − μ) / √(σ² + ε), z = γ x̂ + β, y = f(z), n numbers of a channel in the batch, and g the
gradient of z, which is that of y passed through the gate of the rectifier f::

    ∂β = Σ g        ∂γ = Σ g x̂        ∂x = γ / √(σ² + ε) · (g − (∂β + x̂ ∂γ) / n)

There are three steps, each over the whole batch: :class:`NormalizationSums` for the pictures of
each lane, as soon as their ∂y is there; :class:`NormalizationWeightGradients` for the channels;
:class:`NormalizationInputGradient` for the pictures. x̂ and z are worked out again from x, in the
same operations as forward: that costs less than reading y.

Sums are taken in float32 over one run of pixels (at most 256, or a row), then in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import DOUBLE, FLOAT, Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.channels import ChannelWalk, Spot
from konv.engines.compiled.kernels.lane_sums import number_of_lanes, sum_of_lanes
from konv.engines.compiled.kernels.normalization import (
    Formula,
    PreparedFormula,
    Terms,
    inverse_deviation,
    numbers_of_a_channel,
)
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.record import record

__all__ = ["NormalizationInputGradient", "NormalizationSums", "NormalizationWeightGradients"]


@record
class NormalizationSums(Kernel):
    """Adds Σ g and Σ g (x − μ) of every channel to a lane's sums. Called with tiles of pictures.

    Pointers::

        x, mean, variance, gamma, beta    as they were forward
        dy      the gradient of y
        sums    float64 [2, channels] of this lane: Σ g, Σ g (x − μ); zeros when the lane begins

    Args:
        input: the map x.
        gradient: the map dy.
        formula: what was computed; with a linear rectifier if dy has passed the gate already.
    """

    pointers: ClassVar[tuple[str, ...]] = (
        *("x", "mean", "variance", "gamma", "beta"),
        *("dy", "sums"),
    )

    input: MapLayout
    gradient: MapLayout
    formula: Formula

    def emit(self, f: Function) -> None:
        maps = {"x": self.input, "dy": self.gradient}
        walk = ChannelWalk(f, maps)
        prepared = PreparedFormula(f, walk, self.formula)
        for chunk in walk.chunks():
            terms = prepared.terms(chunk)
            wide, narrow = (
                [f.constant(0, piece.width, kind) for piece in chunk.pieces for _sum in "12"]
                for kind in (DOUBLE, FLOAT)
            )
            with walk.runs(chunk, wide) as run:
                sums = walk.along(run, chunk, partial(self._add, f, terms), narrow)
                run.results = [
                    f.builder.fadd(so_far, f.builder.fpext(of_run, so_far.type))
                    for so_far, of_run in zip(run.carried, sums, strict=True)
                ]
            walk.add_to(f.pointers["sums"], chunk, run.results)

    def _add(
        self, f: Function, terms: Sequence[Terms], spot: Spot, sums: Sequence[Value]
    ) -> Sequence[Value]:
        x, dy = (f.load_vector(address, spot.piece) for address in spot.addresses)
        own = terms[spot.number]
        gradient = own.gate(f, self.formula.rectifier, x, dy)
        centered = f.builder.fsub(x, own.mean)
        return [f.builder.fadd(sums[0], gradient), f.multiply_add(gradient, centered, sums[1])]


@record
class NormalizationWeightGradients(Kernel):
    """∂γ and ∂β. Called with channels.

    Pointers::

        sizes             int64: pictures of the batch, pictures of a lane
        sums              the first lane's, see NormalizationSums
        variance          float32 [channels]: that of the batch
        gamma_gradient    written, float32 [channels]: also if there is no γ
        beta_gradient     written, float32 [channels]: also if there is no β

    Args:
        channels: how many there are: the items of the phase.
        stride_bytes: from one lane's sums to the next one's.
        epsilon: ε.
    """

    pointers: ClassVar[tuple[str, ...]] = (
        *("sizes", "sums", "variance"),
        *("gamma_gradient", "beta_gradient"),
    )

    channels: int
    stride_bytes: int
    epsilon: float

    def emit(self, f: Function) -> None:
        others = f.subtract(number_of_lanes(f, f.pointers["sizes"]), 1)
        for offset, piece in f.row(f.count):
            place = f.add(f.first, offset)
            by_beta, by_mean = (
                self._sum(f, first, others, piece) for first in (place, f.add(place, self.channels))
            )
            variance = f.load_vector(f.at(f.pointers["variance"], place), piece)
            by_gamma = f.builder.fmul(by_mean, inverse_deviation(f, variance, self.epsilon))
            f.store_vector(by_beta, f.at(f.pointers["beta_gradient"], place), piece)
            f.store_vector(by_gamma, f.at(f.pointers["gamma_gradient"], place), piece)

    def _sum(self, f: Function, place: Index, others: Value, piece: Piece) -> Value:
        first = f.at(f.pointers["sums"], place, DOUBLE)
        total = sum_of_lanes(f, first, others, self.stride_bytes, piece, DOUBLE)
        return f.builder.fptrunc(total, ir.VectorType(FLOAT, piece.width))


@record
class NormalizationInputGradient(Kernel):
    """``∂x = γ / √(σ² + ε) · (g − (∂β + x̂ ∂γ) / n)``. Called with tiles of pictures.

    Pointers::

        sizes                             int64: pictures of the batch, pictures of a lane
        x, mean, variance, gamma, beta    as they were forward
        gamma_gradient, beta_gradient     as NormalizationWeightGradients wrote them
        dy                                the gradient of y
        dx                                written, without its border; may be dy if they lie alike

    Args:
        input, gradient, input_gradient: the maps x, dy and dx.
        formula: what was computed; with a linear rectifier if dy has passed the gate already.
        accumulate: whether ∂x is added to what dx holds.
        gate: what ∂x is passed through at the end: the rectifier whose output x is.
    """

    pointers: ClassVar[tuple[str, ...]] = (
        *("sizes", "x", "mean", "variance", "gamma", "beta"),
        *("gamma_gradient", "beta_gradient", "dy", "dx"),
    )

    input: MapLayout
    gradient: MapLayout
    input_gradient: MapLayout
    formula: Formula
    accumulate: bool = False
    gate: Rectifier = LINEAR

    def emit(self, f: Function) -> None:
        maps = {"x": self.input, "dy": self.gradient, "dx": self.input_gradient}
        walk = ChannelWalk(f, maps)
        prepared = PreparedFormula(f, walk, self.formula)
        gradients = [walk.repeated(f.pointers[f"{name}_gradient"]) for name in ("gamma", "beta")]
        pixels = self.input.height * self.input.width
        count = f.builder.fptrunc(numbers_of_a_channel(f, f.pointers["sizes"], pixels), FLOAT)
        for chunk in walk.chunks():
            by_gamma, by_beta = (walk.numbers(gradient, chunk) for gradient in gradients)
            rules = [
                _Rule(f, *numbers, count)
                for numbers in zip(prepared.terms(chunk), by_gamma, by_beta, strict=True)
            ]
            with walk.runs(chunk) as run:
                walk.along(run, chunk, partial(self._write, f, rules))

    def _write(
        self, f: Function, rules: Sequence[_Rule], spot: Spot, _nothing: Sequence[Value]
    ) -> Sequence[Value]:
        rule, piece = rules[spot.number], spot.piece
        x, dy = (f.load_vector(address, piece) for address in spot.addresses[:2])
        result = rule.gradient(f, x, rule.terms.gate(f, self.formula.rectifier, x, dy))
        if self.accumulate:
            result = f.builder.fadd(f.load_vector(spot.addresses[2], piece), result)
        f.store_vector(self.gate.gate(f, x, result), spot.addresses[2], piece)
        return ()


class _Rule:
    """How ∂x follows from g, for one vector of channels."""

    def __init__(
        self, f: Function, terms: Terms, by_gamma: Value, by_beta: Value, count: Value
    ) -> None:
        counts = f.splat(count, by_beta.type.count)
        self.terms = terms
        self._offset = f.builder.fdiv(by_beta, counts)
        self._slope = f.builder.fdiv(f.builder.fmul(by_gamma, terms.inverse), counts)

    def gradient(self, f: Function, x: Value, gradient: Value) -> Value:
        """γ / √(σ² + ε) · (g − ∂β / n − (x − μ) · ∂γ / (n √(σ² + ε)))"""
        turned = f.builder.fsub(self.terms.mean, x)
        rest = f.multiply_add(turned, self._slope, f.builder.fsub(gradient, self._offset))
        return f.builder.fmul(rest, self.terms.factor)
