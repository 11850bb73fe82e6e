"""Every activation function and its derivative, against Python's own mathematics."""

import math

import numpy as np
import pytest

from konv.layers.activations import ACTIVATIONS, elu, leaky_relu

ELEMENTWISE = tuple(name for name in ACTIVATIONS if name != "softmax")
EACH = pytest.mark.parametrize("name", ELEMENTWISE)
POINTS = np.array([-700.0, -30, -6, -3.5, -3, -2.5, -1, -1e-3, 0, 1e-3, 0.7, 2, 3, 3.5, 6, 30, 700])
CORNERS = (-3.0, 0.0, 3.0)


def _sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z > -700 else math.exp(z)


def _softplus(z):
    return max(z, 0) + math.log1p(math.exp(-abs(z)))


def _normal(z):
    return math.erfc(-z / math.sqrt(2)) / 2


def _gelu_tanh(z):
    u = math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)
    return z * (1 + math.tanh(u)) / 2 if z > -3 else z / (1 + math.exp(min(-2 * u, 700)))


def _gelu_tanh_slope(z):
    u = math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)
    steepness = 1 / math.cosh(u) ** 2 if abs(u) < 300 else 0
    inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * z**2)
    half = (1 + math.tanh(u)) / 2 if z > -3 else 1 / (1 + math.exp(min(-2 * u, 700)))
    return half + z / 2 * steepness * inner


# name -> (f, its derivative), of one number, written from the formulas.
SCALAR = {
    "linear": (lambda z: z, lambda z: 1),
    "relu": (lambda z: max(z, 0), lambda z: 1 if z > 0 else 0),
    "sigmoid": (_sigmoid, lambda z: _sigmoid(z) * _sigmoid(-z)),
    "tanh": (math.tanh, lambda z: 1 / math.cosh(z) ** 2 if abs(z) < 300 else 0),
    "leaky_relu": (lambda z: z if z > 0 else 0.2 * z, lambda z: 1 if z > 0 else 0.2),
    "elu": (lambda z: z if z > 0 else math.expm1(z), lambda z: 1 if z > 0 else math.exp(z)),
    "selu": (
        lambda z: 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * math.expm1(z)),
        lambda z: 1.0507009873554805 * (1 if z > 0 else 1.6732632423543772 * math.exp(z)),
    ),
    "silu": (
        lambda z: z * _sigmoid(z),
        lambda z: _sigmoid(z) + z * _sigmoid(z) * _sigmoid(-z),
    ),
    "gelu": (
        lambda z: z * _normal(z),
        lambda z: _normal(z) + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi),
    ),
    "gelu_tanh": (_gelu_tanh, _gelu_tanh_slope),
    "softplus": (_softplus, _sigmoid),
    "mish": (
        lambda z: z * math.tanh(_softplus(z)),
        lambda z: (
            math.tanh(_softplus(z)) + z * _sigmoid(z) / math.cosh(min(_softplus(z), 300)) ** 2
        ),
    ),
    "hard_sigmoid": (
        lambda z: min(max(z + 3, 0), 6) / 6,
        lambda z: 1 / 6 if -3 < z < 3 else 0,
    ),
    "hard_swish": (
        lambda z: z * min(max(z + 3, 0), 6) / 6,
        lambda z: 0 if z <= -3 else 1 if z >= 3 else (2 * z + 3) / 6,
    ),
}


def derivative(name, z):
    function = ACTIVATIONS[name]
    return function.backward(z, function.forward(z), np.ones_like(z))


def test_every_activation_of_the_list_exists():
    expected = (
        "linear relu sigmoid tanh softmax leaky_relu elu selu silu gelu gelu_tanh softplus mish "
        "hard_sigmoid hard_swish"
    )
    assert list(ACTIVATIONS) == expected.split()
    assert set(SCALAR) == set(ELEMENTWISE)
    assert all(ACTIVATIONS[name].name == name for name in ACTIVATIONS)


@EACH
def test_values_are_those_of_the_formula(name):
    expected = [SCALAR[name][0](z) for z in POINTS]
    np.testing.assert_allclose(ACTIVATIONS[name].forward(POINTS), expected, rtol=1e-13, atol=1e-15)


@EACH
def test_derivatives_are_those_of_the_formula(name):
    expected = [SCALAR[name][1](z) for z in POINTS]
    np.testing.assert_allclose(derivative(name, POINTS), expected, rtol=1e-12, atol=1e-14)


@EACH
def test_derivatives_are_those_of_finite_differences(name):
    z = np.linspace(-5, 5, 201) + 0.0123
    step = 1e-6
    forward = ACTIVATIONS[name].forward
    numeric = (forward(z + step) - forward(z - step)) / (2 * step)
    np.testing.assert_allclose(derivative(name, z), numeric, rtol=1e-6, atol=1e-8)


@EACH
def test_the_gradient_is_multiplied_through(name):
    z, g = POINTS, np.linspace(-2, 2, len(POINTS))
    function = ACTIVATIONS[name]
    flowing = function.backward(z, function.forward(z), g)
    np.testing.assert_allclose(flowing, g * derivative(name, z), rtol=1e-14, atol=0)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_numbers_neither_overflow_nor_vanish(name, dtype):
    z = np.array([-1e4, -88.8, -20, 0, 20, 88.8, 1e4], dtype)
    function = ACTIVATIONS[name]
    y = function.forward(z)
    assert np.isfinite(y).all()
    assert np.isfinite(function.backward(z, y, np.ones_like(z))).all()
    assert y.dtype == dtype


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_what_is_not_a_number_stays_none(name):
    assert np.isnan(ACTIVATIONS[name].forward(np.array([np.nan, 1.0]))[0])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_single_precision_is_as_near_as_it_can_be(name):
    z = np.random.default_rng(0).normal(0, 3, (50, 20))
    single, double = (ACTIVATIONS[name].forward(z.astype(t)) for t in (np.float32, np.float64))
    assert np.abs(single - double).max() < 8 * np.finfo(np.float32).eps * np.abs(z).max()


def test_the_derivatives_at_corners_are_those_of_pytorch():
    z = np.array(CORNERS)
    assert derivative("relu", z).tolist() == [0, 0, 1]
    assert derivative("leaky_relu", z).tolist() == [0.2, 0.2, 1]
    assert derivative("hard_sigmoid", z).tolist() == [0, 1 / 6, 0]
    assert derivative("hard_swish", z).tolist() == [0, 0.5, 1]


def test_the_largest_derivatives_are_those_of_the_table():
    z = np.linspace(-10, 10, 4001)
    assert derivative("sigmoid", z).max() == 0.25
    assert derivative("tanh", z).max() == 1
    assert set(derivative("relu", z)) == {0, 1}


def test_leaky_relu_takes_any_slope():
    function = leaky_relu(0.5)
    assert function.forward(np.array([-2.0, 0, 2])).tolist() == [-1, 0, 2]
    assert function.backward(np.array([-2.0, 2]), np.empty(2), np.array([3.0, 3])).tolist() == [
        1.5,
        3,
    ]


def test_elu_takes_any_alpha():
    function = elu(2.0)
    z = np.array([-np.inf, -math.log(2), 0, 3])
    y = function.forward(z)
    np.testing.assert_allclose(y, [-2, -1, 0, 3], rtol=1e-15)
    flowing = function.backward(z, y, np.full(4, 10.0))
    np.testing.assert_allclose(flowing, [0, 10, 20, 10], rtol=1e-15)


def test_the_approximation_of_gelu_is_near_it():
    z = np.linspace(-10, 10, 20_001)
    exact, approximate = (ACTIVATIONS[name].forward(z) for name in ("gelu", "gelu_tanh"))
    assert 0.0004 < np.abs(exact - approximate).max() < 0.0005


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_cube_in_gelu_tanh_does_not_overflow(dtype):
    z = np.array([-3e38, -1e13, -30, 30, 1e13, 3e38], dtype)
    function = ACTIVATIONS["gelu_tanh"]
    y = function.forward(z)
    assert y.tolist() == [0, 0, 0, *z[3:]]
    assert function.backward(z, y, np.ones_like(z)).tolist() == [0, 0, 0, 1, 1, 1]


class TestSoftmax:
    softmax = ACTIVATIONS["softmax"]

    def test_by_hand(self):
        z = np.log(np.array([[1.0, 2, 5], [7, 7, 7]]))
        expected = [[1 / 8, 2 / 8, 5 / 8], [1 / 3, 1 / 3, 1 / 3]]
        np.testing.assert_allclose(self.softmax.forward(z), expected, rtol=1e-15)

    def test_it_works_along_the_last_axis_of_a_map(self):
        z = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
        y = self.softmax.forward(z)
        np.testing.assert_allclose(y.sum(axis=-1), 1, rtol=1e-15)
        np.testing.assert_allclose(y[1, 2, 3], self.softmax.forward(z[1, 2, 3]), rtol=1e-15)

    @pytest.mark.parametrize("shift", [0, 1000, -1000, 1e300])
    def test_it_does_not_depend_on_a_shift(self, shift):
        z = np.array([0.0, 1, 2])
        expected = np.exp(z) / np.exp(z).sum() if abs(shift) < 1e300 else np.full(3, 1 / 3)
        np.testing.assert_allclose(self.softmax.forward(z + shift), expected, rtol=1e-12)

    def test_its_derivative_is_the_matrix_of_the_formula(self):
        z = np.random.default_rng(1).normal(size=4)
        y = self.softmax.forward(z)
        matrix = np.diag(y) - np.outer(y, y)
        for i, unit in enumerate(np.eye(4)):
            row = self.softmax.backward(z, y, unit)
            np.testing.assert_allclose(row, matrix[i], rtol=1e-12, atol=1e-16)
