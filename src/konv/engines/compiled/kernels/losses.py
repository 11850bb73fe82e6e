"""Losses: what every picture costs, its gradient, and the last activation, in one kernel.

The formulas are those of konv.losses, from the values z before the last activation, where nothing
overflows; K is the number of outputs of a picture::

    softmax cross-entropy    p = e^(z − m) / S, m = max z, S = Σ e^(z − m)
                             loss = Σ t (ln S − (z − m))
                             dz = (p − t) · share

    sigmoid cross-entropy    p = 1 / (1 + e^−z)
                             loss = mean of max(z, 0) − z t + ln(1 + e^−|z|)
                             dz = (p − t) / K · share

    squared error            loss = mean of (z − t)²
                             dz = (z − t) · 2 / K · share

A network that ends in linear may have either cross-entropy, "from logits": its outputs are z then,
not p. Squared error takes what the network puts out, whatever it ends in: the plan keeps the last
activation as an operation of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from konv.engines.compiled.emit.function import Index, Piece, Value
from konv.engines.compiled.emit.mathematics import exponential, log1p, logarithm
from konv.engines.compiled.kernels.loss_pictures import LossKernel, LossPicture
from konv.engines.compiled.record import record
from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanSquaredError,
    OutputActivation,
    SparseCategoricalCrossentropy,
)

__all__ = [
    "LossKernel",
    "SigmoidCrossentropy",
    "SoftmaxCrossentropy",
    "SquaredError",
    "applies_ending",
    "loss_kernel",
]


def applies_ending(loss: Loss) -> bool:
    """Whether the kernel of a loss applies the last activation, so that the plan leaves it out."""
    return not isinstance(loss, MeanSquaredError)


def loss_kernel(
    loss: Loss, ending: OutputActivation, output_shape: tuple[int, ...], targets: str
) -> LossKernel | None:
    """The kernel of a loss.

    Args:
        loss: one that has been checked with the network.
        ending: the activation that the plan has left out: softmax, sigmoid, or linear for none.
        output_shape: of one picture.
        targets: the type of the prepared targets: int64 for class numbers, else float32 or float64.

    Returns:
        It; None for a loss that is not one of konv's own.

    Example:
        >>> from konv.layers.activations import ACTIVATIONS
        >>> kernel = loss_kernel(
        ...     SparseCategoricalCrossentropy(), ACTIVATIONS["softmax"], (10,), "int64"
        ... )
        >>> kernel.outputs, kernel.targets_shape
        (10, ())
    """
    outputs = math.prod(output_shape)
    logits = ending.name == "linear"
    if type(loss) is SparseCategoricalCrossentropy:
        return SoftmaxCrossentropy((), "int64", outputs, logits)
    if type(loss) is CategoricalCrossentropy:
        return SoftmaxCrossentropy(output_shape, targets, outputs, logits, loss.label_smoothing)
    if type(loss) is BinaryCrossentropy:
        return SigmoidCrossentropy(output_shape, targets, outputs, logits, loss.label_smoothing)
    if type(loss) is MeanSquaredError:
        return SquaredError(output_shape, targets, outputs)
    return None


def _smoothed(p: LossPicture, wanted: Value, smoothing: float, outcomes: int) -> Value:
    """Targets of which a part is spread over all outcomes."""
    if not smoothing:
        return wanted
    kept = p.f.builder.fmul(wanted, p.number(1 - smoothing))
    return p.f.builder.fadd(kept, p.number(smoothing / outcomes))


@record
class SoftmaxCrossentropy(LossKernel):
    """Cross-entropy of one class out of K: targets are class numbers, or shares of the classes.

    Args:
        logits: whether y is z, instead of the probabilities.
        smoothing: which part of the targets is spread over all classes.
    """

    logits: bool
    smoothing: float = 0.0

    def _emit_picture(self, p: LossPicture) -> None:
        largest = self._largest(p)
        total = self._powers(p, largest)
        self._losses(p, largest, total)

    def _largest(self, p: LossPicture) -> Value:
        def compare(start: Index, piece: Piece, so_far: Sequence[Value]) -> Sequence[Value]:
            z = p.used(p.read("z", start, piece), piece, -math.inf)
            return [p.f.larger_of(z, so_far[0])]

        (largest,) = p.each(compare, [p.number(-math.inf)])
        return p.f.splat(p.f.across(largest, p.f.larger_of), p.width)

    def _powers(self, p: LossPicture, largest: Value) -> Value:
        """Σ e^(z − m); each of them is left where dz will be."""
        builder = p.f.builder

        def add(start: Index, piece: Piece, sums: Sequence[Value]) -> Sequence[Value]:
            power = exponential(p.f, builder.fsub(p.read("z", start, piece), largest))
            p.write("dz", power, start, piece)
            return [builder.fadd(sums[0], p.used(power, piece, 0))]

        (sums,) = p.each(add, [p.number(0)])
        return p.f.splat(p.f.across(sums, builder.fadd), p.width)

    def _losses(self, p: LossPicture, largest: Value, total: Value) -> None:
        builder, log_of_total = p.f.builder, logarithm(p.f, total)

        def add(start: Index, piece: Piece, sums: Sequence[Value]) -> Sequence[Value]:
            z = p.read("z", start, piece)
            surprisal = builder.fsub(log_of_total, builder.fsub(z, largest))
            probability = builder.fdiv(p.read("dz", start, piece), total)
            wanted = _smoothed(p, p.wanted(start, piece), self.smoothing, self.outputs)
            p.write("y", z if self.logits else probability, start, piece)
            gradient = builder.fmul(builder.fsub(probability, wanted), p.share)
            p.write("dz", gradient, start, piece)
            return [builder.fadd(sums[0], p.used(builder.fmul(wanted, surprisal), piece, 0))]

        (sums,) = p.each(add, [p.number(0)])
        p.write_loss(p.f.across(sums, builder.fadd))


@record
class SigmoidCrossentropy(LossKernel):
    """Cross-entropy of outputs that are each a yes or a no.

    Args:
        logits: whether y is z, instead of the probabilities.
        smoothing: how far targets are drawn towards 1/2.
    """

    logits: bool
    smoothing: float = 0.0

    def _emit_picture(self, p: LossPicture) -> None:
        builder, one, zero = p.f.builder, p.number(1), p.number(0)

        def value(start: Index, piece: Piece) -> Value:
            z = p.read("z", start, piece)
            wanted = _smoothed(p, p.wanted(start, piece), self.smoothing, 2)
            power = exponential(p.f, builder.fneg(p.f.unary("fabs", z)))
            positive = builder.fcmp_ordered(">=", z, zero)
            upper = builder.select(positive, one, power)
            probability = builder.fdiv(upper, builder.fadd(one, power))
            p.write("y", z if self.logits else probability, start, piece)
            slope = builder.fdiv(builder.fsub(probability, wanted), p.number(self.outputs))
            p.write("dz", builder.fmul(slope, p.share), start, piece)
            bend = builder.fsub(builder.select(positive, z, zero), builder.fmul(z, wanted))
            return builder.fadd(bend, log1p(p.f, power))

        p.mean(value)


@record
class SquaredError(LossKernel):
    """The mean of the squared differences between outputs and targets; y is z."""

    def _emit_picture(self, p: LossPicture) -> None:
        builder = p.f.builder

        def value(start: Index, piece: Piece) -> Value:
            z = p.read("z", start, piece)
            difference = builder.fsub(z, p.wanted(start, piece))
            p.write("y", z, start, piece)
            slope = builder.fmul(difference, p.number(2 / self.outputs))
            p.write("dz", builder.fmul(slope, p.share), start, piece)
            return builder.fmul(difference, difference)

        p.mean(value)
