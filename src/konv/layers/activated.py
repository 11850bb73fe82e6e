"""Layers that end in an activation: y = f(z), with z what the layer itself computes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from konv.layers.activations import ACTIVATION, ACTIVATIONS, ActivationFunction
from konv.layers.base import Array, Context, Gradients, Layer
from konv.parameters import parameter

__all__ = ["ActivatedLayer"]


@dataclass(frozen=True, repr=False)
class ActivatedLayer(Layer):
    """A layer with an ``activation``, applied to what ``linear_forward`` returns."""

    activation: str = parameter(ACTIVATION, default="linear", keyword=True)

    @property
    def function(self) -> ActivationFunction:
        """The activation as a function with its derivative."""
        return ACTIVATIONS[self.activation]

    @abstractmethod
    def linear_forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...]
    ) -> tuple[Array, Any]:
        """z, and what ``linear_backward`` needs to know."""

    @abstractmethod
    def linear_backward(
        self, weights: Mapping[str, Array], saved: Any, gradient: Array
    ) -> Gradients:
        """The gradients of the inputs and the weights, given the gradient of z."""

    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        z, saved = self.linear_forward(weights, inputs)
        y = self.function.forward(z)
        return y, (saved, z, y)

    def backward(self, weights: Mapping[str, Array], saved: Any, gradient: Array) -> Gradients:
        saved, z, y = saved
        return self.linear_backward(weights, saved, self.function.backward(z, y, gradient))
