"""Activation, ReLU, LeakyReLU and ELU: an activation function as a layer of its own."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.constraints import Optional, Real
from konv.layers.activations import ACTIVATION, ACTIVATIONS, ActivationFunction, elu, leaky_relu
from konv.layers.base import Array, Context, Gradients, Layer, Shape
from konv.limits import MAX_COEFFICIENT
from konv.parameters import parameter

__all__ = ["ELU", "Activation", "FunctionLayer", "LeakyReLU", "ReLU"]

_COEFFICIENT = Real(0, MAX_COEFFICIENT)


@dataclass(frozen=True, repr=False)
class FunctionLayer(Layer):
    """A layer that applies a function to every element (softmax: to every last axis)."""

    @property
    @abstractmethod
    def function(self) -> ActivationFunction:
        """The function with its derivative."""

    def output_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        output = self.function.forward(inputs[0])
        return output, (inputs[0], output)

    def backward(
        self, weights: Mapping[str, Array], saved: tuple[Array, Array], gradient: Array
    ) -> Gradients:
        return (self.function.backward(*saved, gradient),), {}


@dataclass(frozen=True, repr=False)
class Activation(FunctionLayer):
    """An activation function by name.

    Args:
        activation: linear, relu, sigmoid, tanh, softmax, leaky_relu, elu, selu, silu, gelu,
            gelu_tanh, softplus, mish, hard_sigmoid, hard_swish.
        name: its name in the network; one is made if None.

    Shapes:
        any -> the same.

    Example:
        >>> Activation("relu").output_shape((28, 28, 8))
        (28, 28, 8)
    """

    activation: str = parameter(ACTIVATION)

    @property
    def function(self) -> ActivationFunction:
        return ACTIVATIONS[self.activation]


@dataclass(frozen=True, repr=False)
class ReLU(FunctionLayer):
    """The rectifier, optionally bounded, leaky and shifted.

    ::

        y = min(z, max_value)                    if z > threshold
        y = negative_slope · (z − threshold)     otherwise

    Args:
        max_value: the largest output; None: no bound. 6 gives "ReLU6".
        negative_slope: the slope below the threshold.
        threshold: where the output leaves the slope.
        name: its name in the network; one is made if None.

    Shapes:
        any -> the same.

    Example:
        >>> ReLU(max_value=6).function.forward(np.array([-1.0, 3.0, 8.0]))
        array([0., 3., 6.])
    """

    max_value: float | None = parameter(Optional(_COEFFICIENT), default=None)
    negative_slope: float = parameter(_COEFFICIENT, default=0.0)
    threshold: float = parameter(_COEFFICIENT, default=0.0)

    @property
    def function(self) -> ActivationFunction:
        if self._bound == math.inf and not self.negative_slope and not self.threshold:
            return ACTIVATIONS["relu"]  # the same, and several times faster
        return ActivationFunction("relu", self._forward, self._derivative_times)

    def _forward(self, z: Array) -> Array:
        slope, threshold = z.dtype.type(self.negative_slope), z.dtype.type(self.threshold)
        above = np.minimum(z, z.dtype.type(self._bound))
        # Not 0 · (z − threshold): that is −0 below the threshold, and not a number at −∞.
        below = slope * (z - threshold) if slope else slope
        return np.where(z <= threshold, below, above)

    def _derivative_times(self, z: Array, y: Array, gradient: Array) -> Array:
        slope = z.dtype.type(self.negative_slope)
        passes = (z > self.threshold) & (z < self._bound)
        return np.where(passes, gradient, np.where(z <= self.threshold, slope * gradient, 0))

    @property
    def _bound(self) -> float:
        return math.inf if self.max_value is None else self.max_value


@dataclass(frozen=True, repr=False)
class LeakyReLU(FunctionLayer):
    """A rectifier that lets a part of negative values pass: z if z > 0, else negative_slope · z.

    Args:
        negative_slope: the slope below 0.
        name: its name in the network; one is made if None.

    Shapes:
        any -> the same.

    Example:
        >>> LeakyReLU().function.forward(np.array([-1.0, 3.0]))
        array([-0.3,  3. ])
    """

    negative_slope: float = parameter(_COEFFICIENT, default=0.3)

    @property
    def function(self) -> ActivationFunction:
        return leaky_relu(self.negative_slope)


@dataclass(frozen=True, repr=False)
class ELU(FunctionLayer):
    """The exponential linear unit, bent below 0 towards −alpha: z if z > 0, else alpha · (e^z − 1).

    Args:
        alpha: how far below 0 it goes; its slope just left of 0, too.
        name: its name in the network; one is made if None.

    Shapes:
        any -> the same.

    Example:
        >>> ELU(0.5).function.forward(np.array([-np.inf, 0.0, 3.0]))
        array([-0.5,  0. ,  3. ])

    Source: Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by
    exponential linear units (ELUs)", 2016, section 3.
    """

    alpha: float = parameter(_COEFFICIENT, default=1.0)

    @property
    def function(self) -> ActivationFunction:
        # With nothing below 0 it is the rectifier, which kernels apply in registers.
        return elu(self.alpha) if self.alpha else ACTIVATIONS["relu"]
