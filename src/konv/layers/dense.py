"""Dense: every output sees every input.

With x (C,), weights w (C, U) and bias b (U,)::

    y = activation(x · w + b)

    ∂w = xᵀ · g        ∂b = Σ g        ∂x = g · wᵀ        with g the gradient of x · w + b

On a map it works on the channels of each place by itself, as in Keras.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from konv.constraints import Boolean, Integer
from konv.layers.activated import ActivatedLayer
from konv.layers.base import Array, Gradients, Shape, WeightSpec
from konv.layers.initializers import INITIALIZER
from konv.limits import MAX_UNITS
from konv.parameters import parameter

__all__ = ["Dense"]


@dataclass(frozen=True, repr=False)
class Dense(ActivatedLayer):
    """A fully connected layer.

    Args:
        units: how many outputs it has.
        activation: the name of an activation function.
        use_bias: whether a number per output is added.
        kernel_initializer: how the weights begin.
        bias_initializer: how the bias begins.
        name: its name in the network; one is made if None.

    Shapes:
        (inputs,) -> (units,); (height, width, channels) -> (height, width, units).

    Example:
        >>> [(w.name, w.shape) for w in Dense(100).weight_specs((160,))]
        [('kernel', (160, 100)), ('bias', (100,))]
    """

    units: int = parameter(Integer(1, MAX_UNITS))
    use_bias: bool = parameter(Boolean(), default=True, keyword=True)
    kernel_initializer: str = parameter(INITIALIZER, default="glorot_uniform", keyword=True)
    bias_initializer: str = parameter(INITIALIZER, default="zeros", keyword=True)

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*shapes[0][:-1], self.units)

    def weight_specs(self, *shapes: Shape) -> tuple[WeightSpec, ...]:
        kernel = WeightSpec("kernel", (shapes[0][-1], self.units), self.kernel_initializer)
        bias = WeightSpec("bias", (self.units,), self.bias_initializer, bias=True)
        return (kernel, bias) if self.use_bias else (kernel,)

    def macs(self, *shapes: Shape) -> int:
        return math.prod(shapes[0]) * self.units

    def linear_forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...]
    ) -> tuple[Array, Any]:
        output = inputs[0] @ weights["kernel"]
        if self.use_bias:
            output += weights["bias"]
        return output, inputs[0]

    def linear_backward(
        self, weights: Mapping[str, Array], saved: Array, gradient: Array
    ) -> Gradients:
        flat = gradient.reshape(-1, self.units)
        gradients = {"kernel": saved.reshape(-1, saved.shape[-1]).T @ flat}
        if self.use_bias:
            gradients["bias"] = flat.sum(axis=0)
        return (gradient @ weights["kernel"].T,), gradients
