"""Random networks for property tests: branches, shared layers, names that are hard to write."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from konv.errors import KonvError
from konv.layers import (
    ELU,
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalMaxPooling2D,
    Input,
    LeakyReLU,
    MaxPooling2D,
    ReLU,
    SeparableConv2D,
    ZeroPadding2D,
)
from konv.network.graph import functional

HARD_NAMES = (
    *("conv2d_1", "conv2d_2", "dense_1", "input_1", "add_3", "tower", "tower_2"),
    *("yes", "No", "on", "OFF", "y", "null", "~", "true", "=", "<<", "- x", "? y", "#", "a #b"),
    *("1", "0x1f", "010", "1e3", "1_000", ".5", "-1", ".inf", ".nan", "2024-01-01"),
    *("!", "&a", "*a", "%", "@", "[a]", "{b}", "a, b", "it's", 'say "hi"', "back\\slash", " x"),
    *("합성곱_1", "②", "é", "\U0001f642"),
)

NETWORK_NAMES = ("network", "한글 net", "yes")
RATES = (0.0, 0.25, 1e-7, 0.1 + 0.2, 5e-324)
ACTIVATIONS = ("linear", "relu", "softmax", "gelu", "hard_sigmoid")


def networks(**choices):
    """A strategy: every number is another network."""
    return st.integers(0, 2**32).map(lambda seed: random_network(random.Random(seed), **choices))


def random_network(chance, *, steps=10, data_formats=("channels_last", "channels_first")):
    """A network of up to ``steps`` layers; what does not fit is left out."""
    data_format = chance.choice(data_formats)
    height, width, channels = chance.choice([(9, 7, 2), (8, 8, 4), (12, 5, 1)])
    first = data_format == "channels_first"
    start = Input((channels, height, width) if first else (height, width, channels))
    names = chance.sample(HARD_NAMES, steps)
    tensors = [start.tensor]
    for name in names:
        try:
            tensor = _next(chance, tensors, data_format, name if chance.random() < 0.3 else None)
            functional(start, tensor)
        except KonvError:  # it does not fit, or shares weights that do not
            continue
        tensors.append(tensor)
    return functional(start, tensors[-1], name=chance.choice(NETWORK_NAMES))


def _next(chance, tensors, data_format, name):
    source = tensors[-1] if chance.random() < 0.7 else chance.choice(tensors)
    kind = chance.random()
    again = [t for t in tensors[1:] if t.layer.weight_specs(*(item.shape for item in t.inputs))]
    if kind < 0.25 and again:
        return chance.choice(again).layer(source)
    if kind < 0.4:
        merge = chance.choice([Add, Concatenate])(name=name)
        alike = [item for item in tensors if item.shape[:2] == source.shape[:2]]
        return merge(source, *chance.choices(alike, k=chance.choice([1, 2])))
    layer = chance.choice([_spatial, _spatial, _other])(chance, data_format)
    return type(layer).from_config({**layer.to_config(), "name": name})(source)


def _spatial(chance, data_format):
    """A layer that takes one map."""

    def pair():
        return chance.choice([1, 2, 3, (1, 2), (3, 2)])

    padding = chance.choice(["valid", "same", "full", 1, ((0, 1), (2, 0))])
    common = {"padding": padding, "strides": pair(), "data_format": data_format}
    kernel = {**common, "use_bias": chance.random() < 0.5, "activation": chance.choice(ACTIVATIONS)}
    return chance.choice(
        [
            Conv2D(chance.choice([1, 2, 4]), pair(), dilation_rate=pair(), **kernel),
            Conv2D(4, pair(), groups=chance.choice([1, 2]), **kernel),
            DepthwiseConv2D(pair(), depth_multiplier=chance.choice([1, 2]), **kernel),
            SeparableConv2D(2, pair(), true_convolution=chance.random() < 0.5, **kernel),
            MaxPooling2D(pair(), **common),
            AveragePooling2D(pair(), **common),
            ZeroPadding2D(chance.choice([1, ((0, 1), (2, 0))]), data_format=data_format),
            GlobalMaxPooling2D(keepdims=chance.random() < 0.5, data_format=data_format),
            Flatten(data_format),
        ]
    )


def _other(chance, data_format):
    """A layer that takes anything."""
    axis = 1 if data_format == "channels_first" else -1
    return chance.choice(
        [
            BatchNormalization(axis, momentum=chance.choice(RATES), scale=chance.random() < 0.5),
            Dropout(chance.choice(RATES)),
            LeakyReLU(chance.choice(RATES)),
            ELU(chance.choice(RATES)),
            ReLU(chance.choice([None, 6, 0.5])),
            Activation(chance.choice(ACTIVATIONS)),
            Dense(chance.choice([1, 5]), activation=chance.choice(ACTIVATIONS)),
        ]
    )
