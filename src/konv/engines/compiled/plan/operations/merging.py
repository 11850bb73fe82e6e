"""Operations of several inputs: the sum, and side by side."""

from __future__ import annotations

from collections.abc import Sequence

from konv.engines.compiled.kernels.activation import Sum
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.copying import Copy, copied
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.base import Operation, gated_gradient
from konv.engines.compiled.plan.operations.reshaping import strides_by_axis
from konv.engines.compiled.plan.values import Value

__all__ = ["Concatenation", "Summation"]


class Summation(Operation):
    """The sum of values of one form, and the rectifier behind it."""

    def __init__(self, inputs: Sequence[Value], output: Value, rectifier: Rectifier) -> None:
        super().__init__(inputs, output)
        self._rectifier = rectifier
        output.gate = None if rectifier.linear else rectifier

    def forward(self, b: Builder) -> None:
        y, layout = b.value(self.output), self.output.layout
        so_far, so_far_layout = b.value(self.inputs[0]), self.inputs[0].layout
        for number, value in enumerate(self.inputs[1:], start=2):
            rectifier = self._rectifier if number == len(self.inputs) else LINEAR
            kernel = Sum(so_far_layout, value.layout, layout, rectifier)
            b.pictures(self.name, kernel, so_far, b.value(value), y)
            so_far, so_far_layout = y, layout

    def backward(self, b: Builder) -> None:
        dz = gated_gradient(b, self.output, self._rectifier)
        for value in self.inputs:
            if not value.differentiable:
                continue
            adds = b.adds_to_gradient(value)
            kernel = copied(self.output.gradient_layout, value.gradient_layout, accumulate=adds)
            b.pictures(f"gradient of {value.name}", kernel, dz, b.gradient(value))


class Concatenation(Operation):
    """Values of one form side by side along one axis.

    Args:
        inputs, output: the values.
        axis: the logical axis along which they lie side by side.
    """

    def __init__(self, inputs: Sequence[Value], output: Value, axis: int) -> None:
        super().__init__(inputs, output)
        self._axis = axis

    def forward(self, b: Builder) -> None:
        start = 0
        for value in self.inputs:
            kernel = self._part(value, value.layout, self.output.layout, start)
            b.pictures(self.name, kernel, b.value(value), b.value(self.output))
            start += value.shape[self._axis]

    def backward(self, b: Builder) -> None:
        start = 0
        for value in self.inputs:
            if value.differentiable:
                self._part_back(b, value, start)
            start += value.shape[self._axis]

    def _part_back(self, b: Builder, value: Value, start: int) -> None:
        there = self._part(value, value.gradient_layout, self.output.gradient_layout, start)
        kernel = Copy(
            there.sizes,
            there.target_steps,
            there.source_steps,
            there.target_offset,
            there.source_offset,
            there.target_picture,
            there.source_picture,
            b.adds_to_gradient(value),
        )
        slots = b.gradient(self.output), b.gradient(value)
        b.pictures(f"gradient of {value.name}", kernel, *slots)

    def _part(self, value: Value, source: MapLayout, target: MapLayout, start: int) -> Copy:
        """A copy of one input to its part of the output."""
        source_steps = strides_by_axis(source, value.form)
        target_steps = strides_by_axis(target, self.output.form)
        axes = value.form
        return Copy(
            tuple(value.shape[axis] for axis in axes),
            tuple(source_steps[axis] for axis in axes),
            tuple(target_steps[axis] for axis in axes),
            source.origin,
            target.origin + start * target_steps[self._axis],
            source.size,
            target.size,
            False,
        )
