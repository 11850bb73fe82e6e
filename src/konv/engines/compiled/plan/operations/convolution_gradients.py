"""The gradients of a convolution: densely, or through live values only."""

from __future__ import annotations

from dataclasses import replace

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.convolution_input_gradient import (
    ConvolutionInputGradient,
    gradient_border,
)
from konv.engines.compiled.kernels.convolution_weight_gradient import ConvolutionWeightGradient
from konv.engines.compiled.kernels.filter_order import FilterOrder
from konv.engines.compiled.kernels.max_unpool import MaxUnpool
from konv.engines.compiled.kernels.picked_gradient import PickedGradient, can_pick
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.sparse_input_gradient import SparseInputGradient
from konv.engines.compiled.kernels.sparse_weight_gradient import SparseWeightGradient
from konv.engines.compiled.kernels.turned_kernel import TurnedKernel, turned_to_filters
from konv.engines.compiled.kernels.winograd_input_gradient import WinogradInputGradient
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.base import (
    deliver_gradient,
    gated_gradient,
    lane_gradients,
    open_gate,
)
from konv.engines.compiled.plan.operations.convolution_parts import ConvolutionParts, winners_of
from konv.engines.compiled.plan.operations.winograd import (
    after_winograd,
    predicted_cycles,
    transformed_weights,
    worth,
)
from konv.engines.compiled.plan.slots import FLOAT_BYTES, border_of
from konv.engines.compiled.plan.structure import Way
from konv.engines.compiled.plan.values import NO_BORDER, Border, Value
from konv.engines.compiled.record import record

__all__ = ["ConvolutionGradients"]

_BehindPool = tuple[MapLayout, MapLayout, MapLayout, Window, tuple[int, int], bool, bool, Rectifier]


@record
class ConvolutionGradients:
    """What is called to bring the gradient of a convolution to its input and its weights.

    Args:
        input, output: what it reads, and what it makes.
        parts: what it is.
    """

    input: Value
    output: Value
    parts: ConvolutionParts

    @property
    def name(self) -> str:
        """That of the convolution."""
        return self.output.name

    @property
    def dz_border(self) -> Border:
        """How many zeros there must be around the gradient of the sums."""
        rows, columns, _channels = self.input.sizes
        return gradient_border(self.parts.window, (rows, columns), self.parts.map)

    def write(self, b: Builder) -> None:
        """Say what is called."""
        weights = self._way_to_weights(b)
        inputs = self._way_to_input(b, weights) if self.input.differentiable else None
        dz = self._dz(b) if "dense" in (weights, inputs) else ""
        if weights == "sparse":
            self._sparse_weight_gradient(b)
        elif weights == "picked":
            self._picked_weight_gradient(b)
        else:
            sums = lane_gradients(b, self.parts.kernel, self.parts.bias)
            name, x = f"weight gradient of {self.name}", b.value(self.input)
            b.pictures(name, self._weight_gradient, x, dz, *sums)
        if inputs == "sparse":
            self._sparse_input_gradient(b)
        elif inputs == "dense":
            self._input_gradient(b, dz)

    def _way_to_weights(self, b: Builder) -> Way:
        """The way that costs least: visiting only what has a gradient, or all of it densely."""
        if not self._sparse:
            return "dense"
        ways = {
            "sparse": self._sparse_weights.cycles(b.target),
            "dense": self._unpooling.cycles(b.target) + self._weight_gradient.cycles(b.target),
        }
        if not self.input.differentiable and can_pick(b.target, self._picked_weights):
            ways["picked"] = self._picked_weights.cycles(b.target)
        return b.cheapest("weight gradient", **ways)

    def _way_to_input(self, b: Builder, weights: Way) -> Way:
        """The same for the input; a map that is taken apart for the weights costs nothing more."""
        if not self._sparse:
            return "dense"
        # The direct input gradient has as many multiply-adds as the weight gradient.
        dense = self._weight_gradient.cycles(b.target)
        if other := after_winograd(b.target, self._direct_input_gradient):
            dense = min(dense, predicted_cycles(b, other))
        if weights != "dense":
            dense += self._unpooling.cycles(b.target)
        sparse = self._sparse_inputs.cycles(b.target)
        return b.cheapest("input gradient", sparse=sparse, dense=dense)

    @property
    def _sparse(self) -> bool:
        """Whether only some pixels have a gradient."""
        return self.parts.pooled and self.parts.groups == 1 and not self.parts.shared

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

    @property
    def _dz_layout(self) -> MapLayout:
        """How the gradient of the sums lies."""
        if not self.parts.pooled:
            return self.output.gradient_layout
        border = self.dz_border if self.input.differentiable else NO_BORDER
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
            zeros=border_of(layout),
        )
        y, dy = b.value(self.output), b.gradient(self.output)
        b.pictures(
            f"unpooling of {self.name}", self._unpooling, y, winners_of(b, self.output), dy, slot
        )
        return slot

    @property
    def _direct_input_gradient(self) -> ConvolutionInputGradient:
        """What makes it, if nothing was written before and nothing is passed afterwards."""
        parts = self.parts
        return ConvolutionInputGradient(
            self._dz_layout,
            self.input.gradient_layout,
            parts.window,
            parts.groups,
            parts.flipped,
        )

    def _input_gradient(self, b: Builder, dz: str) -> None:
        adds = b.adds_to_gradient(self.input)
        gate = open_gate(b, self.input)
        kernel = replace(
            self._direct_input_gradient,
            accumulate=adds,
            rectifier=gate or LINEAR,
            activated=self.input.layout if gate else None,
        )
        dx = b.gradient(self.input)
        y = b.value(self.input) if gate else dx
        name = f"input gradient of {self.name}"
        other = after_winograd(b.target, kernel)
        if other and worth(b, other, kernel):
            weights = transformed_weights(b, self._transform(other), self.parts)
            room = b.room(other.scratch_bytes(b.target))
            b.pictures(name, other, dz, weights, dx, y, room)
        else:
            b.pictures(name, kernel, dz, self._turned(b), dx, y)

    def _transform(self, kernel: WinogradInputGradient) -> WinogradWeights:
        """What is done with the weights."""
        channels, filters = kernel.output.channels, kernel.gradient.channels
        return WinogradWeights(channels, filters, kernel.size, self.parts.flipped, turned=True)

    def _turned(self, b: Builder) -> str:
        """The slot of the kernel turned tap by tap, for every step."""
        rows, columns = self.parts.window.kernel
        groups = self.parts.groups
        channels = self.input.sizes[2] // groups
        size = b.network.weight_specs[self.parts.kernel].size
        turn = TurnedKernel(rows, columns, channels, self.output.sizes[2], groups)
        return self._turned_beforehand(b, turn, size)

    def _by_filters(self, b: Builder, order: FilterOrder) -> str:
        """The slot of the kernel filter by filter, for every step."""
        return self._turned_beforehand(b, turned_to_filters(order), order.size)

    def _turned_beforehand(self, b: Builder, turn: TurnedKernel, size: int) -> str:
        slot = b.shared(f"{self.parts.kernel} by {turn.order}", size * FLOAT_BYTES)
        b.beforehand(
            f"turning of {self.parts.kernel}",
            turn,
            b.weight(self.parts.kernel),
            slot,
            items=turn.rows * turn.columns,
        )
        return slot

    @property
    def _behind_pool(self) -> _BehindPool:
        """What every gradient that knows of the pool is told first."""
        parts = self.parts
        return (
            self.input.layout,
            self.output.layout,
            self.output.gradient_layout,
            parts.window,
            parts.pool,
            parts.flipped,
            bool(parts.bias),
            parts.rectifier,
        )

    @property
    def _sparse_weights(self) -> SparseWeightGradient:
        return SparseWeightGradient(*self._behind_pool)

    def _sparse_weight_gradient(self, b: Builder) -> None:
        parts, kernel = self.parts, self._sparse_weights
        x, y, dy = b.value(self.input), b.value(self.output), b.gradient(self.output)
        sums = lane_gradients(b, parts.kernel, parts.bias)
        scratch = b.scratch(kernel.scratch_bytes(b.target))
        name = f"sparse weight gradient of {self.name}"
        b.pictures(name, kernel, x, y, winners_of(b, self.output), dy, *sums, scratch)
        turn = turned_to_filters(kernel.filter_order(b.target), back=True)
        b.afterwards(
            f"turning back of {parts.kernel}",
            turn,
            *b.turned_back(parts.kernel),
            items=turn.rows * turn.columns,
        )

    @property
    def _sparse_inputs(self) -> SparseInputGradient:
        return SparseInputGradient(*self._behind_pool)

    def _sparse_input_gradient(self, b: Builder) -> None:
        kernel = self._sparse_inputs
        y, dy = b.value(self.output), b.gradient(self.output)
        weights = self._by_filters(b, kernel.filter_order(b.target))
        dx, room = self._private_gradient(b), b.room(kernel.room_bytes)
        name = f"sparse input gradient of {self.name}"
        b.pictures(name, kernel, y, winners_of(b, self.output), dy, weights, dx, room)
        self._deliver(b, dx)

    @property
    def _picked_weights(self) -> PickedGradient:
        return PickedGradient(*self._behind_pool)

    def _picked_weight_gradient(self, b: Builder) -> None:
        kernel = self._picked_weights
        x, y, dy = b.value(self.input), b.value(self.output), b.gradient(self.output)
        sums = lane_gradients(b, self.parts.kernel, self.parts.bias)
        room = b.room(kernel.room_bytes(b.target))
        name = f"picked gradient of {self.name}"
        b.pictures(name, kernel, x, y, winners_of(b, self.output), dy, *sums, room)

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
