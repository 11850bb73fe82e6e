"""Metrics, against counts by hand and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, mean_absolute_error, top_k_accuracy_score

from konv.errors import DataError, ParameterError
from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from konv.training.metrics import (
    Accuracy,
    MeanAbsoluteError,
    Metric,
    TopKAccuracy,
    class_indices,
    get_metrics,
)

OUTPUTS = np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3], [0.2, 0.3, 0.5]], np.float32)


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (np.array([1, 0, 2]), [1, 1, 1]),
        (np.array([1, 2, 0]), [1, 0, 0]),
        (np.array([[0, 1, 0], [0, 0, 1], [0, 0, 1]], np.float32), [1, 0, 1]),
        (np.array([[0.3, 0.4, 0.3], [0.4, 0.3, 0.3], [0.5, 0.5, 0]]), [1, 1, 0]),
    ],
    ids=str,
)
def test_the_largest_output_is_right_or_not(targets, expected):
    values = Accuracy().values(OUTPUTS, targets)
    assert values.dtype == np.float64
    assert values.tolist() == expected


def test_of_equal_outputs_the_first_counts():
    outputs = np.array([[0.5, 0.5], [0.5, 0.5]])
    assert Accuracy().values(outputs, np.array([0, 1])).tolist() == [1, 0]
    assert TopKAccuracy(1).values(outputs, np.array([0, 1])).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("threshold", "expected"), [(0.5, [1, 1, 1, 0, 0]), (0.0, [0, 1, 0, 1, 0])]
)
def test_a_single_output_is_a_yes_above_the_threshold(threshold, expected):
    outputs = np.array([[0.4], [0.6], [0.5], [0.2], [-0.1]])
    targets = np.array([[0.0], [1.0], [0.0], [1.0], [1.0]])
    values = Accuracy(threshold=threshold).values(outputs, targets)
    assert values.tolist() == expected


def test_several_labels_at_once_are_right_in_part():
    outputs = np.array([[0.9, 0.2, 0.6, 0.4], [0.1, 0.1, 0.1, 0.1]])
    targets = np.array([[1, 0, 0, 1], [0, 0, 0, 0]], np.float32)
    assert Accuracy(each_output=True).values(outputs, targets).tolist() == [0.5, 1]


def test_maps_of_outputs_are_right_in_part():
    outputs = np.array([[[[0.9, 0.1], [0.2, 0.8]]]])
    assert Accuracy().values(outputs, np.array([[[0, 0]]])).tolist() == [0.5]


@pytest.mark.parametrize(
    ("k", "expected"), [(1, [0, 0, 1]), (2, [1, 0, 1]), (3, [1, 1, 1]), (9, [1, 1, 1])]
)
def test_the_class_is_among_the_largest(k, expected):
    values = TopKAccuracy(k).values(OUTPUTS, np.array([2, 1, 2]))
    assert values.dtype == np.float64
    assert values.tolist() == expected


def test_a_class_at_a_tie_is_among_the_largest_only_if_it_comes_first():
    outputs = np.array([[0.4, 0.2, 0.2, 0.2]] * 4)
    assert TopKAccuracy(2).values(outputs, np.arange(4)).tolist() == [1, 1, 0, 0]


def test_an_output_that_is_not_a_number_is_never_right():
    outputs = np.array([[np.nan, 1.0], [np.nan, np.nan], [np.nan, 1.0]])
    assert TopKAccuracy(1).values(outputs, np.array([0, 1, 1])).tolist() == [0, 0, 1]
    assert Accuracy().values(np.array([[np.nan]]), np.array([[1.0]])).tolist() == [0]


def test_a_single_output_has_no_best_classes():
    with pytest.raises(ParameterError, match="K205 in top_5_accuracy"):
        TopKAccuracy().values(np.array([[0.5]]), np.array([[1.0]]))


def test_absolute_errors_are_means_over_a_picture():
    values = MeanAbsoluteError().values(np.float32([[1, 2], [0, 0]]), np.float32([[0, 5], [0, 1]]))
    assert values.dtype == np.float64
    assert values.tolist() == [2, 0.5]


@given(st.integers(2, 6), st.integers(1, 60), st.integers(0, 2**32), st.data())
def test_metrics_agree_with_scikit_learn(classes, count, seed, data):
    random = np.random.default_rng(seed)
    # Distinct outputs: scikit-learn breaks ties in another way.
    outputs = random.permuted(np.tile(np.arange(classes, dtype=float), (count, 1)), axis=1)
    targets = random.integers(0, classes, count)
    k = data.draw(st.integers(1, classes))
    assert Accuracy().values(outputs, targets).mean() == accuracy_score(targets, outputs.argmax(1))
    top = TopKAccuracy(k).values(outputs, targets)
    if k < classes and classes > 2:
        expected = top_k_accuracy_score(targets, outputs, k=k, labels=range(classes))
        assert top.mean() == pytest.approx(expected, abs=1e-12)
    one_hot = np.eye(classes)[targets]
    np.testing.assert_array_equal(TopKAccuracy(k).values(outputs, one_hot), top)
    np.testing.assert_array_equal(
        TopKAccuracy(1).values(outputs, targets), Accuracy().values(outputs, targets)
    )
    assert MeanAbsoluteError().values(outputs, one_hot).mean() == pytest.approx(
        mean_absolute_error(one_hot, outputs)
    )


@pytest.mark.parametrize("metric", [Accuracy(), TopKAccuracy(2), MeanAbsoluteError()], ids=repr)
def test_the_mean_is_the_same_batch_by_batch(metric):
    random = np.random.default_rng(0)
    outputs = random.normal(size=(64, 4)).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)[random.integers(0, 4, 64)]
    whole = metric.values(outputs, targets)
    parts = [metric.values(outputs[i : i + 10], targets[i : i + 10]) for i in range(0, 64, 10)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("metric", [Accuracy(), TopKAccuracy(2), MeanAbsoluteError()], ids=repr)
@pytest.mark.parametrize(
    "targets", [np.zeros(2, np.int64), np.zeros((3, 2)), np.zeros((3, 1)), np.zeros((3, 3, 1))]
)
def test_targets_of_other_pictures_are_refused(metric, targets):
    with pytest.raises(DataError, match="K503"):
        metric.values(OUTPUTS, targets)


def test_class_numbers_come_from_numbers_or_rows():
    assert class_indices(OUTPUTS, np.array([2, 1, 0], np.uint8)).tolist() == [2, 1, 0]
    assert class_indices(OUTPUTS, np.eye(3)[[2, 1, 0]]).tolist() == [2, 1, 0]


class Confidence:
    """A metric of one's own."""

    name = "confidence"

    def values(self, outputs, targets):
        return outputs.max(axis=1).astype(np.float64)


@pytest.mark.parametrize(
    ("metrics", "loss", "expected"),
    [
        (None, None, ()),
        ([], None, ()),
        ("accuracy", None, (Accuracy(),)),
        (["acc"], None, (Accuracy(),)),
        (["accuracy", "top_3_accuracy"], None, (Accuracy(), TopKAccuracy(3))),
        ("top_10_accuracy", None, (TopKAccuracy(10),)),
        (("mae", Accuracy()), None, (MeanAbsoluteError(), Accuracy())),
        (TopKAccuracy(2), None, (TopKAccuracy(2),)),
        ("accuracy", SparseCategoricalCrossentropy(), (Accuracy(),)),
        ("accuracy", CategoricalCrossentropy(from_logits=True), (Accuracy(),)),
        ("accuracy", BinaryCrossentropy(), (Accuracy(each_output=True),)),
        (
            "accuracy",
            BinaryCrossentropy(from_logits=True),
            (Accuracy(each_output=True, threshold=0),),
        ),
        ("auto", None, (Accuracy(),)),
        ("auto", SparseCategoricalCrossentropy(), (Accuracy(),)),
        ("auto", BinaryCrossentropy(), (Accuracy(each_output=True),)),
        ("auto", MeanSquaredError(), (MeanAbsoluteError(),)),
    ],
    ids=str,
)
def test_metrics_are_found_by_name(metrics, loss, expected):
    assert get_metrics(metrics, loss=loss) == expected


def test_a_metric_is_found_again_by_its_name():
    for metric in (Accuracy(), TopKAccuracy(7), MeanAbsoluteError()):
        assert get_metrics(metric.name) == (metric,)
        assert isinstance(metric, Metric)


def test_a_metric_of_ones_own_is_used():
    own = Confidence()
    assert get_metrics([own, "accuracy"]) == (own, Accuracy())


class Renamed(Confidence):
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"Renamed({self.name!r})"


@pytest.mark.parametrize(
    ("metrics", "pieces"),
    [
        ("acuracy", ['did you mean "accuracy"']),
        (["top_0_accuracy"], ["no metric top_0_accuracy", "top_5_accuracy"]),
        (["f1"], ["no metric f1", '"accuracy"']),
        ([7], ["int is not a metric"]),
        ([Confidence], ["type is not a metric"]),
        ([Renamed(None)], ["Renamed is not a metric"]),
        (["accuracy", "acc"], ["the name accuracy is taken"]),
        ([Renamed("loss")], ["the name loss is taken"]),
        ([Renamed("pictures")], ["the name pictures is taken"]),
        ([Renamed("val_f1")], ["the name val_f1 is taken"]),
        ({"accuracy": 1}, ["dict is not a metric"]),
    ],
    ids=str,
)
def test_what_is_no_metric_is_refused_with_what_is(metrics, pieces):
    with pytest.raises(ParameterError, match="K201 in metrics") as caught:
        get_metrics(metrics)
    for piece in pieces:
        assert piece in str(caught.value)


@pytest.mark.parametrize("kind", [Accuracy, TopKAccuracy, MeanAbsoluteError])
def test_every_field_refuses_what_it_cannot_hold(kind):
    for name, constraint in kind.constraints().items():
        for bad in constraint.bad_values():
            with pytest.raises(ParameterError, match="K201"):
                kind(**{name: bad})
