"""Labels of any kind, read into one normal form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.errors import DataError
from konv.training.label_arrays import is_class_labels, read_labels

NAN = float("nan")


class Series:
    """Like pandas's: an array is made of it by ``__array__``."""

    def __init__(self, values, dtype=object):
        self.values = np.array(values, dtype=dtype)

    def __array__(self, dtype=None, copy=None):
        return self.values

    def __len__(self):
        return len(self.values)


READ = [
    ([3, 0, 1], [3, 0, 1], "i"),
    ((3, 0, 1), [3, 0, 1], "i"),
    (np.array([3, 0, 255], np.uint8), [3, 0, 255], "i"),
    (np.array([-7, 2**40]), [-7, 2**40], "i"),
    (np.array([2**63 - 1], np.uint64), [2**63 - 1], "i"),
    ([np.int8(3), 4], [3, 4], "i"),
    ([1.0, 3.0], [1, 3], "i"),
    ([1, 3.0], [1, 3], "i"),
    (np.array([2.0, -5.0], np.float32), [2, -5], "i"),
    (Series([1.0, 2.0], np.float64), [1, 2], "i"),
    (Series([1, 2]), [1, 2], "i"),
    ([True, False], [True, False], "b"),
    ([np.True_, False], [True, False], "b"),
    (np.array([True, False]), [True, False], "b"),
    (["b", "a"], ["b", "a"], "U"),
    (["고양이", "개", "고양이"], ["고양이", "개", "고양이"], "U"),
    ([np.str_("b"), "a"], ["b", "a"], "U"),
    (np.array(["b", "a"]), ["b", "a"], "U"),
    (np.array(["b", "a"], object), ["b", "a"], "U"),
    (Series(["b", "a"]), ["b", "a"], "U"),
    (["", " "], ["", " "], "U"),
    (["1", "2"], ["1", "2"], "U"),
    (["0.5", "1.5"], ["0.5", "1.5"], "U"),
    ([[3], [1]], [3, 1], "i"),
    (np.array([["b"], ["a"]]), ["b", "a"], "U"),
    ([], [], "i"),
]


@pytest.mark.parametrize(("given", "values", "kind"), READ, ids=lambda value: str(value)[:30])
def test_labels_of_any_kind_are_read(given, values, kind):
    read = read_labels(given)
    assert read.values.tolist() == values
    assert [type(value) for value in read.values.tolist()] == [type(value) for value in values]
    assert read.values.dtype.kind == kind
    assert read.columns is None
    assert is_class_labels(given)


@pytest.mark.parametrize("dtype", [int, np.uint8, bool, np.float32, object])
def test_one_hot_rows_are_read_as_the_places_of_their_ones(dtype):
    rows = np.array([[0, 0, 1], [1, 0, 0], [0, 0, 1]], dtype)
    read = read_labels(rows)
    assert read.values.tolist() == [2, 0, 2]
    assert (read.values.dtype, read.columns) == (np.int64, 3)
    assert is_class_labels(rows)
    assert is_class_labels(rows.tolist())


WRONG = [
    ([0.5, 1.0], "label 0 is 0.5", "mean_squared_error"),
    ([1.0, NAN], "label 1 is nan", "leave pictures without a label out"),
    ([1.0, float("inf")], "label 1 is inf", "leave pictures"),
    (["a", None], "label 1 is None", "leave pictures"),
    ([None, "a"], "label 0 is None", "leave pictures"),
    (["a", NAN], "label 1 is nan", "leave pictures"),
    ([1, None], "label 1 is None", "leave pictures"),
    ([1, "a"], "several kinds", "one kind"),
    ([True, 1], "several kinds", "one kind"),
    (["a", True], "several kinds", "one kind"),
    (np.array([1, "a"], object), "several kinds", "one kind"),
    ([b"a", b"b"], "label 0 is b'a'", "a text or a whole number"),
    ([[1, 2], [3]], "label 0 is [1, 2]", "a text or a whole number"),
    ([{1}], "label 0 is {1}", "a text or a whole number"),
    (np.array([b"a"]), "labels of type", "astype(str)"),
    (np.array([1j]), "labels of type", "astype(str)"),
    (np.array(["2024-01-01"], "datetime64[D]"), "labels of type", "astype(str)"),
    (np.zeros((2, 3, 4)), "shape (2, 3, 4)", "(N,)"),
    (7, "shape ()", "(N,)"),
    ("cat", "shape ()", "(N,)"),
    (None, "shape ()", "(N,)"),
    ([2**70], "too large a number", "astype(str)"),
    (np.array([2**63], np.uint64), "too large a number", "astype(str)"),
    ([1e300], "too large a number", "astype(str)"),
    ([[0.5, 0.5], [1, 0]], "row 0 is not one-hot", "categorical_crossentropy"),
    ([[0, 1], [1, 1]], "row 1 is not one-hot", "binary_crossentropy"),
    ([[0, 0], [1, 0]], "row 0 is not one-hot", "binary_crossentropy"),
    ([[0, 2], [1, 0]], "row 0 is not one-hot", "categorical_crossentropy"),
    ([[1, -1, 1], [1, 0, 0]], "row 0 is not one-hot", "categorical_crossentropy"),
    ([[0, NAN], [1, 0]], "row 0 is not one-hot", "categorical_crossentropy"),
    ([["0", "1"], ["1", "0"]], "row 0 is not one-hot", "categorical_crossentropy"),
    (np.array([["0", "1"], ["1", "0"]]), "row 0 is not one-hot", "categorical_crossentropy"),
    ([["a", "b"], ["c", "d"]], "row 0 is not one-hot", "categorical_crossentropy"),
]


@pytest.mark.parametrize(("given", "what", "fix"), WRONG, ids=lambda value: str(value)[:30])
def test_what_is_not_labels_is_refused_with_the_first_place(given, what, fix):
    with pytest.raises(DataError, match="K505") as caught:
        read_labels(given)
    assert what in caught.value.what
    assert fix in caught.value.fix


def test_labels_of_several_kinds_are_shown_side_by_side():
    with pytest.raises(DataError) as caught:
        read_labels(["a", "b", 3, "c"])
    assert caught.value.details == (("label 0", "'a'"), ("label 2", "3"))


def test_rows_that_are_not_one_hot_are_counted():
    with pytest.raises(DataError) as caught:
        read_labels([[1, 0], [0.25, 0.75], [1, 1]])
    assert dict(caught.value.details) == {"row": "[0.25 0.75]", "count": "2 of 3"}


@pytest.mark.parametrize("huge", [["x" * 10**6, None], ["a", b"y" * 10**6]])
def test_a_message_stays_short_whatever_the_labels(huge):
    with pytest.raises(DataError) as caught:
        read_labels(huge)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "numbers",
    [
        [0.5, 1.0],
        np.array([3.25], np.float32),
        [[0.5, 0.5], [1, 0]],
        [[1, 1], [0, 1]],
        [[0.1], [0.2]],
        [[3.5, 2, 1]],
        np.zeros((2, 3, 4)),
        np.array([0.5, 1], object),
        [NAN, 0.5],
    ],
    ids=str,
)
def test_numbers_to_come_near_to_are_not_class_labels(numbers):
    assert not is_class_labels(numbers)


@pytest.mark.parametrize(
    "attempt", [["a", None], [1, "a"], [1.0, NAN], [[1, 2], [3]], 7, "cat", None, [["a", "b"]]]
)
def test_failed_attempts_at_labels_are_meant_as_such(attempt):
    assert is_class_labels(attempt)
    with pytest.raises(DataError, match="K505"):
        read_labels(attempt)


@given(
    st.one_of(
        st.lists(st.integers(-(2**63) + 1, 2**63 - 1)),
        st.lists(st.booleans()),
        st.lists(st.text(st.characters(exclude_characters="\0"), max_size=5)),
    )
)
def test_lists_and_arrays_and_objects_are_read_alike(labels):
    expected = read_labels(labels)
    assert expected.values.tolist() == labels
    if labels:
        for form in (np.array(labels), np.array(labels, dtype=object), Series(labels)):
            np.testing.assert_array_equal(read_labels(form).values, expected.values)
