"""Classes learned from labels, and the way there and back."""

import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.errors import DataError
from konv.training.labels import Labels


@pytest.mark.parametrize(
    ("y", "outputs", "classes", "indices"),
    [
        ([3, 0, 1], 5, (0, 1, 2, 3, 4), [3, 0, 1]),
        ([0, 0], 10, tuple(range(10)), [0, 0]),
        ([1.0, 2.0], 3, (0, 1, 2), [1, 2]),
        ([1, 2, 3, 1], 3, (1, 2, 3), [0, 1, 2, 0]),
        ([-1, 1], 2, (-1, 1), [0, 1]),
        ([100, 7, 2**40], 3, (7, 100, 2**40), [1, 0, 2]),
        (["dog", "cat", "dog"], 2, ("cat", "dog"), [1, 0, 1]),
        (["민들레", "데이지", "장미"], 3, ("데이지", "민들레", "장미"), [1, 0, 2]),
        (["10", "9"], 2, ("10", "9"), [0, 1]),
        ([True, False], 2, (False, True), [1, 0]),
        ([True, True], 2, (False, True), [1, 1]),
        ([[0, 0, 1], [1, 0, 0]], 3, (0, 1, 2), [2, 0]),
        ([0, 1, 1], 1, (0, 1), [0, 1, 1]),
        ([1, 1], 1, (0, 1), [1, 1]),
        ([1, 2], 1, (1, 2), [0, 1]),
        (["yes", "no"], 1, ("no", "yes"), [1, 0]),
        ([False, False], 1, (False, True), [0, 0]),
        ([[1, 0], [0, 1]], 1, (0, 1), [0, 1]),
    ],
    ids=str,
)
def test_classes_are_learned_and_labels_become_indices(y, outputs, classes, indices):
    labels = Labels.learn(y, outputs)
    assert labels.classes == classes
    assert [type(label) for label in labels.classes] == [type(label) for label in classes]
    encoded = labels.encode(y)
    assert encoded.dtype == np.int64
    assert encoded.tolist() == indices


@pytest.mark.parametrize(
    ("y", "outputs", "what", "fix"),
    [
        (range(12), 10, "12 classes, 10 outputs", "Dense(12"),
        (list("abc"), 2, "3 classes, 2 outputs", "Dense(3"),
        (
            list("abc"),
            1,
            "3 classes, and one output tells 2 apart",
            'Dense(3, activation="softmax")',
        ),
        ([0, 1, 2], 1, "3 classes, and one output tells 2 apart", "Dense(3"),
        (["a", "b"], 10, "2 classes, 10 outputs", "Dense(2"),
        (["a", "b"], 10, "2 classes, 10 outputs", "pictures of every class"),
        (["a", "a"], 2, "there is only one class", "at least two classes"),
        ([5], 1, "there is only one class", "at least two classes"),
        ([True, False], 3, "2 classes, 3 outputs", "Dense(2"),
        (np.eye(3), 4, "one-hot rows of 3 numbers, 4 classes", "one column for each class"),
        (np.eye(3), 1, "one-hot rows of 3 numbers, 2 classes", "one column for each class"),
        ([], 3, "no labels", "one label for each picture"),
        (np.zeros((0, 3)), 3, "no labels", "one label for each picture"),
        ([0.5, 1], 2, "label 0 is 0.5", "mean_squared_error"),
    ],
    ids=str,
)
def test_labels_that_do_not_suit_the_outputs_are_refused(y, outputs, what, fix):
    y = list(y) if isinstance(y, range) else y
    with pytest.raises(DataError, match="K505") as caught:
        Labels.learn(y, outputs)
    assert what in caught.value.what
    assert fix in caught.value.fix


def test_an_error_lists_some_classes_and_counts_all():
    with pytest.raises(DataError) as caught:
        Labels.learn(list(range(100)), 10)
    assert dict(caught.value.details) == {"classes": "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … 100 in all"}


@pytest.mark.parametrize(
    ("classes", "y", "what"),
    [
        ((0, 1, 2), [0, 3, 9], "label 3 of picture 1 is not one of the classes"),
        ((0, 1, 2), [-1], "label -1 of picture 0"),
        ((1, 5), [5, 2], "label 2 of picture 1"),
        (("cat", "dog"), ["dog", "cow"], "label 'cow' of picture 1"),
        (("cat", "dog"), ["zebra"], "label 'zebra' of picture 0"),
        (("cat", "dog"), [0, 1], "label 0 of picture 0"),
        ((0, 1), ["0"], "label '0' of picture 0"),
        ((False, True), [2], "label 2 of picture 0"),
    ],
    ids=str,
)
def test_a_label_that_was_not_learned_is_named_with_the_classes(classes, y, what):
    with pytest.raises(DataError, match="K505") as caught:
        Labels(classes).encode(y)
    assert what in caught.value.what
    assert caught.value.details == (("classes", ", ".join(map(str, classes))),)


def test_one_hot_rows_of_another_width_are_refused():
    assert Labels(("cat", "dog", "cow")).encode(np.eye(3)).tolist() == [0, 1, 2]
    with pytest.raises(DataError, match="one-hot rows of 4 numbers, 3 classes"):
        Labels(("cat", "dog", "cow")).encode(np.eye(4))


def test_classes_keep_the_order_in_which_they_are_given():
    labels = Labels(("img10", "img9", "a"))
    assert labels.encode(["a", "img9", "img10"]).tolist() == [2, 1, 0]
    assert labels.decode([0, 2]).tolist() == ["img10", "a"]


def test_zero_and_one_are_false_and_true():
    assert Labels((False, True)).encode([1, 0]).tolist() == [1, 0]
    assert Labels((0, 1)).encode([True, False]).tolist() == [1, 0]


def test_no_labels_are_no_indices():
    assert Labels(("cat", "dog")).encode([]).shape == (0,)
    assert Labels(("cat", "dog")).decode([]).shape == (0,)


@pytest.mark.parametrize(
    ("classes", "kind"), [((0, 1), "i"), (("a", "bc"), "U"), ((False, True), "b")]
)
def test_decoding_gives_labels_of_the_kind_that_was_learned(classes, kind):
    decoded = Labels(classes).decode(np.array([[1, 0], [0, 0]]))
    assert decoded.dtype.kind == kind
    assert decoded.tolist() == [[classes[1], classes[0]], [classes[0], classes[0]]]


@pytest.mark.parametrize("bad", [[2], [-1], [0.0], ["a"], [True], None, [[0, 5]]], ids=str)
def test_only_indices_are_decoded(bad):
    with pytest.raises(DataError, match="K505") as caught:
        Labels((0, 1)).decode(bad)
    assert "from 0 to 1" in caught.value.fix


@pytest.mark.parametrize(
    "classes", [(), ("a", "a"), (1, 1.0), (1, "a"), (None,), (0.5, 1), (True, 1), ("a", b"b")]
)
def test_classes_are_of_one_kind_and_each_once(classes):
    with pytest.raises(DataError, match="K505"):
        Labels(classes)


def test_plain_data_gives_the_same_classes_again():
    for classes in ((0, 1, 2), ("데이지", "rose"), (False, True)):
        labels = Labels(classes)
        again = Labels(tuple(json.loads(json.dumps(labels.classes))))
        assert again == labels
        assert [type(label) for label in again.classes] == [type(label) for label in classes]


def test_names_are_texts_and_nothing_changes():
    labels = Labels((False, True))
    assert labels.names == ("False", "True")
    assert Labels((3, 7)).names == ("3", "7")
    with pytest.raises(FrozenInstanceError):
        labels.classes = (1, 2)


KINDS = st.sampled_from(
    [st.integers(-50, 50), st.integers(0, 9), st.text(max_size=3), st.booleans()]
)


@given(KINDS.flatmap(lambda kind: st.lists(kind, min_size=1, max_size=30)))
def test_there_and_back_is_where_it_began(y):
    y = [label.replace("\0", "") if isinstance(label, str) else label for label in y]
    distinct = sorted(set(y))
    if isinstance(y[0], bool):
        distinct = [False, True]
    if len(distinct) < 2:
        return
    labels = Labels.learn(y, len(distinct))
    assert labels.decode(labels.encode(y)).tolist() == y
    assert labels.classes == tuple(distinct)
