"""BatchNormalization: every channel is brought to mean 0 and variance 1, then scaled and shifted.

In training, with μ and σ² the mean and the (biased) variance of a channel over the batch::

    x̂ = (x − μ) / √(σ² + ε)        y = γ x̂ + β
    moving ← momentum · moving + (1 − momentum) · (μ or σ²)

Otherwise the moving mean and variance take the place of μ and σ². The gradients, over the n numbers
of a channel::

    ∂β = Σ g        ∂γ = Σ g x̂        ∂x = γ / (n √(σ² + ε)) · (n g − ∂β − x̂ ∂γ)

Source: Ioffe and Szegedy, "Batch normalization", 2015, algorithm 1; the biased variance in the
moving average is Keras's choice (the paper and PyTorch take the unbiased one).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.constraints import Boolean, Real
from konv.layers.base import Array, Context, Gradients, Layer, Shape, WeightSpec
from konv.layers.fields import AXIS
from konv.layers.initializers import INITIALIZER
from konv.layers.merging import channel_axis
from konv.parameters import parameter

__all__ = ["BatchNormalization"]


@dataclass(frozen=True)
class _Saved:
    """What one forward pass leaves for the backward pass."""

    normalized: Array
    inverse_deviation: Array
    batch_mean: Array | None = None
    batch_variance: Array | None = None


@dataclass(frozen=True, repr=False)
class BatchNormalization(Layer):
    """Brings every channel to mean 0 and variance 1 over the batch, then scales and shifts it.

    Args:
        axis: the axis of the channels, the batch being axis 0: −1 for channels last, 1 for channels
            first.
        momentum: how much of the moving mean and variance is kept at each step.
        epsilon: added to the variance before the root.
        center: whether β is added.
        scale: whether it is multiplied by γ.
        beta_initializer, gamma_initializer: how β and γ begin.
        moving_mean_initializer, moving_variance_initializer: how the moving values begin.
        name: its name in the network; one is made if None.

    Shapes:
        any -> the same.

    Example:
        >>> [(w.name, w.trainable) for w in BatchNormalization().weight_specs((28, 28, 8))]
        [('gamma', True), ('beta', True), ('moving_mean', False), ('moving_variance', False)]
    """

    axis: int = parameter(AXIS, default=-1)
    momentum: float = parameter(Real(0, 1), default=0.99, keyword=True)
    epsilon: float = parameter(Real(0, 1, above_minimum=True), default=1e-3, keyword=True)
    center: bool = parameter(Boolean(), default=True, keyword=True)
    scale: bool = parameter(Boolean(), default=True, keyword=True)
    beta_initializer: str = parameter(INITIALIZER, default="zeros", keyword=True)
    gamma_initializer: str = parameter(INITIALIZER, default="ones", keyword=True)
    moving_mean_initializer: str = parameter(INITIALIZER, default="zeros", keyword=True)
    moving_variance_initializer: str = parameter(INITIALIZER, default="ones", keyword=True)

    def whole_batch(self, training: bool) -> bool:
        return training

    def output_shape(self, *shapes: Shape) -> Shape:
        channel_axis(self, self.axis, shapes[0])
        return shapes[0]

    def weight_specs(self, *shapes: Shape) -> tuple[WeightSpec, ...]:
        shape = (shapes[0][channel_axis(self, self.axis, shapes[0])],)
        specs = []
        if self.scale:
            specs.append(WeightSpec("gamma", shape, self.gamma_initializer))
        if self.center:
            specs.append(WeightSpec("beta", shape, self.beta_initializer, bias=True))
        for name, initializer in (
            ("moving_mean", self.moving_mean_initializer),
            ("moving_variance", self.moving_variance_initializer),
        ):
            specs.append(WeightSpec(name, shape, initializer, trainable=False))
        return tuple(specs)

    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        x = self._channels_last(inputs[0])
        mean: Array = weights["moving_mean"]
        variance: Array = weights["moving_variance"]
        if context.training:
            others = tuple(range(x.ndim - 1))
            # In float64: adding up a batch in float32 would lose digits of the variance.
            mean = x.mean(axis=others, dtype=np.float64).astype(x.dtype)
            variance = np.square(x - mean).mean(axis=others, dtype=np.float64).astype(x.dtype)
        inverse_deviation = 1 / np.sqrt(variance + x.dtype.type(self.epsilon))
        normalized = (x - mean) * inverse_deviation
        output = normalized * weights["gamma"] if self.scale else normalized
        if self.center:
            output = output + weights["beta"]
        batch = (mean, variance) if context.training else ()
        return self._back(output), _Saved(normalized, inverse_deviation, *batch)

    def backward(self, weights: Mapping[str, Array], saved: _Saved, gradient: Array) -> Gradients:
        gradient = self._channels_last(gradient)
        others = tuple(range(gradient.ndim - 1))
        beta = gradient.sum(axis=others)
        gamma = (gradient * saved.normalized).sum(axis=others)
        factor = (
            saved.inverse_deviation * weights["gamma"] if self.scale else saved.inverse_deviation
        )
        if saved.batch_mean is None:
            x = gradient * factor
        else:
            count = gradient.dtype.type(gradient.size // gradient.shape[-1])
            x = factor * (gradient - (beta + saved.normalized * gamma) / count)
        gradients = {"gamma": gamma} if self.scale else {}
        if self.center:
            gradients["beta"] = beta
        return (self._back(x),), gradients

    def state_updates(self, weights: Mapping[str, Array], saved: _Saved) -> dict[str, Array]:
        if saved.batch_mean is None or saved.batch_variance is None:
            return {}
        batch = {"moving_mean": saved.batch_mean, "moving_variance": saved.batch_variance}
        return {name: self._moved(weights[name], value) for name, value in batch.items()}

    def _moved(self, moving: Array, value: Array) -> Array:
        momentum = moving.dtype.type(self.momentum)
        return moving * momentum + value * (1 - momentum)

    def _channels_last(self, x: Array) -> Array:
        return np.moveaxis(x, self.axis, -1)

    def _back(self, x: Array) -> Array:
        return np.moveaxis(x, -1, self.axis)
