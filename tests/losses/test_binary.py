from math import log

import numpy as np
import pytest

from konv.errors import DataError, TrainingError
from konv.losses import BinaryCrossentropy

# σ(0) = 1/2 and σ(ln 3) = 3/4
Z = np.array([[0.0, log(3)]])
P = np.array([[0.5, 0.75]])
TARGETS = np.array([[1.0, 0.0]])


def test_value_and_gradient_by_hand(activations):
    # (−ln 1/2 − ln 1/4) / 2 = 3/2 · ln 2, and ((1/2 − 1) / 2, (3/4 − 0) / 2)
    loss = BinaryCrossentropy()
    values, gradient = loss.value_and_gradient(Z, TARGETS, activations["sigmoid"])
    np.testing.assert_allclose(values, [1.5 * log(2)], rtol=1e-14)
    np.testing.assert_allclose(gradient, [[-0.25, 0.375]], rtol=1e-14)
    np.testing.assert_allclose(loss.value(P, TARGETS), [1.5 * log(2)], rtol=1e-14)


def test_label_smoothing_by_hand(activations):
    # 1 · 0.8 + 0.2 / 2 = 0.9, 0 · 0.8 + 0.2 / 2 = 0.1, and a half stays a half
    loss = BinaryCrossentropy(label_smoothing=0.2)
    z, outputs = np.array([[0.0, log(3), 0.0]]), np.array([[0.5, 0.75, 0.5]])
    targets = np.array([[1.0, 0.0, 0.5]])
    values, gradient = loss.value_and_gradient(z, targets, activations["sigmoid"])
    expected = (2 * log(2) - 0.1 * log(0.75) - 0.9 * log(0.25)) / 3
    np.testing.assert_allclose(values, [expected], rtol=1e-14)
    np.testing.assert_allclose(gradient, [[-0.4 / 3, 0.65 / 3, 0]], rtol=1e-14)
    np.testing.assert_allclose(loss.value(outputs, targets), [expected], rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_logits_give_exact_values(dtype, activations):
    z = np.array([[1e4], [1e4], [-1e4], [-1e4]], dtype)
    targets = np.array([[0.0], [1.0], [0.0], [1.0]])
    loss = BinaryCrossentropy(from_logits=True)
    values, gradient = loss.value_and_gradient(z, targets, activations["linear"])
    np.testing.assert_array_equal(values, [1e4, 0, 0, 1e4])
    np.testing.assert_array_equal(gradient, [[1], [0], [0], [-1]])
    np.testing.assert_array_equal(loss.value(z, targets), values)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_sure_and_wrong_output_counts_as_the_smallest_normal_number(dtype):
    smallest = {np.float32: 2.0**-126, np.float64: 2.0**-1022}[dtype]
    values = BinaryCrossentropy().value(np.array([[0], [1]], dtype), np.array([[1.0], [0.0]]))
    np.testing.assert_allclose(values, [-log(smallest)] * 2, rtol=1e-6)


def test_the_mean_is_over_every_output_of_a_picture(activations):
    loss = BinaryCrossentropy()
    targets = loss.prepare_targets(np.zeros((1, 2, 3)), (2, 3, 1))
    values, gradient = loss.value_and_gradient(
        np.zeros((1, 2, 3, 1)), targets, activations["sigmoid"]
    )
    np.testing.assert_allclose(values, [log(2)], rtol=1e-14)
    np.testing.assert_allclose(gradient, np.full((1, 2, 3, 1), 0.5 / 6), rtol=1e-14)


@pytest.mark.parametrize(
    ("from_logits", "name", "fix"),
    [
        (False, "linear", 'activation="sigmoid" in the last layer, or from_logits=True'),
        (False, "softmax", 'activation="sigmoid" in the last layer'),
        (True, "sigmoid", "leave from_logits=True out"),
        (True, "tanh", 'activation="linear" in the last layer'),
    ],
)
def test_an_output_that_does_not_suit_is_refused(from_logits, name, fix, activations):
    loss = BinaryCrossentropy(from_logits=from_logits)
    with pytest.raises(TrainingError, match="K801") as caught:
        loss.check(activations[name], (1,))
    assert fix in caught.value.fix
    with pytest.raises(TrainingError, match="K801"):
        loss.value_and_gradient(Z, TARGETS, activations[name])


@pytest.mark.parametrize("targets", [[0, 1, 1], [[0], [1], [1]], [False, True, True]])
def test_one_number_per_picture_will_do_for_one_output(targets):
    prepared = BinaryCrossentropy().prepare_targets(targets, (1,))
    np.testing.assert_array_equal(prepared, [[0], [1], [1]])


@pytest.mark.parametrize(
    ("targets", "shape", "what"),
    [
        ([0, 1, 2], (1,), "targets[2, 0] = 2.0 is not a probability"),
        ([-1, 1], (1,), "targets[0, 0] = -1.0 is not a probability"),
        ([0, np.inf], (1,), "targets[1, 0] = inf is not finite"),
        ([0, 1, 2], (3,), "shape (3,) where the outputs of the network have (N, 3)"),
        (np.zeros((2, 3)), (3, 2), "shape (2, 3) where the outputs of the network have (N, 3, 2)"),
    ],
)
def test_targets_that_cannot_be_are_named(targets, shape, what):
    with pytest.raises(DataError, match="K505") as caught:
        BinaryCrossentropy().prepare_targets(targets, shape)
    assert what in caught.value.what
