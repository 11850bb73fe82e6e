import numpy as np
import pytest

from konv.errors import DataError
from konv.layers.activations import ACTIVATIONS
from konv.losses import MeanSquaredError

LOSS = MeanSquaredError()


@pytest.mark.parametrize(
    ("name", "z", "targets", "value", "gradient"),
    [
        # ((1 − 0)² + (−2 − 1)²) / 2 = 5, and 2 · (1, −3) / 2
        ("linear", [1, -2], [0, 1], 5, [1, -3]),
        # outputs 1 and 0: (1 + 1) / 2; the second unit does not pass its gradient on
        ("relu", [1, -2], [0, 1], 1, [1, 0]),
        # outputs 0 and 0, slope 1
        ("tanh", [0, 0], [1, -3], 5, [-1, 3]),
        # outputs 1/2, slope 1/4: (1/4 + 9/4) / 2, and (−1/2, 3/2) / 4
        ("sigmoid", [0, 0], [1, -1], 1.25, [-0.125, 0.375]),
        # outputs 1/2: gradient of the outputs (−1/2, 1/2), mean 0: 1/2 · (−1/2, 1/2)
        ("softmax", [0, 0], [1, 0], 0.25, [-0.25, 0.25]),
    ],
)
def test_value_and_gradient_by_hand(name, z, targets, value, gradient, activations):
    z, targets = np.array([z], float), np.array([targets], float)
    values, gradients = LOSS.value_and_gradient(z, targets, activations[name])
    np.testing.assert_array_equal(values, [value])
    np.testing.assert_array_equal(gradients, [gradient])
    np.testing.assert_array_equal(LOSS.value(activations[name].forward(z), targets), [value])


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=lambda one: one.name)
def test_the_gradient_goes_on_through_every_activation_of_a_layer(activation):
    z = np.array([[0.3, -0.7, 1.9], [-2.1, 0.6, -0.2]])
    targets = np.array([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]])
    gradient = LOSS.value_and_gradient(z, targets, activation)[1]
    for index in np.ndindex(z.shape):
        step = np.zeros_like(z)
        step[index] = 1e-6
        up = LOSS.value_and_gradient(z + step, targets, activation)[0]
        down = LOSS.value_and_gradient(z - step, targets, activation)[0]
        slope = (up - down)[index[0]] / 2e-6
        np.testing.assert_allclose(gradient[index], slope, rtol=1e-3, atol=1e-5)


def test_any_output_suits(activations):
    for activation in activations.values():
        LOSS.check(activation, (1,))
        LOSS.check(activation, (8, 8, 3))


def test_the_mean_is_over_every_output_of_a_picture(activations):
    values, gradient = LOSS.value_and_gradient(
        np.full((2, 2, 3, 1), 3.0), np.zeros((2, 2, 3, 1)), activations["linear"]
    )
    np.testing.assert_array_equal(values, [9, 9])
    np.testing.assert_array_equal(gradient, np.ones((2, 2, 3, 1)))


def test_one_number_per_picture_does_not_broadcast():
    prepared = LOSS.prepare_targets([1, 2, 3], (1,))
    np.testing.assert_array_equal(prepared, [[1], [2], [3]])
    np.testing.assert_array_equal(LOSS.value(np.zeros((3, 1)), prepared), [1, 4, 9])


def test_large_whole_numbers_stay_exact():
    assert LOSS.prepare_targets([2**24 + 1], (1,))[0, 0] == 2**24 + 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_overflows_is_infinite_without_a_warning(dtype, activations):
    z = np.array([[np.finfo(dtype).max]], dtype)
    values, _gradient = LOSS.value_and_gradient(z, np.array([[0.0]]), activations["linear"])
    assert values[0] == np.inf


@pytest.mark.parametrize(
    ("targets", "what"),
    [
        ([[0, 1], [2, np.nan]], "targets[1, 1] = nan is not finite"),
        ([[0, 1, 2]], "shape (1, 3) where the outputs of the network have (N, 2)"),
        ([1j, 2], "values of type complex128"),
    ],
)
def test_targets_that_cannot_be_are_named(targets, what):
    with pytest.raises(DataError, match="K505") as caught:
        LOSS.prepare_targets(targets, (2,))
    assert what in caught.value.what
