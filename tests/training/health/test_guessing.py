"""What the best constant answer loses, by hand."""

import math

import numpy as np
import pytest

from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from konv.training.examples import Examples
from konv.training.health.guessing import guess

ENTROPY = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))


def examples(targets, weights=None):
    targets = np.asarray(targets)
    return Examples(np.zeros((len(targets), 2)), targets, weights)


CASES = [
    (SparseCategoricalCrossentropy(), (10,), np.arange(40) % 10, math.log(10), 10),
    (SparseCategoricalCrossentropy(from_logits=True), (10,), np.arange(40) % 10, math.log(10), 10),
    (SparseCategoricalCrossentropy(), (2,), [0, 0, 0, 1], ENTROPY, 2),
    (CategoricalCrossentropy(), (2,), np.eye(2)[[0, 0, 0, 1]], ENTROPY, 2),
    (CategoricalCrossentropy(from_logits=True), (2,), np.eye(2)[[0, 0, 0, 1]], ENTROPY, 2),
    (BinaryCrossentropy(), (1,), [[0], [0], [0], [1]], ENTROPY, 2),
    (BinaryCrossentropy(from_logits=True), (1,), [[0], [0], [0], [1]], ENTROPY, 2),
    # The variance of 1, 3, 5, 7.
    (MeanSquaredError(), (1,), [[1.0], [3.0], [5.0], [7.0]], 5.0, 0),
    # A class that never comes costs nothing.
    (SparseCategoricalCrossentropy(), (3,), [0, 0, 0, 1], ENTROPY, 3),
]


@pytest.mark.parametrize(("loss", "shape", "targets", "value", "classes"), CASES)
def test_it_is_the_entropy_of_the_labels_or_the_variance(loss, shape, targets, value, classes):
    found = guess(loss, shape, examples(targets), None)
    assert found.loss == pytest.approx(value, rel=1e-6)
    assert (found.validation_loss, found.accuracy, found.classes) == (None, None, classes)


def test_validation_is_judged_by_what_was_seen_in_training():
    loss = SparseCategoricalCrossentropy()
    found = guess(loss, (2,), examples([0, 0, 0, 1]), examples([1, 1, 1, 0, 0]))
    expected = -(2 * math.log(0.75) + 3 * math.log(0.25)) / 5
    assert found.validation_loss == pytest.approx(expected)
    assert found.accuracy == pytest.approx(0.4)


def test_weights_count_as_they_do_in_the_history():
    # Shares 3 : 3, so each is 1/2; the mean of wᵢ · ln 2 over four pictures.
    loss = SparseCategoricalCrossentropy()
    found = guess(loss, (2,), examples([0, 0, 0, 1], np.array([1.0, 1.0, 1.0, 3.0])), None)
    assert found.loss == pytest.approx(6 / 4 * math.log(2))


@pytest.mark.parametrize(
    ("loss", "targets", "judged", "accuracy"),
    [
        (CategoricalCrossentropy(), np.eye(2)[[0, 0, 1]], np.eye(2)[[0, 1]], 0.5),
        (BinaryCrossentropy(), [[1], [1], [0]], [[1], [1], [0], [0]], 0.5),
        (BinaryCrossentropy(from_logits=True), [[0], [1], [0]], [[1], [0], [0], [0]], 0.75),
        (MeanSquaredError(), [[1.0], [2.0]], [[3.0]], None),
    ],
)
def test_its_accuracy_is_that_of_the_commonest_class(loss, targets, judged, accuracy):
    shape = np.shape(targets)[1:]
    found = guess(loss, shape, examples(targets), examples(judged))
    assert found.accuracy == (None if accuracy is None else pytest.approx(accuracy))


def test_of_a_loss_of_ones_own_nobody_knows_it():
    class OwnSquaredError(MeanSquaredError):
        """As a user may write it."""

    own: Loss = OwnSquaredError()
    assert guess(own, (1,), examples([[1.0], [2.0]]), None) is None


def test_pictures_that_all_count_nothing_give_no_guess():
    loss = SparseCategoricalCrossentropy()
    assert guess(loss, (2,), examples([0, 1], np.zeros(2)), None) is None
