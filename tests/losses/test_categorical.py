from math import log

import numpy as np
import pytest

from konv.errors import DataError, TrainingError
from konv.losses import CategoricalCrossentropy, SparseCategoricalCrossentropy

# e^z = 1, 2, 5 and their sum is 8, so p = 1/8, 2/8, 5/8.
Z = np.log([[1.0, 2.0, 5.0]])
P = np.array([[0.125, 0.25, 0.625]])


def test_value_and_gradient_by_hand(activations):
    one_hot = np.array([[0.0, 1.0, 0.0]])
    for loss, targets in [
        (CategoricalCrossentropy(), one_hot),
        (SparseCategoricalCrossentropy(), np.array([1])),
    ]:
        values, gradient = loss.value_and_gradient(Z, targets, activations["softmax"])
        np.testing.assert_allclose(values, [log(4)], rtol=1e-14)
        np.testing.assert_allclose(gradient, [[0.125, -0.75, 0.625]], rtol=1e-14)
        np.testing.assert_allclose(loss.value(P, targets), [log(4)], rtol=1e-14)


def test_label_smoothing_by_hand(activations):
    # 1 · 0.7 + 0.3 / 3 = 0.8 and 0 · 0.7 + 0.3 / 3 = 0.1
    loss = CategoricalCrossentropy(label_smoothing=0.3)
    targets = np.array([[0.0, 1.0, 0.0]])
    values, gradient = loss.value_and_gradient(Z, targets, activations["softmax"])
    expected = 0.1 * log(8) + 0.8 * log(4) + 0.1 * log(8 / 5)
    np.testing.assert_allclose(values, [expected], rtol=1e-14)
    np.testing.assert_allclose(gradient, [[0.025, -0.55, 0.525]], rtol=1e-14)
    np.testing.assert_allclose(loss.value(P, targets), [expected], rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_logits_give_exact_values(dtype, activations):
    z = np.array([[1e4, -1e4], [-1e4, 1e4], [1e4, 1e4]], dtype)
    loss = SparseCategoricalCrossentropy()
    values, gradient = loss.value_and_gradient(z, np.array([1, 1, 0]), activations["softmax"])
    np.testing.assert_array_equal(values[:2], [2e4, 0])
    np.testing.assert_allclose(values[2], log(2), rtol=1e-6)
    np.testing.assert_array_equal(gradient, [[1, -1], [0, 0], [-0.5, 0.5]])


def test_a_perfect_prediction_costs_plain_zero(activations):
    loss = SparseCategoricalCrossentropy()
    value = loss.value(np.array([[0.0, 1.0]]), np.array([1]))
    assert str(value) == "[0.]"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_probability_of_zero_counts_as_the_smallest_normal_number(dtype):
    smallest = {np.float32: 2.0**-126, np.float64: 2.0**-1022}[dtype]
    outputs = np.array([[0, 1]], dtype)
    expected = [-log(smallest)]
    np.testing.assert_allclose(
        SparseCategoricalCrossentropy().value(outputs, np.array([0])), expected, rtol=1e-6
    )
    np.testing.assert_allclose(
        CategoricalCrossentropy().value(outputs, np.array([[1, 0]])), expected, rtol=1e-6
    )


@pytest.mark.parametrize("kind", [CategoricalCrossentropy, SparseCategoricalCrossentropy])
@pytest.mark.parametrize(
    ("from_logits", "name", "shape", "fix"),
    [
        (False, "linear", (10,), 'activation="softmax" in the last layer, or from_logits=True'),
        (False, "sigmoid", (10,), 'activation="softmax" in the last layer'),
        (True, "softmax", (10,), "leave from_logits=True out"),
        (True, "relu", (10,), 'activation="linear" in the last layer'),
        (False, "softmax", (7, 7, 10), "Flatten() or GlobalAveragePooling2D()"),
        (False, "softmax", (1,), 'Dense(2), or activation="sigmoid"'),
        (True, "linear", (1,), 'Dense(2), or activation="sigmoid"'),
    ],
)
def test_an_output_that_does_not_suit_is_refused(kind, from_logits, name, shape, fix, activations):
    with pytest.raises(TrainingError, match="K801") as caught:
        kind(from_logits=from_logits).check(activations[name], shape)
    assert fix in caught.value.fix
    assert caught.value.where == kind.__name__


@pytest.mark.parametrize("kind", [CategoricalCrossentropy, SparseCategoricalCrossentropy])
def test_an_output_that_suits_is_accepted(kind, activations):
    kind().check(activations["softmax"], (2,))
    kind(from_logits=True).check(activations["linear"], (1000,))


def test_training_with_another_activation_is_refused(activations):
    with pytest.raises(TrainingError, match="K801"):
        SparseCategoricalCrossentropy().value_and_gradient(Z, np.array([1]), activations["relu"])


@pytest.mark.parametrize(
    ("targets", "what", "fix"),
    [
        ([0, 1, 10, 11], "targets[2] = 10 is not one of 10", "0 to 9, or the last layer 12 units"),
        ([0, -1], "targets[1] = -1 is not one of 10", "0 to 9"),
        (list(range(1, 11)), "targets[9] = 10 is not one of 10", "give labels - 1"),
        ([0.0, 1.0], "not class numbers: float64 of shape (2,)", "labels.astype(int)"),
        (np.eye(10, dtype=int), "not class numbers: int64", "categorical_crossentropy"),
        ([[0, 1], [2]], "rows of different lengths", "number the classes"),
        (["cat", "dog"], "values of type <U3", "number the classes"),
        ([None, 1], "values of type object", "number the classes"),
        (3, "a single number", "number the classes"),
        (np.array([2**63], np.uint64), f"= {2**63} is not one of 10", "0 to 9"),
    ],
)
def test_class_numbers_that_cannot_be_are_named(targets, what, fix):
    with pytest.raises(DataError, match="K505") as caught:
        SparseCategoricalCrossentropy().prepare_targets(targets, (10,))
    assert what in caught.value.what
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    "targets",
    [
        [2, 0, 1],
        (2, 0, 1),
        np.array([2, 0, 1], np.uint8),
        np.array([2, 0, 1], np.uint64),
        np.array([[2], [0], [1]], np.int16),
    ],
)
def test_class_numbers_become_int64(targets):
    prepared = SparseCategoricalCrossentropy().prepare_targets(targets, (3,))
    assert prepared.dtype == np.int64
    np.testing.assert_array_equal(prepared, [2, 0, 1])


def test_truth_values_are_class_numbers():
    prepared = SparseCategoricalCrossentropy().prepare_targets([True, False], (2,))
    np.testing.assert_array_equal(prepared, [1, 0])


@pytest.mark.parametrize(
    ("targets", "what"),
    [
        ([[1, 0, 0], [0, 1.5, -0.5]], "targets[1, 1] = 1.5 is not a probability"),
        ([[1, 0, 0], [0, -0.5, 1]], "targets[1, 1] = -0.5 is not a probability"),
        ([[1, 0, 0], [0, np.nan, 1]], "targets[1, 1] = nan is not finite"),
        ([[1, 0, 0], [0.5, 0.5, 0.5]], "the row targets[1] has the sum 1.5"),
        ([[0, 0, 0]], "the row targets[0] has the sum 0"),
        ([[1, 0]], "shape (1, 2) where the outputs of the network have (N, 3)"),
        ([0, 1, 2], "shape (3,) where the outputs of the network have (N, 3)"),
    ],
)
def test_rows_that_cannot_be_are_named(targets, what):
    with pytest.raises(DataError, match="K505") as caught:
        CategoricalCrossentropy().prepare_targets(targets, (3,))
    assert what in caught.value.what


def test_the_error_counts_the_bad_values():
    with pytest.raises(DataError) as caught:
        SparseCategoricalCrossentropy().prepare_targets([5, 0, 5], (3,))
    assert caught.value.details == (("count", "2 of 3"),)


def test_class_numbers_where_rows_are_needed_lead_to_the_sparse_loss():
    with pytest.raises(DataError) as caught:
        CategoricalCrossentropy().prepare_targets([0, 2, 1], (3,))
    assert "sparse_categorical_crossentropy" in caught.value.fix


def test_a_row_whose_sum_is_one_but_for_rounding_is_divided_by_it():
    prepared = CategoricalCrossentropy().prepare_targets([[0.333, 0.333, 0.333]], (3,))
    np.testing.assert_allclose(prepared, [[1 / 3, 1 / 3, 1 / 3]], rtol=1e-15)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.uint8, np.float32),
        (np.bool_, np.float32),
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.int64, np.float64),
        (np.float64, np.float64),
        (np.longdouble, np.float64),
    ],
)
def test_rows_become_floats_that_hold_them_exactly(given, kept):
    prepared = CategoricalCrossentropy().prepare_targets(np.eye(3).astype(given), (3,))
    assert prepared.dtype == kept
    np.testing.assert_array_equal(prepared, np.eye(3))
