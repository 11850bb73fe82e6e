"""Activation functions and their derivatives, with z the value before and y = f(z).

::

    linear       z                          1
    relu         max(z, 0)                  1 if z > 0, else 0
    sigmoid      1 / (1 + e^−z)             y (1 − y)                     ≤ 1/4
    tanh         tanh z                     1 − y²                        ≤ 1
    softmax      e^z_i / Σ e^z_j            y_i (g_i − Σ_j g_j y_j)       over the last axis
    leaky_relu   z if z > 0, else s z       1 if z > 0, else s            s = 0.2
    elu          z if z > 0, else α(e^z − 1)  1 if z > 0, else y + α      α = 1
    selu         λ elu(z), α = 1.6732632…   λ if z > 0, else y + λα       λ = 1.0507009…
    silu         z σ(z)                     σ(z) (1 + z (1 − σ(z)))
    gelu         z Φ(z)                     Φ(z) + z φ(z)                 the exact one, by erf
    gelu_tanh    z σ(v)                     σ(v) (1 + z σ(−v) v')        v = √(8/π)(z + 0.044715 z³)
    softplus     ln(1 + e^z)                σ(z)
    mish         z t                        t + z (1 − t²) σ(z)           t = tanh(softplus(z))
    hard_sigmoid r(z + 3) / 6               0, 1/6, 0                     r = min(max(·, 0), 6)
    hard_swish   z r(z + 3) / 6             0, (2z + 3) / 6, 1

Definitions and defaults are Keras 3's. At a corner the derivative is PyTorch's: at 0 that of the
left side, at ±3 that of the outer side. gelu_tanh is gelu with an approximation of Φ that is known
as (1 + tanh(v / 2)) / 2, which is σ(v); the two differ by less than 0.0005.

Sources: Hendrycks and Gimpel, "Gaussian error linear units (GELUs)", 2016, section 2 (the
approximation); Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks",
2017 (selu); Misra, "Mish: a self regularized non-monotonic activation function", 2020.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from konv.constraints import Choice

__all__ = [
    "ACTIVATION",
    "ACTIVATIONS",
    "GELU_TANH_BOUND",
    "GELU_TANH_CUBE",
    "GELU_TANH_SLOPE",
    "SELU_ALPHA",
    "SELU_SCALE",
    "ActivationFunction",
    "elu",
    "leaky_relu",
]

Array = np.ndarray[Any, np.dtype[Any]]

# v = GELU_TANH_SLOPE · z + GELU_TANH_CUBE · z³; beyond the bound |v| > 1100, and e^−|v| is 0 also
# in float64.
GELU_TANH_SLOPE = math.sqrt(8 / math.pi)
GELU_TANH_CUBE = GELU_TANH_SLOPE * 0.044715
GELU_TANH_BOUND = 25.0

# With these a layer of mean 0 and variance 1 stays so.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@dataclass(frozen=True)
class ActivationFunction:
    """A function with its derivative.

    Args:
        name: its Keras name.
        forward: z -> y.
        derivative_times: (z, y, gradient of y) -> gradient of z.
    """

    name: str
    forward: Callable[[Array], Array]
    derivative_times: Callable[[Array, Array, Array], Array]

    def backward(self, z: Array, y: Array, gradient: Array) -> Array:
        """The gradient of z, given the gradient of y."""
        return self.derivative_times(z, y, gradient)


def sigmoid(z: Array) -> Array:
    """1 / (1 + e^−z) without overflow: the exponent is never positive."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small)).astype(z.dtype, copy=False)


def softmax(z: Array) -> Array:
    """e^z / Σ e^z over the last axis; the largest z is taken off first, so nothing overflows."""
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def leaky_relu(negative_slope: float) -> ActivationFunction:
    """z if z > 0, else negative_slope · z."""

    def forward(z: Array) -> Array:
        slope = z.dtype.type(negative_slope)
        return np.where(z <= 0, z * slope if slope else slope, z)  # 0 · −∞ is not a number

    def derivative_times(z: Array, y: Array, gradient: Array) -> Array:
        return np.where(z > 0, gradient, gradient * z.dtype.type(negative_slope))

    return ActivationFunction("leaky_relu", forward, derivative_times)


def elu(alpha: float) -> ActivationFunction:
    """z if z > 0, else alpha · (e^z − 1)."""

    def forward(z: Array) -> Array:
        return np.where(z > 0, z, z.dtype.type(alpha) * np.expm1(np.minimum(z, 0)))

    def derivative_times(z: Array, y: Array, gradient: Array) -> Array:
        return np.where(z > 0, gradient, gradient * (y + z.dtype.type(alpha)))

    return ActivationFunction("elu", forward, derivative_times)


def _selu(z: Array) -> Array:
    below = z.dtype.type(SELU_SCALE * SELU_ALPHA) * np.expm1(np.minimum(z, 0))
    return np.where(z > 0, z.dtype.type(SELU_SCALE) * z, below)


def _selu_backward(z: Array, y: Array, gradient: Array) -> Array:
    below = y + z.dtype.type(SELU_SCALE * SELU_ALPHA)
    return gradient * np.where(z > 0, z.dtype.type(SELU_SCALE), below)


def _softmax_backward(z: Array, y: Array, gradient: Array) -> Array:
    return y * (gradient - (gradient * y).sum(axis=-1, keepdims=True))


def _silu_backward(z: Array, y: Array, gradient: Array) -> Array:
    s = sigmoid(z)
    return gradient * (s * (1 + z * (1 - s)))


def _normal_cdf(z: Array) -> Array:
    from scipy.special import erf

    return (1 + erf(z / z.dtype.type(math.sqrt(2)))) / 2


def _gelu(z: Array) -> Array:
    return z * _normal_cdf(z)


def _gelu_backward(z: Array, y: Array, gradient: Array) -> Array:
    density = np.exp(-z * z / 2) * z.dtype.type(1 / math.sqrt(2 * math.pi))
    return gradient * (_normal_cdf(z) + z * density)


def _gelu_tanh(z: Array) -> Array:
    return z * sigmoid(_gelu_tanh_cubic(z)[0])


def _gelu_tanh_backward(z: Array, y: Array, gradient: Array) -> Array:
    v, times_derivative = _gelu_tanh_cubic(z)
    # σ(−v), and not 1 − σ(v), which has few digits left where σ(v) is nearly 1.
    return gradient * (sigmoid(v) * (1 + sigmoid(-v) * times_derivative))


def _gelu_tanh_cubic(z: Array) -> tuple[Array, Array]:
    """v and z v', for a z that is brought to where σ(v) is just 0 or 1: its cube stays finite."""
    z = np.clip(z, -GELU_TANH_BOUND, GELU_TANH_BOUND)
    slope, cube = z.dtype.type(GELU_TANH_SLOPE), z.dtype.type(GELU_TANH_CUBE)
    return z * (slope + cube * (z * z)), z * (slope + 3 * cube * (z * z))


def _softplus(z: Array) -> Array:
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def _mish(z: Array) -> Array:
    return z * _mish_parts(z)[0]


def _mish_backward(z: Array, y: Array, gradient: Array) -> Array:
    t, rest = _mish_parts(z)
    return gradient * (t + z * (rest * (1 + t) * sigmoid(z)))


def _mish_parts(z: Array) -> tuple[Array, Array]:
    """t = tanh(softplus(z)) and 1 − t, each with all of its digits.

    With n = e^z: t = n (n + 2) / (n (n + 2) + 2). With e = e^−|z| nothing overflows::

        z ≥ 0       n = 1/e, so that t = (1 + 2e) / (1 + 2e + 2e²)
        elsewhere   n = e
    """
    e = np.exp(-np.abs(z))
    positive = z >= 0
    upper = np.where(positive, 1 + 2 * e, e * (e + 2))
    rest = np.where(positive, 2 * e * e, z.dtype.type(2))
    return upper / (upper + rest), rest / (upper + rest)


def _hard_sigmoid(z: Array) -> Array:
    return np.clip(z + 3, 0, 6) / 6


def _hard_sigmoid_backward(z: Array, y: Array, gradient: Array) -> Array:
    return gradient * np.where(np.abs(z) < 3, z.dtype.type(1 / 6), z.dtype.type(0))


def _hard_swish(z: Array) -> Array:
    return z * np.clip(z + 3, 0, 6) / 6


def _hard_swish_backward(z: Array, y: Array, gradient: Array) -> Array:
    inside = (2 * z + 3) / 6
    return gradient * np.where(z <= -3, 0, np.where(z >= 3, 1, inside)).astype(z.dtype, copy=False)


_ALL = (
    ActivationFunction("linear", lambda z: z, lambda z, y, g: g),
    ActivationFunction("relu", lambda z: np.maximum(z, 0), lambda z, y, g: g * (z > 0)),
    ActivationFunction("sigmoid", sigmoid, lambda z, y, g: g * (y * (1 - y))),
    ActivationFunction("tanh", np.tanh, lambda z, y, g: g * (1 - y * y)),
    ActivationFunction("softmax", softmax, _softmax_backward),
    leaky_relu(0.2),
    elu(1.0),
    ActivationFunction("selu", _selu, _selu_backward),
    ActivationFunction("silu", lambda z: z * sigmoid(z), _silu_backward),
    ActivationFunction("gelu", _gelu, _gelu_backward),
    ActivationFunction("gelu_tanh", _gelu_tanh, _gelu_tanh_backward),
    ActivationFunction("softplus", _softplus, lambda z, y, g: g * sigmoid(z)),
    ActivationFunction("mish", _mish, _mish_backward),
    ActivationFunction("hard_sigmoid", _hard_sigmoid, _hard_sigmoid_backward),
    ActivationFunction("hard_swish", _hard_swish, _hard_swish_backward),
)

ACTIVATIONS = MappingProxyType({function.name: function for function in _ALL})
ACTIVATION = Choice(tuple(ACTIVATIONS), none_means="linear")
