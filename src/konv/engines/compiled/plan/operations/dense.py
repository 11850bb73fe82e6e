"""Fully connected layers: a product with a matrix, by lanes or with the matrix divided up."""

from __future__ import annotations

from konv.engines.compiled.kernels.dense import Dense
from konv.engines.compiled.kernels.dense_batch import (
    DenseBatch,
    DenseBatchInputGradient,
    DenseBatchWeightGradient,
)
from konv.engines.compiled.kernels.dense_gradients import DenseInputGradient, DenseWeightGradient
from konv.engines.compiled.kernels.dense_partial_sums import DensePartialSums, DenseSum, parts_of
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.base import (
    Operation,
    deliver_gradient,
    gated_gradient,
    lane_gradients,
    open_gate,
    packed,
    written_densely,
)
from konv.engines.compiled.plan.slots import FLOAT_BYTES
from konv.engines.compiled.plan.updating import can_be_updated_along, updated_along
from konv.engines.compiled.plan.values import Value
from konv.engines.compiled.record import record

__all__ = ["DenseOperation", "DenseParts"]

# A matrix that is larger than that is read once for the whole batch, each thread a part of it:
# one that passes through the cache once per tile of pictures would cost more than its products.
_LARGE_MATRIX_BYTES = 128 * 1024


@record
class DenseParts:
    """What a fully connected layer is, beside the values.

    Args:
        units: how many outputs each row has.
        kernel, bias: the names of the weights; "": no bias.
        rectifier: what follows the sums.
        shared: whether another operation uses the same weights.
    """

    units: int
    kernel: str
    bias: str
    rectifier: Rectifier
    shared: bool


class DenseOperation(Operation):
    """See :class:`DenseParts`. The input and the output lie as their shapes say."""

    def __init__(self, input: Value, output: Value, parts: DenseParts) -> None:
        super().__init__([input], output)
        self.parts = parts
        self._inputs = input.shape[-1]
        self._rows = input.elements // self._inputs
        output.gate = None if parts.rectifier.linear else parts.rectifier

    @property
    def divided(self) -> bool:
        """Whether threads divide the matrix, instead of the pictures."""
        large = self._inputs * self.parts.units * FLOAT_BYTES > _LARGE_MATRIX_BYTES
        return large and self._rows == 1 and not self.parts.shared

    def forward(self, b: Builder) -> None:
        parts = self.parts
        x, weights = packed(b, self.input), b.weight(parts.kernel)
        bias = b.weight(parts.bias) if parts.bias else weights
        if self.divided and parts_of(self._inputs, parts.units) > 1:
            self._forward_by_inputs(b, x, weights, bias)
            return
        if self.divided:
            whole = DenseBatch(self._inputs, parts.units, bool(parts.bias), parts.rectifier)
            b.items(
                self.name,
                whole,
                *(b.sizes, x, weights, bias, b.value(self.output)),
                items=parts.units,
                block=whole.block,
            )
            return
        kernel = Dense(self._inputs, parts.units, self._rows, bool(parts.bias), parts.rectifier)
        with written_densely(b, self.output) as dense:
            b.pictures(self.name, kernel, x, weights, bias, dense)

    def _forward_by_inputs(self, b: Builder, x: str, weights: str, bias: str) -> None:
        """Parts of the sums, then all of them."""
        parts, count = self.parts, parts_of(self._inputs, self.parts.units)
        name = f"sums of {self.name}"
        sums = b.per_picture(name, count * parts.units * FLOAT_BYTES)
        kernel = DensePartialSums(self._inputs, parts.units, count)
        b.items(name, kernel, b.sizes, x, weights, sums, items=count, block=1)
        total = DenseSum(count, parts.units, bool(parts.bias), parts.rectifier)
        b.pictures(self.name, total, sums, bias, b.value(self.output))

    def backward(self, b: Builder) -> None:
        dz = gated_gradient(b, self.output, self.parts.rectifier)
        if self.divided:
            self._divided_backward(b, dz)
            return
        parts = self.parts
        kernel = DenseWeightGradient(self._inputs, parts.units, self._rows, bool(parts.bias))
        sums = lane_gradients(b, parts.kernel, parts.bias)
        b.pictures(f"weight gradient of {self.name}", kernel, packed(b, self.input), dz, *sums)
        if self.input.differentiable:
            self._input_gradient(b, dz)

    def _input_gradient(self, b: Builder, dz: str) -> None:
        """Written where it belongs, unless it has a border, or the numbers themselves have one."""
        parts = self.parts
        direct = not self.input.gradient_layout.bordered
        adds = b.adds_to_gradient(self.input) if direct else False
        gate = self._gate(b) if direct else None
        kernel = DenseInputGradient(
            self._inputs, parts.units, self._rows, adds, gate or LINEAR, gate is not None
        )
        dx = b.gradient(self.input) if direct else self._private_gradient(b)
        y = b.value(self.input) if gate else dx
        name = f"input gradient of {self.name}"
        b.pictures(name, kernel, dz, b.weight(parts.kernel), dx, y)
        if not direct:
            deliver_gradient(b, self.input, dx)

    def _gate(self, b: Builder) -> Rectifier | None:
        return None if self.input.layout.bordered else open_gate(b, self.input)

    def _private_gradient(self, b: Builder) -> str:
        name = f"gradient of {self.input.name} by {self.name}"
        return b.per_picture(name, self.input.elements * FLOAT_BYTES)

    def _divided_backward(self, b: Builder, dz: str) -> None:
        parts = self.parts
        x = packed(b, self.input)
        along = can_be_updated_along(b, parts.kernel)
        kernel = DenseBatchWeightGradient(self._inputs, parts.units, bool(parts.bias), along)
        if along:
            by_kernel = b.passing_gradient(parts.kernel, kernel.block_bytes)
        else:
            by_kernel = b.direct_gradient(parts.kernel)
        by_bias = b.direct_gradient(parts.bias) if parts.bias else by_kernel
        b.items(
            f"gradients of {self.name}",
            kernel,
            *(b.sizes, x, dz, by_kernel, by_bias),
            items=self._inputs,
            block=kernel.block,
        )
        dx = self._divided_input_gradient(b, dz) if self.input.differentiable else None
        if along:
            updated_along(b, parts.kernel, parts.units)
        if dx:
            deliver_gradient(b, self.input, dx)

    def _divided_input_gradient(self, b: Builder, dz: str) -> str | None:
        """By the same tasks: they have their part of x, and of the kernel, in the cache.

        Returns:
            The slot of a gradient that is still to be delivered, if it is.
        """
        direct = self.input.readers == 1 and not self.input.gradient_layout.bordered
        gate = self._gate(b) if direct else None
        if direct:
            b.adds_to_gradient(self.input)
        kernel = DenseBatchInputGradient(
            self._inputs, self.parts.units, gate or LINEAR, gate is not None
        )
        dx = b.gradient(self.input) if direct else self._private_gradient(b)
        y = b.value(self.input) if gate else dx
        b.same_items(kernel, b.sizes, dz, b.weight(self.parts.kernel), dx, y)
        return None if direct else dx
