"""Convolution with its bias, rectifier and pool: direct, or after Winograd in one of two ways."""

from __future__ import annotations

import math
from dataclasses import replace

from konv.engines.compiled.kernels.convolution import Convolution
from konv.engines.compiled.kernels.winograd import Winograd
from konv.engines.compiled.kernels.winograd_alone import WinogradAlone
from konv.engines.compiled.kernels.winograd_rows import WinogradRows
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.bands import cut, pays_to_share
from konv.engines.compiled.plan.operations.base import Operation
from konv.engines.compiled.plan.operations.convolution_gradients import ConvolutionGradients
from konv.engines.compiled.plan.operations.convolution_parts import ConvolutionParts, winners_of
from konv.engines.compiled.plan.operations.folding import scales_sums, weights_and_shift
from konv.engines.compiled.plan.operations.windows import reach
from konv.engines.compiled.plan.operations.winograd import best_way, transformed_weights
from konv.engines.compiled.plan.values import Value

__all__ = ["ConvolutionOperation", "ConvolutionParts"]


class ConvolutionOperation(Operation):
    """See :class:`ConvolutionParts`."""

    def __init__(self, input: Value, output: Value, parts: ConvolutionParts) -> None:
        super().__init__([input], output)
        self.parts = parts
        rows, columns, _channels = input.sizes
        input.widen(reach(parts.window, (rows, columns), parts.map))
        if not parts.pooled:
            output.gate = None if parts.rectifier.linear else parts.rectifier
            if input.differentiable:
                output.widen_gradient(ConvolutionGradients(input, output, parts).dz_border)

    def forward(self, b: Builder) -> None:
        parts = self.parts
        sums = math.prod(parts.map) * self.output.sizes[2]
        kernel = Convolution(
            self.input.layout,
            self.output.layout,
            parts.window,
            parts.groups,
            parts.flipped,
            parts.biased,
            parts.rectifier,
            parts.pool,
            winners=parts.pooled and b.training,
            scaled=scales_sums(b, parts.kernel, parts.folding, sums),
        )
        way = best_way(b, kernel)
        if isinstance(way, Winograd):
            self._forward_after_winograd(b, way)
        else:
            self._forward(b, way)

    def _forward(self, b: Builder, kernel: Convolution | WinogradRows) -> None:
        """With the weights as they are."""
        weights, bias = self._weights(b, scaled=kernel.scaled)
        x, y = b.value(self.input), b.value(self.output)
        if b.shares and (bands := cut(kernel, b.target, kernel.pool[0])):
            settled = kernel.settled(b.target) if isinstance(kernel, Convolution) else kernel
            band = replace(settled, **bands.layouts)
            bands.call(b, self.name, band, (x, weights, bias), (y, y), _room(b, band))
            return
        winner = winners_of(b, self.output) if kernel.winners else y
        b.pictures(self.name, kernel, x, weights, bias, y, winner, *_room(b, kernel))

    def _forward_after_winograd(self, b: Builder, kernel: Winograd) -> None:
        parts = self.parts
        kernel = replace(kernel, scaled=parts.folding is not None)
        x, y = b.value(self.input), b.value(self.output)
        weights, bias = self._weights(b, scaled=True)
        if b.alone:
            alone = WinogradAlone(kernel, parts.flipped)
            room, items = b.room(alone.scratch_bytes(b.target)), alone.items(b.target)
            maps = kernel.input, kernel.output
            shared = b.shares and pays_to_share(alone, maps, b.target)
            b.items(
                self.name,
                alone,
                x,
                weights,
                bias,
                y,
                y,
                room,
                items=items,
                block=1 if shared else items,
            )
            return
        weights = transformed_weights(b, self._transform(kernel), parts)
        winner = winners_of(b, self.output) if kernel.winners else y
        room = b.room(kernel.scratch_bytes(b.target))
        b.pictures(self.name, kernel, x, weights, bias, y, winner, room)

    def _transform(self, kernel: Winograd) -> WinogradWeights:
        """What is done with the weights."""
        parts = self.parts
        channels, filters = kernel.input.channels, kernel.output.channels
        return WinogradWeights(channels, filters, kernel.size, flipped=parts.flipped)

    def _weights(self, b: Builder, *, scaled: bool) -> tuple[str, str]:
        """The slots of the weights and of what is added to the sums."""
        parts = self.parts
        what = self.name, parts.kernel, parts.bias, parts.folding
        return weights_and_shift(b, *what, scaled=scaled)

    def backward(self, b: Builder) -> None:
        ConvolutionGradients(self.input, self.output, self.parts).write(b)


def _room(b: Builder, kernel: Convolution | WinogradRows) -> list[str]:
    """The slot of what a call needs for itself, if it does."""
    return [] if isinstance(kernel, Convolution) else [b.room(kernel.scratch_bytes(b.target))]
