"""Keras loads what konv writes, and konv what Keras writes: both compute the same numbers."""

import os

import numpy as np
import pytest

from formats.example_models import outputs
from konv.formats import ModelContents
from konv.formats.keras import KerasTarget, read_keras
from konv.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Input,
    MaxPooling2D,
    MinPooling2D,
    ReLU,
    SeparableConv2D,
)
from konv.network.graph import sequential
from oracles.random_networks import random_network

pytestmark = [
    pytest.mark.oracle,
    # Keras's own: about maps of one channel under a softmax, and about the older form.
    pytest.mark.filterwarnings("ignore::UserWarning:keras", "ignore::DeprecationWarning"),
]
# Sums of float32 in another order; the largest difference over 200 networks was 1.4e-6.
MOST = 2e-5


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras")


def difference(given, expected):
    """The largest difference, in units of the largest number, if that is above 1."""
    return float(np.abs(given - expected).max() / max(1.0, np.abs(expected).max()))


def reference(contents, pictures):
    """konv's definition of the network, in float64."""
    weights = {name: array.astype(np.float64) for name, array in contents.weights.items()}
    return outputs(ModelContents(contents.network, weights), pictures.astype(np.float64))


def pictures_for(shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (2, *shape)).astype(np.float32)


def with_random_weights(network, seed=0):
    numbers = np.random.default_rng(seed)
    weights = {
        name: numbers.uniform(0.5, 2, spec.shape).astype(np.float32)
        if name.endswith("variance")
        else numbers.normal(0, 0.3, spec.shape).astype(np.float32)
        for name, spec in network.weight_specs.items()
    }
    return ModelContents(network, weights)


# From konv to Keras ------------------------------------------------------------------------------


def assert_keras_agrees(keras, contents, tmp_path):
    path = tmp_path / "model.keras"
    ((_name, content),) = KerasTarget().write(contents, "model").files.items()
    path.write_bytes(content)
    model = keras.saving.load_model(path, compile=False)
    pictures = pictures_for(contents.network.input_shape)
    given = np.asarray(model(pictures))
    keras.backend.clear_session()
    assert given.shape[1:] == contents.network.output_shape
    assert difference(given, reference(contents, pictures)) < MOST


@pytest.mark.parametrize("seed", range(6))
def test_random_networks_are_loaded_by_keras(seed, keras, tmp_path):
    network = random_network(1000 + seed, exact=False)
    assert_keras_agrees(keras, with_random_weights(network, seed), tmp_path)


CHANNELS = {"data_format": "channels_first"}
SINGLE = {
    "stride and dilation": [Conv2D(3, 3, strides=2, dilation_rate=2, padding="same")],
    "depthwise, both": [DepthwiseConv2D(2, strides=(1, 2), dilation_rate=2, padding="full")],
    "separable, both, softmax": [
        SeparableConv2D(3, 2, strides=2, dilation_rate=(1, 2), activation="softmax")
    ],
    "true convolutions": [
        Conv2D(2, (2, 3), true_convolution=True, padding=1),
        SeparableConv2D(2, 2, true_convolution=True),
        DepthwiseConv2D(2, depth_multiplier=2, true_convolution=True),
    ],
    "minimum": [MinPooling2D(3, strides=2, padding="same")],
    "mean": [AveragePooling2D(3, strides=2, padding="same")],
    "zeros around a maximum": [ReLU(), MaxPooling2D(3, padding=((2, 1), (0, 2)))],
    "groups": [Conv2D(4, 3, groups=2, activation="hard_swish")],
    "channels first": [
        Conv2D(4, 3, strides=2, dilation_rate=2, padding="full", activation="softmax", **CHANNELS),
        MinPooling2D(2, **CHANNELS),
        Flatten("channels_first"),
        Dense(3),
    ],
    "rectifiers": [ReLU(max_value=0.5, negative_slope=0.25, threshold=0.125)],
}


@pytest.mark.parametrize("layers", SINGLE.values(), ids=SINGLE.keys())
def test_what_keras_lacks_is_made_of_what_it_has(layers, keras, tmp_path):
    network = sequential([Input((4, 8, 9) if len(layers) == 4 else (9, 8, 4)), *layers])
    assert_keras_agrees(keras, with_random_weights(network), tmp_path)


def test_the_target_is_run_in_a_process_of_its_own(keras, tmp_path):
    contents = with_random_weights(sequential([Input((3,)), Dense(2, activation="tanh")]))
    path = tmp_path / "model.keras"
    ((name, content),) = KerasTarget().write(contents, "model").files.items()
    path.write_bytes(content)
    pictures = pictures_for((3,))
    program, given = KerasTarget().run({name: path}, pictures)
    assert program.startswith("Keras 3.")
    assert difference(given, reference(contents, pictures)) < MOST


# From Keras to konv ------------------------------------------------------------------------------


def row(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 9, 3)),
            layers.Conv2D(4, 3, padding="same", activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(5, (2, 3), strides=(2, 1), activation=layers.LeakyReLU()),
            layers.Dropout(0.5, seed=3),
            layers.Flatten(),
            layers.Dense(6, activation="swish"),
            layers.Dense(3, activation="softmax"),
        ]
    )


def separable(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((9, 9, 2)),
            layers.SeparableConv2D(4, 3, depth_multiplier=2, activation="elu"),
            layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="relu6"),
            layers.ZeroPadding2D(((1, 0), (2, 1))),
            layers.AveragePooling2D(3, strides=2, padding="same"),
            layers.GlobalAveragePooling2D(),
        ]
    )


def branches(keras):
    layers = keras.layers
    start = keras.Input((8, 8, 4))
    shared = layers.Conv2D(4, 3, padding="same", name="shared")
    one = shared(layers.ReLU(max_value=6)(start))
    two = shared(one)
    x = layers.Add()([one, two, start])
    x = layers.Concatenate()([x, layers.Conv2D(2, 1, use_bias=False)(start)])
    x = layers.Activation("gelu")(x) + x
    x = layers.GlobalMaxPooling2D(keepdims=True)(x)
    return keras.Model(start, layers.Dense(2)(layers.Reshape((-1,))(x)))


def nested(keras):
    layers = keras.layers
    inner_start = keras.Input((4,))
    inner = keras.Model(inner_start, layers.Dense(4)(layers.BatchNormalization()(inner_start)))
    tail = keras.Sequential([layers.Dense(4, activation="tanh"), layers.BatchNormalization()])
    start = keras.Input((4,))
    x = inner(inner(start))
    return keras.Model(start, layers.Add()([tail(x), tail(start)]))


def first_channels(keras):
    layers = keras.layers
    fields = {"data_format": "channels_first"}
    return keras.Sequential(
        [
            keras.Input((3, 8, 7)),
            layers.Conv2D(4, 3, **fields),
            layers.BatchNormalization(axis=1),
            layers.MaxPooling2D(2, **fields),
            layers.Flatten(**fields),
            layers.Dense(3),
        ]
    )


def flat_pictures(keras):
    layers = keras.layers
    return keras.Sequential([keras.Input((7, 5)), layers.Flatten(), layers.Dense(3)])


def model_in_row(keras):
    layers = keras.layers
    start = keras.Input((6, 6, 2))
    inner = keras.Model(start, layers.Conv2D(3, 3)(start))
    return keras.Sequential([inner, layers.Flatten(), layers.Dense(2)])


MODELS = (row, separable, branches, nested, first_channels, flat_pictures, model_in_row)


def randomized(model):
    """Weights that are not zero anywhere, and variances that are positive."""
    numbers = np.random.default_rng(5)
    for variable in model.variables:
        if "seed" in variable.path:
            continue
        low, high = (0.5, 2) if "variance" in variable.path else (-0.5, 0.5)
        variable.assign(numbers.uniform(low, high, variable.shape))
    return model


@pytest.mark.parametrize("make", MODELS)
def test_konv_computes_what_keras_computes(make, keras, tmp_path):
    """From either form of file."""
    keras.backend.clear_session()
    model = randomized(make(keras))
    model.compile(optimizer="adam", loss="mse")
    pictures = pictures_for(model.input_shape[1:])
    expected = np.asarray(model(pictures))
    for ending in (".keras", ".h5"):
        path = tmp_path / f"model{ending}"
        model.save(path)
        found = read_keras(path).contents
        given = reference(found, pictures.reshape(-1, *found.network.input_shape))
        assert difference(given, expected) < MOST


def test_rescaling_becomes_preprocessing(keras, tmp_path):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4, 4, 3)),
            layers.RandomFlip(),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(2, 3),
        ]
    )
    path = tmp_path / "model.keras"
    randomized(model).save(path)
    found = read_keras(path).contents
    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
    scale, offset = found.preprocessing.scale_and_offset()
    given = reference(found, pixels.astype(np.float32) * scale + offset)
    assert difference(given, np.asarray(model(pixels.astype(np.float32), training=False))) < MOST


def test_a_model_saved_by_keras_after_konv_is_read_again(keras, tmp_path):
    """Keras keeps nothing of konv's own part: what it says itself is read."""
    network = sequential([Input((8, 8, 1)), Conv2D(2, 3, padding=1, true_convolution=True)])
    contents = with_random_weights(network)
    path = tmp_path / "model.keras"
    ((_name, content),) = KerasTarget().write(contents, "model").files.items()
    path.write_bytes(content)
    keras.saving.load_model(path, compile=False).save(path)
    found = read_keras(path).contents
    assert not found.network.nodes[-1].layer.true_convolution
    pictures = pictures_for((8, 8, 1))
    assert difference(reference(found, pictures), reference(contents, pictures)) < 1e-12
