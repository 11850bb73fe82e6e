"""Activations that stand alone: those that no kernel applies to its own results."""

from __future__ import annotations

from konv.engines.compiled.kernels.activation import Activation, ActivationGradient
from konv.engines.compiled.kernels.functions import element_function
from konv.engines.compiled.kernels.softmax import Softmax, SoftmaxGradient
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.base import (
    Operation,
    deliver_gradient,
    packed,
    written_densely,
)
from konv.engines.compiled.plan.values import Value
from konv.layers.activation_layers import FunctionLayer

__all__ = ["ActivationOperation", "SoftmaxOperation"]


class ActivationOperation(Operation):
    """A function of every element.

    Args:
        input, output: the values, of one form.
        layer: the function.
    """

    def __init__(self, input: Value, output: Value, layer: FunctionLayer) -> None:
        super().__init__([input], output)
        self._function = element_function(layer)

    def forward(self, b: Builder) -> None:
        kernel = Activation(self._function, self.input.layout, self.output.layout)
        b.pictures(self.name, kernel, b.value(self.input), b.value(self.output))

    def backward(self, b: Builder) -> None:
        if not self.input.differentiable:
            return
        kernel = ActivationGradient(
            self._function,
            self.input.layout,
            self.output.layout,
            self.output.gradient_layout,
            self.input.gradient_layout,
            b.adds_to_gradient(self.input),
        )
        dy, dz = b.gradient(self.output), b.gradient(self.input)
        needed = {"z": self.input, "y": self.output}
        of = self._function.derivative_from[:1]
        z, y = (b.value(value) if name in of else dy for name, value in needed.items())
        b.pictures(f"gradient of {self.input.name}", kernel, z, y, dy, dz)


class SoftmaxOperation(Operation):
    """Softmax over the last axis of values that lie as their shapes say."""

    @property
    def _size(self) -> tuple[int, int]:
        """How many rows a picture has, and of how many numbers."""
        units = self.output.shape[-1]
        return self.output.elements // units, units

    def forward(self, b: Builder) -> None:
        x = packed(b, self.input)
        with written_densely(b, self.output) as y:
            b.pictures(self.name, Softmax(*self._size), x, y)

    def backward(self, b: Builder) -> None:
        if not self.input.differentiable:
            return
        dy = b.gradient(self.output)
        kernel = SoftmaxGradient(*self._size)
        b.pictures(f"gradient of {self.name}", kernel, packed(b, self.output), dy, dy)
        deliver_gradient(b, self.input, dy)
