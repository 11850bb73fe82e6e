"""Programs of Keras, run by Keras itself: the same shapes and parameters as konv says."""

import os

import pytest

import konv
from konv.errors import FormatError
from konv.network.named import NETWORK_NAMES, named_network
from oracles.random_networks import random_network

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def run():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    pytest.importorskip("keras")

    def run(code):
        names = {}
        exec(code, names)  # our own output
        return names["model"]

    return run


def agree(network, model):
    assert tuple(model.output_shape[1:]) == network.output_shape
    assert tuple(model.input_shape[1:]) == network.input_shape
    assert model.count_params() == network.parameters


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_networks_that_come_with_konv(run, name):
    network = named_network(name).network
    agree(network, run(konv.keras_code(network)))


def test_random_networks(run):
    tried = 0
    for seed in range(30):
        network = random_network(seed, exact=False)
        try:
            code = konv.keras_code(network)
        except FormatError:  # what must be refused is tested with the programs
            continue
        agree(network, run(code))
        tried += 1
    assert tried > 10


# Code of today, as konv reads it and as Keras runs it.
LISTINGS = [
    "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, 5, 5)])",
    "model = keras.Sequential([keras.Input((9, 9, 1)), layers.Conv2D(8, (5, 3), (1, 2), 'same')])",
    "model = keras.Sequential([keras.Input((9, 9, 3)), layers.DepthwiseConv2D(3, 2, 'same', 2)])",
    "model = keras.Sequential([keras.Input((9, 9, 3)), layers.MaxPooling2D(3, 2, 'same')])",
    "model = keras.Sequential([keras.Input((9, 9, 3)), layers.BatchNormalization(1, 0.9, 0.01)])",
    "model = keras.Sequential([keras.Input((9, 9, 3)), layers.SeparableConv2D(4, 3, 1, 'valid')])",
    "model = keras.Sequential([keras.Input((9, 9, 3)), layers.Dense(4, 'relu', False)])",
    "model = keras.Sequential([keras.Input((9, 9, 4)), layers.ZeroPadding2D(((1, 0), (2, 3)))])",
    "x = keras.Input((4,))\nmodel = keras.Model(x, layers.concatenate([x, layers.Dense(3)(x)]))",
]


@pytest.mark.parametrize("listing", LISTINGS)
def test_listings_mean_what_keras_makes_of_them(run, listing):
    code = f"import keras\nfrom keras import layers\n{listing}\n"
    agree(konv.network_from_keras_code(code).network, run(code))
