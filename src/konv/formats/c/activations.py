"""Activations as calls: the name of each in konv, the function in C, and its numbers.

A layer that is nothing but an activation is one line in ``_LAYERS``; an activation that layers end
in is one in ``_NAMED``; its formula is a file in ``functions/``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["Function", "activation_of", "has_activation"]

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


def _relu(layer: Any) -> Function:
    if layer.max_value is None and not layer.threshold:
        return _leaky(layer.negative_slope)
    most = math.inf if layer.max_value is None else layer.max_value
    return "shaped_relu", (layer.threshold, layer.negative_slope, most)


_LAYERS: Mapping[str, Callable[[Any], Function]] = MappingProxyType(
    {
        "Activation": lambda layer: _NAMED[layer.activation],
        "ReLU": _relu,
        "LeakyReLU": lambda layer: _leaky(layer.negative_slope),
        "ELU": lambda layer: ("elu", (layer.alpha,)) if layer.alpha else ("relu", ()),
    }
)


def has_activation(layer: Any) -> bool:
    """Whether there is a call for the activation that a layer names, if it names one."""
    return getattr(layer, "activation", "linear") in _NAMED


def activation_of(layer: Any) -> Function:
    """What a layer that is an activation does, or what the layer ends in."""
    of_kind = _LAYERS.get(type(layer).__name__)
    return _NAMED[layer.activation] if of_kind is None else of_kind(layer)
