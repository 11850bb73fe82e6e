"""Activation, ReLU, LeakyReLU and ELU: the options of ReLU by hand, the rest by their functions."""

import numpy as np
import pytest

from konv.layers import ELU, Activation, Context, LeakyReLU, ReLU
from konv.layers.activations import ACTIVATIONS

Z = np.array([-np.inf, -4.0, -1, -0.0, 0, 0.5, 1, 2, 4, np.inf])
G = np.arange(1.0, 11)


def both(layer, z=Z, g=G):
    output, saved = layer.forward({}, (z,), Context())
    (flowing,), weights = layer.backward({}, saved, g)
    assert weights == {}
    return output, flowing


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_layer_is_its_function(name):
    z = np.linspace(-4, 4, 24).reshape(2, 12)
    function = ACTIVATIONS[name]
    output, flowing = both(Activation(name), z, z * 3)
    assert np.array_equal(output, function.forward(z))
    assert np.array_equal(flowing, function.backward(z, output, z * 3))


def test_without_a_name_an_activation_is_linear():
    assert Activation(None) == Activation("linear")


def test_relu_without_options_is_the_function_relu():
    output, flowing = both(ReLU())
    assert output.tolist() == [0, 0, 0, 0, 0, 0.5, 1, 2, 4, np.inf]
    assert flowing.tolist() == [0, 0, 0, 0, 0, 6, 7, 8, 9, 10]


@pytest.mark.parametrize(
    ("fields", "y", "derivative"),
    [
        ({}, [0, 0, 0, 0.5, 1, 2, 4], [0, 0, 0, 1, 1, 1, 1]),
        ({"max_value": 2}, [0, 0, 0, 0.5, 1, 2, 2], [0, 0, 0, 1, 1, 0, 0]),
        ({"negative_slope": 0.5}, [-2, -0.5, 0, 0.5, 1, 2, 4], [0.5, 0.5, 0.5, 1, 1, 1, 1]),
        ({"threshold": 1}, [0, 0, 0, 0, 0, 2, 4], [0, 0, 0, 0, 0, 1, 1]),
        (
            {"max_value": 3, "negative_slope": 0.5, "threshold": 1},
            [-2.5, -1, -0.5, -0.25, 0, 2, 3],
            [0.5, 0.5, 0.5, 0.5, 0.5, 1, 0],
        ),
        ({"max_value": 1, "threshold": 2}, [0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0]),
        ({"max_value": 0}, [0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_the_options_of_relu_by_hand(fields, y, derivative):
    z = np.array([-4.0, -1, 0, 0.5, 1, 2, 4])
    output, flowing = both(ReLU(**fields), z, np.ones(7))
    assert output.tolist() == y
    assert flowing.tolist() == derivative


@pytest.mark.parametrize(
    "layer", [ReLU(), ReLU(6), ReLU(6, 0.1, 1), LeakyReLU(), ELU(), ELU(0)], ids=repr
)
def test_what_is_not_a_number_stays_none(layer):
    assert np.isnan(both(layer, np.array([np.nan]), np.ones(1))[0])


def test_leaky_relu_by_hand():
    output, flowing = both(LeakyReLU(), np.array([-10.0, 0, 10]), np.ones(3))
    assert output.tolist() == [-3, 0, 10]
    assert flowing.tolist() == [0.3, 0.3, 1]


@pytest.mark.parametrize("slope", [0, 0.5])
def test_leaky_relu_takes_infinite_numbers(slope):
    output, _flowing = both(LeakyReLU(slope), np.array([-np.inf, np.inf]), np.ones(2))
    assert output.tolist() == [-np.inf if slope else 0, np.inf]


@pytest.mark.parametrize(
    ("alpha", "y", "derivative"),
    [(1, [-1, -0.5, 0, 4], [0, 0.5, 1, 1]), (4, [-4, -2, 0, 4], [0, 2, 4, 1])],
)
def test_elu_by_hand(alpha, y, derivative):
    output, flowing = both(ELU(alpha), np.array([-np.inf, -np.log(2), 0, 4]), np.ones(4))
    np.testing.assert_allclose(output, y, rtol=1e-15)
    np.testing.assert_allclose(flowing, derivative, rtol=1e-15)


def test_elu_with_nothing_below_0_is_the_function_relu():
    assert ELU(0).function is ACTIVATIONS["relu"]
    assert both(ELU(0))[0].tolist() == both(ReLU())[0].tolist()


def test_elu_with_alpha_1_is_the_activation_elu():
    z = np.linspace(-4, 4, 24)
    for one, other in zip(both(ELU(), z, z * 3), both(Activation("elu"), z, z * 3), strict=True):
        assert np.array_equal(one, other)
