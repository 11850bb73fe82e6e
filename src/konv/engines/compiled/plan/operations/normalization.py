"""BatchNormalization: in training, everything that comes before it in the batch is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from konv.engines.compiled.kernels.copying import Copy
from konv.engines.compiled.kernels.normalization import (
    BatchStatistics,
    ChannelSums,
    Formula,
    Normalize,
)
from konv.engines.compiled.kernels.normalization_gradients import (
    NormalizationInputGradient,
    NormalizationSums,
    NormalizationWeightGradients,
)
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.base import Operation, open_gate
from konv.engines.compiled.plan.slots import FLOAT_BYTES, Operand
from konv.engines.compiled.plan.structure import lane_stride
from konv.engines.compiled.plan.values import Value
from konv.layers import BatchNormalization

__all__ = ["Normalization"]

_DOUBLE_BYTES = 8


class Normalization(Operation):
    """Channels brought to mean 0 and variance 1, scaled, shifted and rectified.

    Args:
        input, output: the values; their last axis in memory is that of the channels.
        layer: the layer.
        names: the layer's names of its weights -> the network's.
        rectifier: what follows.
        shared: whether another operation uses the same weights.
    """

    def __init__(
        self,
        input: Value,
        output: Value,
        layer: BatchNormalization,
        names: Mapping[str, str],
        rectifier: Rectifier,
        *,
        shared: bool,
    ) -> None:
        super().__init__([input], output)
        self._layer, self._names = layer, names
        self._formula = Formula(layer.epsilon, layer.scale, layer.center, rectifier)
        self._channels = input.sizes[2]
        self._shared = shared
        output.gate = None if rectifier.linear else rectifier

    def forward(self, b: Builder) -> None:
        if b.training:
            self._gather(b)
        mean, variance = self._statistics(b)
        kernel = Normalize(self.input.layout, self.output.layout, self._formula)
        x, y = b.value(self.input), b.value(self.output)
        b.pictures(self.name, kernel, x, mean, variance, *self._scale_and_shift(b, mean), y)

    def _gather(self, b: Builder) -> None:
        """Mean and variance of the batch, and the new moving ones."""
        size = 2 * self._channels * _DOUBLE_BYTES
        sums = b.lane(f"sums of {self.name}", size)
        rows, columns, _channels = self.input.sizes
        b.pictures(
            f"sums of {self.name}", ChannelSums(self.input.layout), b.value(self.input), sums
        )
        kernel = BatchStatistics(
            self._channels, rows * columns, lane_stride(size), self._layer.momentum
        )
        moving = [self._names["moving_mean"], self._names["moving_variance"]]
        b.items(
            f"statistics of {self.name}",
            kernel,
            *(b.sizes, sums, *map(b.weight, moving)),
            *(*self._statistics(b), *map(b.new_state, moving)),
            items=self._channels,
            block=self._channels,
        )

    def _statistics(self, b: Builder) -> tuple[str, str]:
        """The slots of mean and variance: of the batch in training, else the moving ones."""
        if not b.training:
            names = self._names
            return b.weight(names["moving_mean"]), b.weight(names["moving_variance"])
        size = self._channels * FLOAT_BYTES
        return b.shared(f"mean of {self.name}", size), b.shared(f"variance of {self.name}", size)

    def _scale_and_shift(self, b: Builder, other: str) -> tuple[str, str]:
        """The slots of γ and β; another one in place of what the layer does not have."""
        gamma, beta = (self._names.get(name) for name in ("gamma", "beta"))
        return (b.weight(gamma) if gamma else other, b.weight(beta) if beta else other)

    def backward(self, b: Builder) -> None:
        formula = replace(self._formula, rectifier=LINEAR) if b.is_gated(self.output) else None
        formula = formula or self._formula
        dy, gradients = b.gradient(self.output), self._weight_gradients(b, formula)
        if not self.input.differentiable:
            return
        adds = b.adds_to_gradient(self.input)
        kernel = NormalizationInputGradient(
            self.input.layout,
            self.output.gradient_layout,
            self.input.gradient_layout,
            formula,
            adds,
            open_gate(b, self.input) or LINEAR,
        )
        b.pictures(
            f"gradient of {self.input.name}",
            kernel,
            *(b.sizes, *self._known(b), *gradients, dy, b.gradient(self.input)),
        )

    def _known(self, b: Builder) -> tuple[str, ...]:
        """The slots of x, mean, variance, γ and β, as they were forward."""
        mean, variance = self._statistics(b)
        return (b.value(self.input), mean, variance, *self._scale_and_shift(b, mean))

    def _weight_gradients(self, b: Builder, formula: Formula) -> tuple[Operand, Operand]:
        """The gradients of γ and β, summed over the batch; they are worked out in any case."""
        size = 2 * self._channels * _DOUBLE_BYTES
        sums = b.lane(f"gradient sums of {self.name}", size)
        kernel = NormalizationSums(self.input.layout, self.output.gradient_layout, formula)
        dy = b.gradient(self.output)
        b.pictures(f"gradient sums of {self.name}", kernel, *self._known(b), dy, sums)
        gradients = self._gradient(b, "gamma"), self._gradient(b, "beta")
        b.items(
            f"weight gradients of {self.name}",
            NormalizationWeightGradients(self._channels, lane_stride(size), formula.epsilon),
            *(b.sizes, sums, self._statistics(b)[1], *gradients),
            items=self._channels,
            block=self._channels,
        )
        for name in ("gamma", "beta"):
            if self._shared and name in self._names:
                self._add_shared(b, name)
        return gradients

    def _gradient(self, b: Builder, name: str) -> Operand:
        """Where a gradient is written: of weights that are this layer's alone, for the caller."""
        if name in self._names and not self._shared:
            return b.direct_gradient(self._names[name])
        return b.shared(f"{name} gradient of {self.name}", self._channels * FLOAT_BYTES)

    def _add_shared(self, b: Builder, name: str) -> None:
        """Add the gradient of a weight that several layers use to what the others give."""
        adds = self._names[name] in b.gradient_places
        kernel = Copy((self._channels,), (1,), (1,), 0, 0, 0, 0, adds)
        source, target = self._gradient(b, name), b.direct_gradient(self._names[name])
        b.items(f"{name} gradient of {self.name}", kernel, source, target, items=1, block=1)
