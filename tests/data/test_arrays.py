from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from konv.data.arrays import labels_from, pictures_from
from konv.errors import DataError


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((5, 4, 6), (5, 4, 6, 1)),
        ((5, 4, 6, 1), (5, 4, 6, 1)),
        ((5, 4, 6, 3), (5, 4, 6, 3)),
        ((5, 4, 6, 4), (5, 4, 6, 3)),
        ((5, 3, 4, 6), (5, 4, 6, 3)),
        ((5, 1, 4, 6), (5, 4, 6, 1)),
        ((5, 3, 4, 3), (5, 3, 4, 3)),  # both could be: channels last
    ],
)
def test_shapes(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert pictures_from(np.zeros(shape, np.uint8), "here").shape == expected


def test_channels_first_are_moved_and_not_merely_renamed() -> None:
    planes = np.stack([np.full((2, 2), level, np.uint8) for level in (10, 20, 30)])[np.newaxis]
    assert pictures_from(planes, "here")[0, 1, 1].tolist() == [10, 20, 30]


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([0, 7, 255], "u1", [0, 7, 255]),
        ([0, 1, 1], "?", [0, 255, 255]),
        ([0, 7, 255], "i8", [0, 7, 255]),
        ([0, 7, 255], ">u2", [0, 7, 255]),
        ([0, 128, 129, 65535], "u2", [0, 0, 1, 255]),
        ([0.0, 0.5, 1.0], "f4", [0, 128, 255]),  # 127.5 is rounded up
        ([0.0, 0.001, 0.002], "f8", [0, 0, 1]),  # 0.255 and 0.51
        ([0.0, 1.4, 254.6], "f8", [0, 1, 255]),
        ([0.0, 0.25], "f2", [0, 64]),  # 63.75
    ],
)
def test_values(values: list[Any], dtype: str, expected: list[int]) -> None:
    array = np.array(values, dtype=dtype).reshape(1, 1, -1)
    result = pictures_from(array, "here")
    assert result.dtype == np.uint8
    assert result.reshape(-1).tolist() == expected


def test_more_pictures_than_are_converted_at_once_keep_their_order() -> None:
    values = np.linspace(0, 1, 1000, dtype=np.float32).reshape(-1, 1, 1)
    expected = np.floor(values.astype(np.float64) * 255 + 0.5)
    assert np.array_equal(pictures_from(values, "here")[..., 0], expected)


def test_alpha_is_laid_on_white_as_in_files() -> None:
    pixels = np.uint8([[[[100, 0, 255, 51], [1, 2, 3, 255], [1, 2, 3, 0]]]])
    assert pictures_from(pixels, "here").tolist() == [
        [[[224, 204, 255], [1, 2, 3], [255, 255, 255]]]
    ]


@pytest.mark.parametrize(
    ("array", "what"),
    [
        (np.zeros((4, 784)), "reshape\\(-1, 28, 28\\)"),
        (np.zeros((4, 783)), "pictures of the shape \\(4, 783\\)"),
        (np.zeros(4), "shape"),
        (np.zeros((2, 5, 5, 5)), "shape"),
        (np.zeros((1, 20_000, 1), np.uint8), "shape"),
        (np.full((1, 1, 1), -1), "from -1 to -1"),
        (np.full((1, 1, 1), 256), "from 256 to 256"),
        (np.full((1, 1, 1), -0.1), "from -0.1"),
        (np.full((1, 1, 1), np.nan), "nan"),
        (np.full((1, 1, 1), np.inf), "inf"),
        (np.full((1, 1, 1), "a"), "<U1"),
    ],
)
def test_what_is_no_picture_is_refused(array: np.ndarray, what: str) -> None:
    with pytest.raises(DataError, match=what) as caught:
        pictures_from(array, "here")
    assert caught.value.code == "K507"
    assert caught.value.where == "here"


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([3, 1], "u1"), [3, 1]),
        (np.array([[3], [1]], "i4"), [3, 1]),
        (np.array([3.0, -1.0]), [3, -1]),
        (np.array([True, False]), [1, 0]),
        (np.array(["장미", "튤립"]), ["장미", "튤립"]),
        (np.array([["a"], ["b"]]), ["a", "b"]),
        (np.array([b"a", "é".encode()]), ["a", "é"]),
        (np.eye(3)[[2, 0]], [2, 0]),
        (np.eye(3, dtype=bool)[[1, 0]], [1, 0]),
    ],
)
def test_labels_of_every_kind(array: np.ndarray, expected: list[Any]) -> None:
    assert labels_from(array, "here").tolist() == expected


@pytest.mark.parametrize(
    "array",
    [
        np.array([0.5]),
        np.array([np.nan]),
        np.array([np.inf]),
        np.array([1e300]),
        np.array([2**64 - 1], "u8"),
        np.array([[1, 1], [0, 1]]),
        np.array([[0, 0], [0, 1]]),
        np.array([["a", "b"]]),
        np.zeros((2, 2, 2)),
    ],
)
def test_what_is_no_label_is_refused(array: np.ndarray) -> None:
    with pytest.raises(DataError, match="K507 in here: labels of type"):
        labels_from(array, "here")
