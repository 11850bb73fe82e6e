"""The order and the defaults of every layer's fields are Keras's, written down by hand."""

import dataclasses

import pytest

from konv.layers import LAYERS
from oracles.samples import MINIMAL, minimal

EACH_LAYER = pytest.mark.parametrize("layer", LAYERS.values(), ids=list(LAYERS))
# What may be given without its name, in Keras's order; Keras's third place of a convolution, its
# strides, is left to the name, as Keras 1 had the columns of the kernel there.
POSITIONAL = {
    "Input": ["shape"],
    "Conv2D": ["filters", "kernel_size"],
    "DepthwiseConv2D": ["kernel_size"],
    "SeparableConv2D": ["filters", "kernel_size"],
    "MaxPooling2D": ["pool_size", "strides", "padding"],
    "AveragePooling2D": ["pool_size", "strides", "padding"],
    "MinPooling2D": ["pool_size", "strides", "padding"],
    "GlobalAveragePooling2D": [],
    "GlobalMaxPooling2D": [],
    "ZeroPadding2D": ["padding"],
    "Flatten": ["data_format"],
    "Dense": ["units"],
    "Activation": ["activation"],
    "ReLU": ["max_value", "negative_slope", "threshold"],
    "LeakyReLU": ["negative_slope"],
    "ELU": ["alpha"],
    "Dropout": ["rate"],
    "BatchNormalization": ["axis"],
    "Add": [],
    "Concatenate": ["axis"],
}
# Keras's defaults, by hand; a field that is not named here has none.
DEFAULTS = {
    "Conv2D": {
        "strides": (1, 1),
        "padding": "valid",
        "data_format": "channels_last",
        "dilation_rate": (1, 1),
        "groups": 1,
        "activation": "linear",
        "use_bias": True,
        "kernel_initializer": "glorot_uniform",
        "bias_initializer": "zeros",
        "true_convolution": False,
    },
    "MaxPooling2D": {
        "pool_size": (2, 2),
        "strides": None,
        "padding": "valid",
        "data_format": "channels_last",
    },
    "GlobalMaxPooling2D": {"data_format": "channels_last", "keepdims": False},
    "ZeroPadding2D": {"padding": 1, "data_format": "channels_last"},
    "Flatten": {"data_format": "channels_last"},
    "Dense": {
        "activation": "linear",
        "use_bias": True,
        "kernel_initializer": "glorot_uniform",
        "bias_initializer": "zeros",
    },
    "ReLU": {"max_value": None, "negative_slope": 0.0, "threshold": 0.0},
    "LeakyReLU": {"negative_slope": 0.3},
    "ELU": {"alpha": 1.0},
    "BatchNormalization": {
        "axis": -1,
        "momentum": 0.99,
        "epsilon": 0.001,
        "center": True,
        "scale": True,
        "beta_initializer": "zeros",
        "gamma_initializer": "ones",
        "moving_mean_initializer": "zeros",
        "moving_variance_initializer": "ones",
    },
    "Concatenate": {"axis": -1},
}
DEFAULTS["AveragePooling2D"] = DEFAULTS["MinPooling2D"] = DEFAULTS["MaxPooling2D"]
DEFAULTS["GlobalAveragePooling2D"] = DEFAULTS["GlobalMaxPooling2D"]
DEFAULTS["DepthwiseConv2D"] = {
    **{
        name: value
        for name, value in DEFAULTS["Conv2D"].items()
        if name not in ("groups", "kernel_initializer")
    },
    "depth_multiplier": 1,
    "depthwise_initializer": "glorot_uniform",
}
DEFAULTS["SeparableConv2D"] = {
    **DEFAULTS["DepthwiseConv2D"],
    "pointwise_initializer": "glorot_uniform",
}


@EACH_LAYER
def test_the_order_of_values_without_a_name_is_that_of_keras(layer):
    given = [field.name for field in dataclasses.fields(layer) if not field.kw_only]
    assert given == POSITIONAL[layer.__name__]


@EACH_LAYER
def test_the_defaults_are_those_of_keras(layer):
    made = minimal(layer)
    defaults = {"name": None, **DEFAULTS.get(layer.__name__, {})}
    held = {name: getattr(made, name) for name in layer.constraints() if name not in MINIMAL}
    if layer.__name__ in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense"):
        held["activation"] = made.activation
    assert held == defaults
