"""Labels of any kind, and how much samples and classes count."""

import numpy as np
import pytest

from estimator.samples import strokes
from konv.errors import DataError, ParameterError
from konv.sklearn import ConvClassifier
from konv.sklearn.layout import laid_out
from konv.sklearn.weighting import picture_weights

X, Y = strokes()
QUICK = {"epochs": 1, "random_state": 0, "engine": "reference"}  # nothing to compile


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array(["행", "열"])[Y], ("열", "행")),
        (np.array(["row", "column"], dtype=object)[Y], ("column", "row")),
        (Y == 1, (False, True)),
        (-3 * Y, (-3, 0)),
        (Y.astype(float), (0, 1)),
        (Y.astype(np.uint8), (0, 1)),
        (np.array([2**62, -(2**62)])[Y], (-(2**62), 2**62)),
    ],
)
def test_labels_of_any_kind_come_back_and_the_model_knows_their_names(labels, names):
    classifier = ConvClassifier(**QUICK).fit(X, labels)
    assert (classifier.classes_ == np.unique(labels)).all()
    assert set(classifier.predict(X).tolist()) <= set(labels.tolist())
    assert classifier.model_.classes == names


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (np.zeros(40), "only one class"),
        (Y + 0.5, "Unknown label type"),
        (np.eye(2)[Y], "y should be a 1d array"),
        (np.where(Y == 1, np.nan, 0), "NaN"),
        (np.array(["a", 1], dtype=object)[Y], "K505: labels of several kinds"),
        (np.array(["a", None], dtype=object)[Y], "K505: labels of several kinds"),
        (Y[:-1], "inconsistent numbers of samples"),
        (None, "requires y"),
    ],
)
def test_what_are_no_labels_of_classes_is_refused(labels, says):
    with pytest.raises(ValueError, match=says):
        ConvClassifier(**QUICK).fit(X, labels)


INDICES, CLASSES = np.array([0, 0, 0, 1]), np.array(["a", "b"])


@pytest.mark.parametrize(
    ("sample_weight", "class_weight", "expected"),
    [
        (None, None, None),
        ([7, 7, 7, 7], None, None),
        ([1, 2, 3, 4], None, [1, 2, 3, 4]),
        (None, {"b": 3}, [1, 1, 1, 3]),
        (None, {}, None),
        ([1, 2, 3, 4], {"a": 2, "b": 0.5}, [2, 4, 6, 2]),
        # Each class counts 1 in all: 1/3 for each of three, 1 for the fourth.
        (None, "balanced", [1 / 3, 1 / 3, 1 / 3, 1]),
        ([1, 1, 2, 5], "balanced", [1 / 4, 1 / 4, 1 / 2, 1]),
        ([0, 0, 0, 5], "balanced", [0, 0, 0, 1]),
    ],
)
def test_samples_count_by_their_own_weight_and_by_that_of_their_class(
    sample_weight, class_weight, expected
):
    weights = picture_weights(INDICES, CLASSES, sample_weight, class_weight)
    assert (weights is None) == (expected is None)
    if expected is not None:
        assert weights == pytest.approx(expected)


@pytest.mark.parametrize(
    ("sample_weight", "class_weight", "says"),
    [
        ([0, 0, 0, 0], None, "all weights are zero"),
        (None, {"a": 0, "b": 0}, "all weights are zero"),
        ([1, 2, 3], None, "shape"),
        (2, None, "shape"),
        ([1, 2, -3, 4], None, "picture 2 is -3"),
        ([1, 2, 3, np.inf], None, "picture 3 is inf"),
        (["a", "b", "c", "d"], None, "K503"),
        (None, {"c": 1}, "K505: class_weight of 'c', which is no class"),
        (None, {"a": -1}, "K201"),
    ],
)
def test_weights_that_do_not_suit_are_refused(sample_weight, class_weight, says):
    with pytest.raises((DataError, ParameterError), match=says):
        picture_weights(INDICES, CLASSES, sample_weight, class_weight)


@pytest.mark.parametrize(
    ("weights", "places", "left"),
    [
        (None, [0, 1, 2, 3], None),
        ([1, 2, 0, 3], [0, 1, 1, 3, 3, 3], None),
        ([0.5, 0, 1, 1.5], [0, 2, 3], [0.5, 1, 1.5]),
        ([1, 1, 1, 99], [0, 1, 2, 3], [1 / 25.5, 1 / 25.5, 1 / 25.5, 99 / 25.5]),  # too often
    ],
)
def test_whole_weights_are_repetitions_and_others_have_the_mean_1(weights, places, left):
    table = np.arange(8.0).reshape(4, 2)
    given = None if weights is None else np.array(weights, float)
    rows, indices, found = laid_out(table, np.arange(4), given)
    assert sorted(indices.tolist()) == places
    assert (rows == table[indices]).all()
    assert (found is None) == (left is None)
    if left is not None:
        assert dict(zip(indices.tolist(), found.tolist(), strict=True)) == pytest.approx(
            dict(zip(places, left, strict=True))
        )


def test_a_weight_of_2_makes_the_bits_of_the_same_picture_twice():
    weights = np.arange(len(X)) % 3
    weighted = ConvClassifier(epochs=3, random_state=0).fit(X, Y, sample_weight=weights)
    repeated = ConvClassifier(epochs=3, random_state=0).fit(X.repeat(weights, 0), Y.repeat(weights))
    assert (weighted.predict_proba(X) == repeated.predict_proba(X)).all()


def test_a_class_that_counts_more_is_found_more_often():
    blurred, labels = X * 0.05 + np.random.default_rng(1).uniform(size=X.shape), Y

    def found(class_weight):
        layers = {"epochs": 30, "random_state": 0, "network": "digits-mini"}
        classifier = ConvClassifier(class_weight=class_weight, **layers).fit(blurred, labels)
        return classifier.predict_proba(blurred)[:, 1].mean()

    assert found({1: 0.05}) < found(None) < found({1: 20})


def test_the_kind_of_numbers_does_not_change_the_order_of_the_samples():
    table, indices = np.arange(20.0).reshape(10, 2), np.arange(10) % 2
    orders = {
        tuple(laid_out(table.astype(kind), indices, None)[0][:, 0].tolist())
        for kind in (np.uint8, np.int64, np.float32, np.float64)
    }
    assert len(orders) == 1
    negative_zero = laid_out(np.where(table == 0, -0.0, table), indices, None)[0]
    assert tuple(negative_zero[:, 0].tolist()) in orders
