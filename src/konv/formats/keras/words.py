"""Keras's words for activations and initializers, as its files hold them -> konv's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from konv.layers.activations import ACTIVATIONS
from konv.layers.initializers import INITIALIZER

__all__ = ["activation_word", "initializer_word", "own_class", "plain_value"]

_FAMILY = ("keras", "tf_keras", "tensorflow", "builtins")
_ACTIVATION_ALIASES = {"swish": "silu", "hard_silu": "hard_swish"}
_INITIALIZER_ALIASES = {"zero": "zeros", "one": "ones"}
# What the named initializers are made of: (scale, mode, distribution).
_SCALINGS = {
    (1.0, "fan_avg", "uniform"): "glorot_uniform",
    (1.0, "fan_avg", "truncated_normal"): "glorot_normal",
    (2.0, "fan_in", "uniform"): "he_uniform",
    (2.0, "fan_in", "truncated_normal"): "he_normal",
    (1.0, "fan_in", "uniform"): "lecun_uniform",
    (1.0, "fan_in", "truncated_normal"): "lecun_normal",
}


def own_class(entry: Mapping[str, Any]) -> str | None:
    """The class that an object in a file names, if it is one of Keras's own.

    Somebody's own class may well be called Conv2D: it is told by its module, or by the name that it
    was registered under.

    Example:
        >>> own_class({"module": "keras.layers", "class_name": "Dense", "registered_name": None})
        'Dense'
        >>> own_class({"class_name": "Dense", "registered_name": "mine>Dense"}) is None
        True
    """
    name, module = entry.get("class_name"), entry.get("module")
    registered = entry.get("registered_name")
    if not isinstance(name, str) or ">" in name:
        return None
    if module is not None and not (isinstance(module, str) and module.split(".")[0] in _FAMILY):
        return None
    if registered is not None and not (isinstance(registered, str) and ">" not in registered):
        return None
    return name


def plain_value(value: Any) -> Any:
    """A value without the wrappings in which files hold tuples and arrays.

    Example:
        >>> plain_value({"class_name": "__tuple__", "items": [3, 3]})
        [3, 3]
    """
    if isinstance(value, Mapping) and value.get("class_name") == "__tuple__":
        return value.get("items")
    if isinstance(value, Mapping) and value.get("class_name") == "__numpy__":
        config = value.get("config")
        return config.get("value") if isinstance(config, Mapping) else value
    return value


def activation_word(value: Any) -> str | None:
    """konv's name of an activation function that Keras has by name; None if konv lacks it.

    Example:
        >>> activation_word("swish"), activation_word(None), activation_word("log_softmax")
        ('silu', 'linear', None)
    """
    if value is None:
        return "linear"
    if isinstance(value, Mapping):
        # {"module": "builtins", "class_name": "function", "config": "relu"}
        value = value.get("config") if own_class(value) == "function" else None
    if not isinstance(value, str):
        return None
    word = _ACTIVATION_ALIASES.get(value, value)
    return word if word in ACTIVATIONS else None


def initializer_word(value: Any) -> str | None:
    """konv's name of an initializer; None if konv has none that begins alike.

    Example:
        >>> initializer_word({"class_name": "GlorotUniform", "config": {"seed": None}})
        'glorot_uniform'
        >>> initializer_word("orthogonal") is None
        True
    """
    config: Any = {}
    if isinstance(value, Mapping):
        value, config = own_class(value), value.get("config")
    if not isinstance(value, str) or not isinstance(config, Mapping):
        return None
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value).lower()
    word = _INITIALIZER_ALIASES.get(word, word)
    if word == "constant":
        return {0.0: "zeros", 1.0: "ones"}.get(_number(config.get("value")))
    if word == "variance_scaling":
        law = str(config.get("distribution")).replace("truncated_", "")
        law = {"normal": "truncated_normal"}.get(law, law)
        return _SCALINGS.get((_number(config.get("scale")), str(config.get("mode")), law))
    return word if word in INITIALIZER.words else None


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else -1.0
