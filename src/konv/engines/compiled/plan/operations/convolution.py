"""Convolution with its bias, rectifier and pool; backward densely, or through live values only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Convolution, Window
from konv.engines.compiled.kernels.convolution_input_gradient import (
    ConvolutionInputGradient,
    gradient_border,
)
from konv.engines.compiled.kernels.convolution_weight_gradient import ConvolutionWeightGradient
from konv.engines.compiled.kernels.max_unpool import MaxUnpool
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.sparse_gradient import SparseGradient
from konv.engines.compiled.kernels.turned_kernel import TurnedKernel
from konv.engines.compiled.plan.builder import FLOAT_BYTES, Builder, Place
from konv.engines.compiled.plan.operations.bands import cut
from konv.engines.compiled.plan.operations.base import (
    Operation,
    deliver_gradient,
    gated_gradient,
    open_gate,
)
from konv.engines.compiled.plan.operations.folding import Folding, weights_and_bias
from konv.engines.compiled.plan.operations.windows import reach
from konv.engines.compiled.plan.values import NO_BORDER, Border, Value

__all__ = ["ConvolutionOperation", "ConvolutionParts"]

Order = Literal["taps", "filters"]


@dataclass(frozen=True)
class ConvolutionParts:
    """What a convolution is, beside the values.

    Args:
        window: how its windows lie.
        groups: how many groups its channels are divided into.
        flipped: whether kernels are turned by 180°.
        kernel, bias: the names of the weights; "": no bias.
        rectifier: what follows the sums.
        pool: what follows that; (1, 1): nothing.
        map: rows and columns before the pool.
        shared: whether another operation uses the same weights.
        folding: the normalization that is folded into the weights.
    """

    window: Window
    groups: int
    flipped: bool
    kernel: str
    bias: str
    rectifier: Rectifier
    pool: tuple[int, int]
    map: tuple[int, int]
    shared: bool
    folding: Folding | None = None

    @property
    def biased(self) -> bool:
        """Whether anything is added to the sums."""
        return bool(self.bias or self.folding)

    @property
    def pooled(self) -> bool:
        """Whether a pool follows."""
        return self.pool != (1, 1)


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
                output.widen_gradient(self._dz_border)

    @property
    def _dz_border(self) -> Border:
        rows, columns, _channels = self.input.sizes
        return gradient_border(self.parts.window, (rows, columns), self.parts.map)

    def forward(self, b: Builder) -> None:
        parts = self.parts
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
        )
        weights, bias = weights_and_bias(b, self.name, parts.kernel, parts.bias, parts.folding)
        x, y = b.value(self.input), b.value(self.output)
        if b.alone and (bands := cut(kernel, kernel.pool[0])):
            band = replace(kernel.settled(b.target), **bands.layouts)
            bands.call(b, self.name, band, x, weights, bias, y, y)
            return
        winner = self._winner(b) if kernel.winners else y
        b.pictures(self.name, kernel, x, weights, bias, y, winner)

    def _winner(self, b: Builder) -> str:
        return b.per_picture(f"winners of {self.name}", self.output.elements)

    def backward(self, b: Builder) -> None:
        if self._pays_to_be_sparse(b):
            self._sparse_backward(b)
            return
        dz, layout = self._dz(b), self._dz_layout
        by_kernel, by_bias = self._lane_gradients(b)
        name, x = f"weight gradient of {self.name}", b.value(self.input)
        b.pictures(name, self._weight_gradient, x, dz, by_kernel, by_bias)
        if self.input.differentiable:
            self._input_gradient(b, dz, layout)

    def _pays_to_be_sparse(self, b: Builder) -> bool:
        """Whether visiting only what has a gradient behind pool and rectifier costs less."""
        parts = self.parts
        if not parts.pooled or parts.groups > 1 or parts.shared:
            return False
        weight_gradient = self._weight_gradient.cycles(b.target)
        # The input gradient has as many multiply-adds as the weight gradient.
        input_gradient = weight_gradient if self.input.differentiable else 0
        dense = self._unpooling.cycles(b.target) + weight_gradient + input_gradient
        return b.cheaper(sparse=self._sparse_gradient.cycles(b.target), dense=dense) == "sparse"

    @property
    def _weight_gradient(self) -> ConvolutionWeightGradient:
        parts = self.parts
        return ConvolutionWeightGradient(
            self.input.layout,
            self._dz_layout,
            parts.window,
            parts.groups,
            parts.flipped,
            bool(parts.bias),
        )

    def _lane_gradients(self, b: Builder) -> tuple[Place, Place]:
        """Where lanes add up the gradients of kernel and bias."""
        by_kernel = b.lane_gradient(self.parts.kernel)
        return by_kernel, b.lane_gradient(self.parts.bias) if self.parts.bias else by_kernel

    @property
    def _dz_layout(self) -> MapLayout:
        """How the gradient of the sums lies."""
        if not self.parts.pooled:
            return self.output.gradient_layout
        border = self._dz_border if self.input.differentiable else NO_BORDER
        return MapLayout(*self.parts.map, self.output.sizes[2], *border)

    @property
    def _unpooling(self) -> MaxUnpool:
        return MaxUnpool(
            self.output.layout,
            self.output.gradient_layout,
            self._dz_layout,
            self.parts.pool,
            self.parts.rectifier,
        )

    def _dz(self, b: Builder) -> str:
        """The slot of the gradient of the sums."""
        if not self.parts.pooled:
            return gated_gradient(b, self.output, self.parts.rectifier)
        layout = self._dz_layout
        slot = b.per_picture(
            f"gradient of the sums of {self.name}",
            layout.size * FLOAT_BYTES,
            cleared=layout.bordered,
        )
        y, dy = b.value(self.output), b.gradient(self.output)
        b.pictures(f"unpooling of {self.name}", self._unpooling, y, self._winner(b), dy, slot)
        return slot

    def _input_gradient(self, b: Builder, dz: str, layout: MapLayout) -> None:
        parts = self.parts
        adds = b.adds_to_gradient(self.input)
        gate = open_gate(b, self.input)
        kernel = ConvolutionInputGradient(
            layout,
            self.input.gradient_layout,
            parts.window,
            parts.groups,
            parts.flipped,
            adds,
            gate or LINEAR,
            self.input.layout if gate else None,
        )
        turned = self._turned(b, "taps")
        dx = b.gradient(self.input)
        y = b.value(self.input) if gate else dx
        b.pictures(f"input gradient of {self.name}", kernel, dz, turned, dx, y)

    def _turned(self, b: Builder, order: Order) -> str:
        """The slot of the kernel in another order; it is made at the beginning of every step."""
        size = b.network.weight_specs[self.parts.kernel].size * FLOAT_BYTES
        slot = b.shared(f"{self.parts.kernel} by {order}", size)
        turn = self._turn(order)
        b.beforehand(
            f"turning of {self.parts.kernel}",
            turn,
            b.weight(self.parts.kernel),
            slot,
            items=turn.rows * turn.columns,
        )
        return slot

    def _turn(self, order: Order, *, back: bool = False) -> TurnedKernel:
        rows, columns = self.parts.window.kernel
        groups = self.parts.groups
        channels = self.input.sizes[2] // groups
        return TurnedKernel(rows, columns, channels, self.output.sizes[2], groups, order, back)

    @property
    def _sparse_gradient(self) -> SparseGradient:
        parts = self.parts
        return SparseGradient(
            self.input.layout,
            self.output.layout,
            self.output.gradient_layout,
            parts.window,
            parts.pool,
            parts.flipped,
            bool(parts.bias),
            self.input.layout if self.input.differentiable else None,
            parts.rectifier,
        )

    def _sparse_backward(self, b: Builder) -> None:
        parts, differentiable = self.parts, self.input.differentiable
        kernel = self._sparse_gradient
        x, y, dy = b.value(self.input), b.value(self.output), b.gradient(self.output)
        by_kernel, by_bias = self._lane_gradients(b)
        turned = self._turned(b, "filters") if differentiable else b.weight(parts.kernel)
        dx = self._private_gradient(b) if differentiable else x
        scratch = b.scratch(kernel.scratch_bytes)
        b.pictures(
            f"sparse gradient of {self.name}",
            kernel,
            *(x, y, self._winner(b), dy, turned, by_kernel, by_bias, dx, scratch),
        )
        if differentiable:
            self._deliver(b, dx)
        turn = self._turn("filters", back=True)
        b.afterwards(
            f"turning back of {parts.kernel}",
            turn,
            *b.turned_back(parts.kernel),
            items=turn.rows * turn.columns,
        )

    def _private_gradient(self, b: Builder) -> str:
        """The gradient of the input by this operation alone, its border included.

        Nothing else needs to be there if nothing else adds to it, and no border must stay zero.
        """
        if self._writes_directly:
            b.adds_to_gradient(self.input)
            return b.gradient(self.input)
        name = f"gradient of {self.input.name} by {self.name}"
        return b.per_picture(name, self.input.layout.size * FLOAT_BYTES)

    @property
    def _writes_directly(self) -> bool:
        bordered = self.input.layout.bordered or self.input.gradient_layout.bordered
        return self.input.readers == 1 and not bordered

    def _deliver(self, b: Builder, dx: str) -> None:
        if not self._writes_directly:
            deliver_gradient(b, self.input, dx, self.input.layout)
