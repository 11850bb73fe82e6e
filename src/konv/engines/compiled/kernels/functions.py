"""Activation functions and their derivatives, on vectors in registers.

The rules at corners, and for what is not a number, are those of ``konv.layers.activations`` and
``konv.layers.activation_layers``, where the formulas stand. The derivative of some functions is
said by z, of others by y; where both say the same, either will do.
"""

from __future__ import annotations

import math

import numpy as np

from konv.engines.compiled.emit.function import Function, Value
from konv.engines.compiled.emit.mathematics import expm1, sigmoid, tanh
from konv.engines.compiled.kernels.curves import CURVES
from konv.engines.compiled.record import record
from konv.layers.activation_layers import ELU, FunctionLayer, LeakyReLU, ReLU
from konv.layers.activations import ACTIVATIONS, SELU_ALPHA, SELU_SCALE

__all__ = ["ElementFunction", "element_function"]

_NAMED_SLOPES = {"leaky_relu": 0.2, "elu": 1.0}
_SELU_SLOPE = SELU_SCALE * SELU_ALPHA  # just left of 0


@record
class ElementFunction:
    """y = f(z).

    Args:
        name: linear, relu (also leaky_relu, with a slope), bounded_relu (with all of what follows),
            sigmoid, tanh, elu, selu, hard_sigmoid, hard_swish, or one of ``CURVES``.
        slope, threshold, bound: of the rectifiers: the slope below the threshold, and the largest
            output. Elu has a slope, too: α, its slope just left of 0.
    """

    name: str
    slope: float = 0.0
    threshold: float = 0.0
    bound: float = math.inf

    @property
    def derivative_from(self) -> tuple[str, ...]:
        """What says the derivative: "y", "z", either of both, or nothing."""
        if self.name == "linear":
            return ()
        if self.name == "relu":
            return ("y", "z")
        if self.name == "bounded_relu":
            # With a bound of 0, y = 0 is below the threshold as well as above it.
            return ("y", "z") if self.bound > 0 else ("z",)
        return ("y",) if self.name in ("sigmoid", "tanh", "elu", "selu") else ("z",)

    def apply(self, f: Function, z: Value) -> Value:
        """y."""
        return _Forward(f, self).value(z)

    def gradient(self, f: Function, given: Value, gradient: Value, *, of: str) -> Value:
        """The gradient of z, given y or z (``of`` says which) and the gradient of y."""
        return _Backward(f, self, of).value(given, gradient)


def element_function(layer: FunctionLayer) -> ElementFunction:
    """The function of a layer that applies one to every element.

    Example:
        >>> from konv.layers import Activation
        >>> element_function(ReLU(max_value=6)).bound
        6.0
        >>> element_function(Activation("gelu")).derivative_from
        ('z',)
    """
    function = layer.function
    if isinstance(layer, LeakyReLU):
        return ElementFunction("relu", _as_float32(layer.negative_slope))
    if isinstance(layer, ReLU) and function is not ACTIVATIONS["relu"]:
        bound = math.inf if layer.max_value is None else layer.max_value
        numbers = (layer.negative_slope, layer.threshold, bound)
        return ElementFunction("bounded_relu", *map(_as_float32, numbers))
    if isinstance(layer, ELU) and function is not ACTIVATIONS["relu"]:
        return ElementFunction("elu", _as_float32(layer.alpha))
    name = "relu" if function.name == "leaky_relu" else function.name
    return ElementFunction(name, _NAMED_SLOPES.get(function.name, 0.0))


def _as_float32(value: float) -> float:
    """What the machine sees: the smallest numbers become 0, which has rules of its own."""
    return float(np.float32(value))


@record
class _Words:
    """Vectors of known numbers, and choices between vectors."""

    f: Function
    function: ElementFunction

    def number(self, value: float, like: Value) -> Value:
        return self.f.constant(value, like.type.count)

    def where(self, first: Value, sign: str, bound: float, yes: Value, no: Value) -> Value:
        """yes where ``first`` compares so, no elsewhere, also for what is not a number."""
        condition = self.f.builder.fcmp_ordered(sign, first, self.number(bound, first))
        return self.f.builder.select(condition, yes, no)


class _Forward(_Words):
    def value(self, z: Value) -> Value:
        builder = self.f.builder
        match self.function.name:
            case "linear":
                return z
            case "relu" | "bounded_relu":
                return self._rectified(z)
            case "sigmoid":
                return sigmoid(self.f, z)
            case "tanh":
                return tanh(self.f, z)
            case "elu":
                negative = self.where(z, ">", 0, self.number(0, z), z)
                below = self._sloped(expm1(self.f, negative))
                return self.where(z, ">", 0, z, below)
            case "selu":
                negative = self.where(z, ">", 0, self.number(0, z), z)
                below = builder.fmul(expm1(self.f, negative), self.number(_SELU_SLOPE, z))
                above = builder.fmul(z, self.number(SELU_SCALE, z))
                return self.where(z, ">", 0, above, below)
            case "hard_sigmoid":
                part = self._clipped(builder.fadd(z, self.number(3, z)))
                return builder.fdiv(part, self.number(6, z))
            case "hard_swish":
                part = self._clipped(builder.fadd(z, self.number(3, z)))
                return builder.fdiv(builder.fmul(z, part), self.number(6, z))
            case name if name in CURVES:
                return CURVES[name].value(self.f, z)
        raise ValueError(self.function.name)

    def _rectified(self, z: Value) -> Value:
        function, builder = self.function, self.f.builder
        above = z
        if function.bound < math.inf:
            above = self.where(z, ">", function.bound, self.number(function.bound, z), z)
        below = self.number(0, z)
        if function.slope:
            shifted = builder.fsub(z, self.number(function.threshold, z))
            below = builder.fmul(shifted, self.number(function.slope, z))
        return self.where(z, "<=", function.threshold, below, above)

    def _sloped(self, x: Value) -> Value:
        slope = self.function.slope
        return x if slope == 1 else self.f.builder.fmul(x, self.number(slope, x))

    def _clipped(self, x: Value) -> Value:
        x = self.where(x, "<", 0, self.number(0, x), x)
        return self.where(x, ">", 6, self.number(6, x), x)


@record
class _Backward(_Words):
    given: str

    def value(self, given: Value, gradient: Value) -> Value:
        one, builder = self.number(1, gradient), self.f.builder
        match self.function.name:
            case "linear":
                return gradient
            case "bounded_relu":
                return self._bounded(given, gradient)
            case "relu":
                slope = self.number(self.function.slope, gradient)
                factor = self.where(given, ">", 0, one, slope)
            case "sigmoid":
                factor = builder.fmul(given, builder.fsub(one, given))
            case "tanh":
                factor = builder.fsub(one, builder.fmul(given, given))
            case "elu":
                below = builder.fadd(given, self.number(self.function.slope, given))
                factor = self.where(given, ">", 0, one, below)
            case "selu":
                below = builder.fadd(given, self.number(_SELU_SLOPE, given))
                factor = self.where(given, ">", 0, self.number(SELU_SCALE, given), below)
            case "hard_sigmoid":
                size = self.f.unary("fabs", given)
                inside = self.number(1 / 6, given)
                factor = self.where(size, "<", 3, inside, self.number(0, given))
            case "hard_swish":
                double = builder.fadd(given, given)
                inside = builder.fdiv(
                    builder.fadd(double, self.number(3, given)), self.number(6, given)
                )
                upper = self.where(given, ">=", 3, one, inside)
                factor = self.where(given, "<=", -3, self.number(0, given), upper)
            case name if name in CURVES:
                factor = CURVES[name].slope(self.f, given)
            case name:
                raise ValueError(name)
        return builder.fmul(gradient, factor)

    def _bounded(self, given: Value, gradient: Value) -> Value:
        """y is 0 at most up to the threshold, and above 0 beyond it."""
        function, builder = self.function, self.f.builder
        threshold = function.threshold if self.given == "z" else 0.0
        zero = self.number(0, gradient)
        sloped = builder.fmul(gradient, self.number(function.slope, gradient))
        below = self.where(given, "<=", threshold, sloped, zero)
        passed = self.where(given, ">", threshold, gradient, below)
        return self.where(given, "<", function.bound, passed, below)
