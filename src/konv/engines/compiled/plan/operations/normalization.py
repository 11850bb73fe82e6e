"""BatchNormalization: in training, everything that comes before it in the batch is waited for."""

from __future__ import annotations

from collections.abc import Mapping

from konv.engines.compiled.kernels.normalization import (
    BatchStatistics,
    ChannelSums,
    Formula,
    Normalize,
)
from konv.engines.compiled.kernels.rectifier import Rectifier
from konv.engines.compiled.plan.builder import FLOAT_BYTES, Builder
from konv.engines.compiled.plan.operations.base import Operation
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
    """

    def __init__(
        self,
        input: Value,
        output: Value,
        layer: BatchNormalization,
        names: Mapping[str, str],
        rectifier: Rectifier,
    ) -> None:
        super().__init__([input], output)
        self._layer, self._names = layer, names
        self._formula = Formula(layer.epsilon, layer.scale, layer.center, rectifier)
        self._channels = input.sizes[2]

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
        raise NotImplementedError
