"""Models with weights set by hand, for the tests of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from konv.data.preprocessing import Preprocessing
from konv.formats.contents import ModelContents
from konv.layers import (
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
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    LeakyReLU,
    MaxPooling2D,
    MinPooling2D,
    ReLU,
    SeparableConv2D,
    ZeroPadding2D,
)
from konv.layers.base import Context
from konv.network.graph import Network, functional, sequential

# The picture and the kernel whose cross-correlation is worked out in the tutorials' tests.
PICTURE = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]], np.float32)
KERNEL = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]], np.float32)


def simple() -> ModelContents:
    """One filter over a 4×4 picture, then two classes with Korean names."""
    network = sequential(
        [
            Input((4, 4, 1)),
            Conv2D(1, 3),
            Flatten(),
            Dense(2),
        ],
        name="simple",
    )
    weights = {
        "conv2d_1/kernel": KERNEL.reshape(3, 3, 1, 1),
        "conv2d_1/bias": np.array([3], np.float32),
        "dense_1/kernel": np.array([[1, 0], [0, 1], [1, 0], [0, 1]], np.float32),
        "dense_1/bias": np.array([0, 0.5], np.float32),
    }
    return ModelContents(
        network,
        weights,
        class_names=("고양이", "강아지"),
        preprocessing=Preprocessing(4, 4, 1, policy="crop", mean=[0.25], std=[0.5]),
        record={"seed": 7, "metrics": {"accuracy": [0.5, 0.75]}, "data_fingerprint": "4d7a"},
    )


def renamed() -> ModelContents:
    """The same with other class names."""
    return replace(simple(), class_names=("다른", "이름"))


def large(value: float) -> ModelContents:
    """Four megabytes of one number."""
    network = sequential([Input((1000,)), Dense(1000, use_bias=False)])
    return ModelContents(network, {"dense_1/kernel": np.full((1000, 1000), value, np.float32)})


def branches() -> ModelContents:
    """Branches that merge, a layer used twice, normalization with its moving values."""
    picture = Input((6, 6, 2))
    shared = Conv2D(3, 3, padding="same", activation="relu", name="both")
    first = Conv2D(2, 1, name="first")(picture)
    second = MaxPooling2D(3, strides=1, padding="same")(picture)
    merged = Concatenate()([shared(first), shared(second)])
    normal = BatchNormalization(momentum=0.9)(merged)
    summed = Add()([normal, merged])
    network = functional(picture, Dense(4, activation="softmax")(Flatten()(summed)))
    return ModelContents(network, counted_weights(network), class_names=(3, 1, 4, -5))


def every_layer() -> ModelContents:
    """Each kind of layer, many with fields that are not the default."""
    picture = Input((16, 18, 3))
    x = ZeroPadding2D(((1, 0), (2, 1)))(picture)
    x = Conv2D(6, (3, 2), strides=2, dilation_rate=1, groups=3, use_bias=False)(x)
    x = BatchNormalization(center=False, scale=False, epsilon=0.01)(x)
    x = Activation("hard_swish")(x)
    x = DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    x = LeakyReLU(0.2)(x)
    x = SeparableConv2D(8, 3, padding=1, activation="gelu")(x)
    x = ReLU(6)(x)
    x = Dropout(0.25)(x)
    pooled = [layer(2)(x) for layer in (MaxPooling2D, AveragePooling2D, MinPooling2D)]
    x = Conv2D(4, 2, true_convolution=True)(Concatenate()(pooled))
    ends = [GlobalAveragePooling2D()(x), GlobalMaxPooling2D()(x)]
    x = Dense(1, activation="sigmoid")(Flatten()(Add()(ends)))
    network = functional(picture, x, name="every layer")
    return ModelContents(
        network,
        counted_weights(network),
        class_names=(False, True),
        preprocessing=Preprocessing(16, 18, 3),
        record={},
    )


def channels_first() -> ModelContents:
    """Pictures as (channels, height, width), and outputs that are not classes."""
    network = sequential(
        [
            Input((3, 5, 4)),
            Conv2D(2, 2, data_format="channels_first", activation="elu"),
            Flatten(),
            Dense(5),
        ]
    )
    return ModelContents(
        network,
        counted_weights(network),
        preprocessing=Preprocessing(5, 4, 3, policy="stretch"),
    )


EXAMPLES = {
    "simple": simple,
    "branches": branches,
    "every-layer": every_layer,
    "channels-first": channels_first,
}


def counted_weights(network: Network) -> dict[str, np.ndarray[Any, Any]]:
    """Eighths, counted up through all weights from 1/8: no two alike, all exact, all positive."""
    weights, start = {}, 1
    for name, spec in network.weight_specs.items():
        numbers = np.arange(start, start + spec.size, dtype=np.float32) / 8
        weights[name] = numbers.reshape(spec.shape)
        start += spec.size
    return weights


def outputs(contents: ModelContents, pictures: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What the network makes of pictures (N, …), layer by layer."""
    made: dict[str, Any] = {}
    for node in contents.network.nodes:
        weights = {own: contents.weights[name] for own, name in node.weight_names.items()}
        inputs = tuple(made[name] for name in node.inputs) or (pictures,)
        made[node.name], _saved = node.layer.forward(weights, inputs, Context())
    return made[contents.network.nodes[-1].name]


def assert_same(found: ModelContents, expected: ModelContents) -> None:
    """Everything is as it was, and of the same type: the weights bit by bit."""
    assert found.network == expected.network
    assert list(found.weights) == list(expected.network.weight_specs)
    for name, array in found.weights.items():
        assert array.dtype == np.float32
        assert array.shape == expected.weights[name].shape
        assert array.tobytes() == np.asarray(expected.weights[name], np.float32).tobytes()
    assert typed(found.class_names) == typed(expected.class_names)
    assert found.preprocessing == expected.preprocessing
    assert typed(found.record) == typed(expected.record)


def typed(value: Any) -> Any:
    """A value in which 1, 1.0 and True differ."""
    if isinstance(value, Mapping):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [typed(item) for item in value]
    return (type(value), value)
