"""Depthwise convolution: each channel by itself."""

from __future__ import annotations

from dataclasses import replace

from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.convolution_input_gradient import gradient_border
from konv.engines.compiled.kernels.depthwise import Depthwise
from konv.engines.compiled.kernels.depthwise_input_gradient import DepthwiseInputGradient
from konv.engines.compiled.kernels.depthwise_weight_gradient import DepthwiseWeightGradient
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.bands import cut
from konv.engines.compiled.plan.operations.base import (
    Operation,
    gated_gradient,
    lane_gradients,
    open_gate,
)
from konv.engines.compiled.plan.operations.folding import Folding, weights_and_shift
from konv.engines.compiled.plan.operations.windows import reach
from konv.engines.compiled.plan.values import Value
from konv.engines.compiled.record import record

__all__ = ["DepthwiseOperation", "DepthwiseParts"]


@record
class DepthwiseParts:
    """What a depthwise convolution is, beside the values.

    Args:
        window: how its windows lie.
        multiplier: how many maps are made of each channel.
        flipped: whether kernels are turned by 180°.
        kernel, bias: the names of the weights; "": no bias.
        rectifier: what follows the sums.
        folding: the normalization that is folded into the weights.
    """

    window: Window
    multiplier: int
    flipped: bool
    kernel: str
    bias: str
    rectifier: Rectifier
    folding: Folding | None = None

    @property
    def biased(self) -> bool:
        """Whether anything is added to the sums."""
        return bool(self.bias or self.folding)


class DepthwiseOperation(Operation):
    """See :class:`DepthwiseParts`."""

    def __init__(self, input: Value, output: Value, parts: DepthwiseParts) -> None:
        super().__init__([input], output)
        self.parts = parts
        size, map_size = input.sizes[:2], output.sizes[:2]
        input.widen(reach(parts.window, size, map_size))
        output.gate = None if parts.rectifier.linear else parts.rectifier
        if input.differentiable:
            output.widen_gradient(gradient_border(parts.window, size, map_size))

    def forward(self, b: Builder) -> None:
        parts = self.parts
        kernel = Depthwise(
            self.input.layout,
            self.output.layout,
            parts.window,
            parts.multiplier,
            parts.flipped,
            parts.biased,
            parts.rectifier,
        )
        what = self.name, parts.kernel, parts.bias, parts.folding
        weights, bias = weights_and_shift(b, *what, scaled=False)
        x, y = b.value(self.input), b.value(self.output)
        if b.shares and (bands := cut(kernel, b.target)):
            bands.call(b, self.name, replace(kernel, **bands.layouts), (x, weights, bias), (y,))
            return
        b.pictures(self.name, kernel, x, weights, bias, y)

    def backward(self, b: Builder) -> None:
        parts = self.parts
        dz = gated_gradient(b, self.output, parts.rectifier)
        kernel = DepthwiseWeightGradient(
            self.input.layout,
            self.output.gradient_layout,
            parts.window,
            parts.multiplier,
            parts.flipped,
            bool(parts.bias),
        )
        sums = lane_gradients(b, parts.kernel, parts.bias)
        b.pictures(f"weight gradient of {self.name}", kernel, b.value(self.input), dz, *sums)
        if self.input.differentiable:
            self._input_gradient(b, dz)

    def _input_gradient(self, b: Builder, dz: str) -> None:
        parts = self.parts
        adds = b.adds_to_gradient(self.input)
        gate = open_gate(b, self.input)
        kernel = DepthwiseInputGradient(
            self.output.gradient_layout,
            self.input.gradient_layout,
            parts.window,
            parts.multiplier,
            parts.flipped,
            adds,
            gate or LINEAR,
            self.input.layout if gate else None,
        )
        dx = b.gradient(self.input)
        y = b.value(self.input) if gate else dx
        b.pictures(f"input gradient of {self.name}", kernel, dz, b.weight(parts.kernel), dx, y)
