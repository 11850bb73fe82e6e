"""Activations as calls: the name of each in konv, the function in C, and its numbers.

An activation that layers end in is one line in ``_NAMED``, a layer that is nothing but an
activation one in ``activation_of``; the formula is a file in ``functions/``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from konv.layers import ELU, LeakyReLU, ReLU
from konv.layers.base import Layer

__all__ = ["Function", "activation_of"]

# The function, and the numbers that it takes behind the count.
Function = tuple[str, tuple[float, ...]]

# Their numbers are Keras's defaults.
_NAMED: Mapping[str, Function] = MappingProxyType(
    {
        "linear": ("", ()),
        "relu": ("relu", ()),
        "sigmoid": ("sigmoid", ()),
        "tanh": ("tanh", ()),
        "softmax": ("softmax", ()),
        "leaky_relu": ("leaky_relu", (0.2,)),
        "elu": ("elu", (1.0,)),
        "silu": ("silu", ()),
        "selu": ("selu", ()),
        "gelu": ("gelu", ()),
        "gelu_tanh": ("gelu_tanh", ()),
        "softplus": ("softplus", ()),
        "mish": ("mish", ()),
        "hard_sigmoid": ("hard_sigmoid", ()),
        "hard_swish": ("hard_swish", ()),
    }
)


def _leaky(slope: float) -> Function:
    return ("leaky_relu", (slope,)) if slope else ("relu", ())


def _relu(layer: ReLU) -> Function:
    if layer.max_value is None and not layer.threshold:
        return _leaky(layer.negative_slope)
    most = math.inf if layer.max_value is None else layer.max_value
    return "shaped_relu", (layer.threshold, layer.negative_slope, most)


def activation_of(layer: Layer) -> Function:
    """What a layer that is an activation does, or what the layer ends in."""
    if isinstance(layer, ReLU):
        return _relu(layer)
    if isinstance(layer, LeakyReLU):
        return _leaky(layer.negative_slope)
    if isinstance(layer, ELU):
        return ("elu", (layer.alpha,)) if layer.alpha else ("relu", ())
    return _NAMED[getattr(layer, "activation", "linear")]
