import numpy as np
import pytest

from konv.layers import Activation, Context, Conv2D, Dense, Dropout, Flatten, Input, LeakyReLU
from konv.network import sequential
from konv.network.ending import split_ending


@pytest.mark.parametrize(
    ("last", "name", "nodes"),
    [
        ([Dense(3, activation="softmax")], "softmax", 3),
        ([Dense(3), Activation("softmax")], "softmax", 3),
        ([Dense(3), LeakyReLU(0.1)], "leaky_relu", 3),
        ([Dense(3)], "linear", 3),
        ([Dense(3, activation="relu"), Dropout(0.5)], "linear", 4),
    ],
)
def test_the_last_activation_is_taken_off(last, name, nodes):
    network = sequential([Input((4, 4, 1)), Flatten(), *last])
    body, activation = split_ending(network)
    assert activation.name == name
    assert len(body.nodes) == nodes
    assert body.output_shape == network.output_shape
    assert body.weight_specs == network.weight_specs


def test_body_and_activation_are_the_network():
    network = sequential([Input((2, 2, 1)), Conv2D(3, 2, activation="tanh")])
    body, activation = split_ending(network)
    x = np.arange(4.0).reshape(1, 2, 2, 1)
    weights = {"kernel": np.linspace(-1, 1, 12).reshape(2, 2, 1, 3), "bias": np.zeros(3)}
    whole, _saved = network.nodes[-1].layer.forward(weights, (x,), Context())
    z, _saved = body.nodes[-1].layer.forward(weights, (x,), Context())
    assert np.array_equal(activation.forward(z), whole)
    assert not np.array_equal(z, whole)
