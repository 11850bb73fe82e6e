"""The arguments of Keras for konv's layers of the same name, where nothing but words differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from konv.layers import BatchNormalization, Dense, Input, ZeroPadding2D
from konv.layers.convolution import ConvolutionLayer

__all__ = ["CONFIGS", "Config", "initializer_config", "weighted_config"]

Config = dict[str, Any]


def weighted_config(layer: ConvolutionLayer | Dense, word: str) -> Config:
    """What all layers with a bias and an activation say."""
    fields: Config = {"activation": word, "use_bias": layer.use_bias}
    fields["bias_initializer"] = initializer_config(layer.bias_initializer)
    return fields


def initializer_config(word: str) -> Config:
    """An initializer as Keras writes it: ``he_normal`` is a HeNormal."""
    return {
        "module": "keras.initializers",
        "class_name": "".join(part.capitalize() for part in word.split("_")),
        "config": {} if word in ("zeros", "ones") else {"seed": None},
        "registered_name": None,
    }


def _input(layer: Input, word: str) -> Config:
    return {"batch_shape": [None, *layer.shape], "sparse": False, "ragged": False}


def _dense(layer: Dense, word: str) -> Config:
    kernel = {"kernel_initializer": initializer_config(layer.kernel_initializer)}
    return {"units": layer.units, **weighted_config(layer, word), **kernel}


def _normalization(layer: BatchNormalization, word: str) -> Config:
    names = ("beta", "gamma", "moving_mean", "moving_variance")
    initializers = {
        f"{name}_initializer": initializer_config(getattr(layer, f"{name}_initializer"))
        for name in names
    }
    fields = ("axis", "momentum", "epsilon", "center", "scale")
    return {**{name: getattr(layer, name) for name in fields}, **initializers}


def _same_fields(*names: str) -> Callable[[Any, str], Config]:
    """The fields of those names, which are Keras's."""
    return lambda layer, word: {name: getattr(layer, name) for name in names}


def _padded(layer: ZeroPadding2D, word: str) -> Config:
    rows, columns = (
        layer.padding if isinstance(layer.padding, tuple) else [(layer.padding,) * 2] * 2
    )
    return {"padding": [list(rows), list(columns)], "data_format": layer.data_format}


CONFIGS: Mapping[str, Callable[[Any, str], Config]] = {
    "InputLayer": _input,
    "Input": _input,
    "Dense": _dense,
    "BatchNormalization": _normalization,
    "ZeroPadding2D": _padded,
    "Activation": lambda layer, word: {"activation": word},
    "ReLU": _same_fields("max_value", "negative_slope", "threshold"),
    "LeakyReLU": _same_fields("negative_slope"),
    "ELU": _same_fields("alpha"),
    "Flatten": _same_fields("data_format"),
    "GlobalAveragePooling2D": _same_fields("data_format", "keepdims"),
    "GlobalMaxPooling2D": _same_fields("data_format", "keepdims"),
    "Dropout": lambda layer, word: {"rate": layer.rate, "seed": None, "noise_shape": None},
    "Add": _same_fields(),
    "Concatenate": _same_fields("axis"),
}
