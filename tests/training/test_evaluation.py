"""Evaluations, against counts by hand."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from konv.errors import DataError, ParameterError
from konv.limits import MAX_CONFUSION_CLASSES
from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from konv.training.evaluation import Evaluation, evaluate_outputs
from konv.training.metrics import Accuracy, MeanAbsoluteError, TopKAccuracy

NAMES = ("cat", "dog", "cow", "yak")
# Eight pictures: 3 cats, 2 dogs, 3 cows and no yak.
TRUTH = np.array([0, 0, 0, 1, 1, 2, 2, 2])
TAKEN_FOR = np.array([0, 0, 1, 1, 0, 2, 1, 2])


def outputs_for(classes, width=4):
    """Probability 0.7 for a class, and 0.1 for each of the three others."""
    return np.where(np.arange(width) == np.asarray(classes)[:, None], 0.7, 0.1)


def evaluation():
    return evaluate_outputs(
        outputs_for(TAKEN_FOR),
        TRUTH,
        SparseCategoricalCrossentropy(),
        (Accuracy(), TopKAccuracy(4)),
        NAMES,
    )


def test_counts_and_means_are_those_by_hand():
    result = evaluation()
    assert result.count == 8
    assert result.loss == pytest.approx(-(5 * np.log(0.7) + 3 * np.log(0.1)) / 8, abs=1e-12)
    assert result.metrics == {"accuracy": 5 / 8, "top_4_accuracy": 1}
    expected = [[2, 1, 0, 0], [1, 1, 0, 0], [0, 1, 2, 0], [0, 0, 0, 0]]
    assert result.confusion.tolist() == expected
    assert result.confusion.dtype == np.int64


def test_scores_of_each_class_are_those_by_hand():
    by_hand = [
        ("cat", 2 / 3, 2 / 3, 2 / 3, 3),
        ("dog", 1 / 3, 1 / 2, 2 / 5, 2),
        ("cow", 1, 2 / 3, 4 / 5, 3),
        ("yak", 0, 0, 0, 0),
    ]
    for score, (name, precision, recall, f1, support) in zip(
        evaluation().per_class, by_hand, strict=True
    ):
        assert (score.name, score.support) == (name, support)
        assert (score.precision, score.recall, score.f1) == pytest.approx((precision, recall, f1))


@given(st.integers(2, 12), st.integers(1, 60), st.integers(0, 2**32))
def test_the_matrix_and_the_scores_are_those_of_scikit_learn(classes, count, seed):
    generator = np.random.default_rng(seed)
    truth, taken_for = generator.integers(0, classes, (2, count))
    names = tuple(map(str, range(classes)))
    outputs = outputs_for(taken_for, classes)
    result = evaluate_outputs(outputs, truth, SparseCategoricalCrossentropy(), (), names)
    labels = range(classes)
    np.testing.assert_array_equal(
        result.confusion, confusion_matrix(truth, taken_for, labels=labels)
    )
    expected = precision_recall_fscore_support(truth, taken_for, labels=labels, zero_division=0)
    scores = [(one.precision, one.recall, one.f1, one.support) for one in result.per_class]
    np.testing.assert_allclose(scores, np.transpose(expected), rtol=1e-14, atol=0)


def test_rows_of_targets_give_the_same_as_class_numbers():
    rows = evaluate_outputs(
        outputs_for(TAKEN_FOR), np.eye(4)[TRUTH], CategoricalCrossentropy(), (Accuracy(),), NAMES
    )
    np.testing.assert_array_equal(rows.confusion, evaluation().confusion)
    assert rows.loss == pytest.approx(evaluation().loss)


@pytest.mark.parametrize("logits", [False, True])
def test_a_single_output_tells_no_from_yes(logits):
    outputs = np.array([[0.2], [0.6], [0.5], [0.9], [0.3]])
    if logits:
        outputs = np.log(outputs / (1 - outputs))
    targets = np.array([[0.0], [0.0], [0.0], [1.0], [1.0]])
    loss = BinaryCrossentropy(from_logits=logits)
    result = evaluate_outputs(outputs, targets, loss, (), ("no", "yes"))
    assert result.confusion.tolist() == [[2, 1], [1, 1]]
    assert result.loss == pytest.approx(-np.log([0.8, 0.4, 0.5, 0.9, 0.3]).mean())


def test_without_names_there_are_no_classes():
    result = evaluate_outputs(
        np.array([[1.0], [3.0]]),
        np.array([[0.0], [5.0]]),
        MeanSquaredError(),
        [MeanAbsoluteError()],
    )
    assert (result.confusion, result.per_class, result.class_names) == (None, (), ())
    assert result.to_dict() == {"mean_absolute_error": 1.5, "loss": 2.5, "count": 2}
    assert result.text() == "\n".join(
        [
            "pictures                  2",
            "loss                 2.5000",
            "mean_absolute_error  1.5000",
        ]
    )


def test_several_labels_at_once_make_no_confusion_matrix():
    result = evaluate_outputs(
        np.full((3, 2), 0.5), np.ones((3, 2)), BinaryCrossentropy(), (), ("a", "b")
    )
    assert result.confusion is None


def test_a_matrix_of_too_many_classes_is_left_out():
    classes = MAX_CONFUSION_CLASSES + 1
    outputs = np.full((1, classes), 1 / classes)
    names = [str(index) for index in range(classes)]
    result = evaluate_outputs(outputs, np.array([0]), SparseCategoricalCrossentropy(), (), names)
    assert result.confusion is None
    assert result.count == 1


@pytest.mark.parametrize("names", [("a",), ("a", "b", "c"), ("a", "b", "c", "d", "e")])
def test_another_number_of_names_than_of_classes_is_refused(names):
    with pytest.raises(DataError, match=f"K505: {len(names)} class names, 4 classes"):
        evaluate_outputs(outputs_for(TAKEN_FOR), TRUTH, SparseCategoricalCrossentropy(), (), names)


def test_no_pictures_are_refused():
    with pytest.raises(DataError, match="K501"):
        evaluate_outputs(np.empty((0, 4)), np.empty(0, int), SparseCategoricalCrossentropy())


def test_pictures_and_targets_belong_together():
    with pytest.raises(DataError, match="K503"):
        evaluate_outputs(outputs_for(TAKEN_FOR), TRUTH[:-1], SparseCategoricalCrossentropy())


def test_numbers_are_found_by_name():
    result = evaluation()
    assert (result["accuracy"], result["count"], result["loss"]) == (5 / 8, 8, result.loss)
    with pytest.raises(ParameterError, match=r"K202 in Evaluation.*did you mean") as caught:
        result["acuracy"]
    assert "top_4_accuracy" in caught.value.fix


def test_plain_data_survives_json():
    facts = evaluation().to_dict()
    again = json.loads(json.dumps(facts, allow_nan=False))
    assert again == facts
    assert facts["accuracy"] == 5 / 8
    assert facts["count"] == 8
    assert facts["classes"] == list(NAMES)
    assert facts["per_class"][1] == {
        "class": "dog",
        "precision": pytest.approx(1 / 3),
        "recall": 0.5,
        "f1": pytest.approx(0.4),
        "support": 2,
    }
    assert facts["confusion"][2] == [0, 1, 2, 0]


def test_a_loss_that_is_not_a_number_is_none_in_json():
    result = Evaluation(float("nan"), {"accuracy": float("inf")}, 1)
    assert result.to_dict() == {"accuracy": None, "loss": None, "count": 1}
    json.dumps(result.to_dict(), allow_nan=False)


def test_an_evaluation_does_not_change():
    result = evaluation()
    with pytest.raises(ValueError, match="read-only"):
        result.confusion[0, 0] = 7
    assert str(result) == result.text()
