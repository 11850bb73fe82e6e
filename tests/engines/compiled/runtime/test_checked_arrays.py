"""Whatever a caller brings is made ready for machine code, or refused."""

import numpy as np
import pytest

from konv.engines.changes import Changes
from konv.engines.compiled.runtime.checked_arrays import (
    is_read_as_it_is,
    pixels_kind,
    ready_changes,
    ready_images,
    ready_shares,
    ready_targets,
    ready_weights,
    weight_arguments,
)
from konv.errors import EngineError
from konv.layers import Dense, Input
from konv.network.graph import sequential

NETWORK = sequential([Input((2, 3, 1)), Dense(2)])
NUMBERS = np.arange(12).reshape(2, 2, 3, 1)


def misaligned(array):
    """The same numbers one byte away from where a processor wants them."""
    memory = np.zeros(array.nbytes + 1, np.uint8)
    copy = memory[1:].view(array.dtype).reshape(array.shape)
    copy[...] = array
    assert not copy.flags.aligned
    return copy


def read_only(array):
    array.flags.writeable = False
    return array


LYING = {
    "float64": NUMBERS.astype(np.float64),
    "float16": NUMBERS.astype(np.float16),
    "int8": NUMBERS.astype(np.int8),
    "int64": NUMBERS,
    "big endian": NUMBERS.astype(">f4"),
    "in columns": np.asfortranarray(NUMBERS.astype(np.float32)),
    "every second": np.repeat(NUMBERS.astype(np.float32), 2, axis=2)[:, :, ::2],
    "backwards": np.ascontiguousarray(NUMBERS[::-1].astype(np.float32))[::-1],
    "misaligned": misaligned(NUMBERS.astype(np.float32)),
    "read only": read_only(NUMBERS.astype(np.float32)),
    "uint8": NUMBERS.astype(np.uint8),
    "uint8 in columns": np.asfortranarray(NUMBERS.astype(np.uint8)),
    "a list": NUMBERS.tolist(),
}


@pytest.mark.parametrize("name", LYING)
def test_pictures_of_any_type_and_layout_are_read_as_the_numbers_they_are(name):
    ready = ready_images(LYING[name], NETWORK)
    assert ready.dtype == (np.uint8 if "uint8" in name else np.float32)
    assert pixels_kind(LYING[name]) == ready.dtype.name
    assert ready.flags.c_contiguous
    assert ready.flags.aligned
    assert ready.dtype.isnative
    np.testing.assert_array_equal(ready, NUMBERS)


def test_what_is_ready_is_not_copied():
    images, weight = NUMBERS.astype(np.float32), np.ones((1, 2), np.float32)
    assert ready_images(images, NETWORK) is images
    weights = {"dense_1/kernel": weight, "dense_1/bias": np.zeros(2, np.float32)}
    assert ready_weights(NETWORK, weights)["dense_1/kernel"] is weight


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 3, 2, 1)),
        np.zeros((2, 2, 3)),
        np.zeros((2, 3, 1)),
        np.zeros((0, 5)),
        np.float32(1),
        np.zeros((2, 2, 3, 1), complex),
        np.full((2, 2, 3, 1), "1"),
        np.full((2, 2, 3, 1), None),
        np.zeros((2, 2, 3, 1), "M8[s]"),
        [],
    ],
    ids=lambda images: f"{np.shape(images)} {np.asarray(images).dtype}",
)
def test_other_pictures_are_refused(images):
    with pytest.raises(EngineError, match=r"K705: images (has|holds)"):
        ready_images(images, NETWORK)


@pytest.mark.parametrize("kind", [np.float64, np.int64, ">f4", np.float16])
def test_weights_of_any_type_are_read_as_the_numbers_they_are(kind):
    kernel = np.asfortranarray(np.arange(2).reshape(1, 2).astype(kind))
    ready = ready_weights(NETWORK, {"dense_1/kernel": kernel, "dense_1/bias": [3, 4]})
    assert {weight.dtype for weight in ready.values()} == {np.dtype(np.float32)}
    assert ready["dense_1/kernel"].tolist() == [[0, 1]]
    assert ready["dense_1/bias"].tolist() == [3, 4]
    assert list(weight_arguments(ready)) == ["weight dense_1/kernel", "weight dense_1/bias"]


@pytest.mark.parametrize(
    "kernel", [None, np.zeros((2, 1)), np.zeros(2), np.zeros((1, 2), complex), 1.0]
)
def test_a_missing_weight_or_another_shape_is_refused(kernel):
    weights = {"dense_1/bias": np.zeros(2)} | ({} if kernel is None else {"dense_1/kernel": kernel})
    with pytest.raises(EngineError, match="K705: dense_1/kernel"):
        ready_weights(NETWORK, weights)


def test_numbers_too_large_for_float32_become_infinite_without_a_warning():
    images = np.full((1, 2, 3, 1), -1e300)
    assert set(ready_images(images, NETWORK).ravel()) == {-np.inf}
    assert ready_shares([1e300], 1).tolist() == [np.inf]


@pytest.mark.parametrize("kind", [np.int8, np.uint64, ">i4", np.int64])
def test_class_numbers_become_int64(kind):
    ready = ready_targets(np.array([0, 2, 1], kind), (3,), "int64", 3)
    assert ready.dtype == np.int64
    assert ready.tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    "targets",
    [[0, 3], [-1, 0], [2**63 - 1, 0], np.array([2**64 - 1, 0], np.uint64), [0.0, 1.0]],
    ids=str,
)
def test_numbers_of_no_class_are_refused(targets):
    with pytest.raises(EngineError, match="K705"):
        ready_targets(targets, (2,), "int64", 3)


@pytest.mark.parametrize("kind", [np.int64, bool, np.float64])
def test_rows_may_hold_any_numbers(kind):
    rows = np.array([[1, 0], [0, 1]], kind)
    ready = ready_targets(rows * 7, (2, 2), "float32", 2)
    assert ready.dtype == np.float32
    np.testing.assert_array_equal(ready, rows * 7)


def test_targets_of_other_pictures_are_refused():
    with pytest.raises(EngineError, match=r"K705: targets has the shape \(2, 2\), not \(3, 2\)"):
        ready_targets(np.zeros((2, 2)), (3, 2), "float32", 2)


@pytest.mark.parametrize(
    ("sample_weight", "shares"),
    [
        (None, [0.25] * 4),
        ([1, 2, 0, 4], [0.25, 0.5, 0, 1]),
        (np.arange(4.0)[::-1], [0.75, 0.5, 0.25, 0]),
    ],
)
def test_a_share_is_the_weight_of_a_picture_divided_by_their_number(sample_weight, shares):
    ready = ready_shares(sample_weight, 4)
    assert ready.dtype == np.float32
    assert ready.tolist() == shares


@pytest.mark.parametrize("sample_weight", [[1, 2], [[1, 2, 3, 4]], 1.0])
def test_weights_of_other_pictures_are_refused(sample_weight):
    with pytest.raises(EngineError, match="K705: sample_weight"):
        ready_shares(sample_weight, 4)


def test_a_step_needs_pictures():
    with pytest.raises(EngineError, match="K705"):
        ready_shares(None, 0)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("uint8", True), ("float32", True), ("float64", False), (">f4", False), ("int8", False)],
)
def test_only_two_types_of_pixels_are_read_as_they_are(kind, expected):
    assert is_read_as_it_is(NUMBERS.astype(kind)) is expected


def test_changes_become_a_row_of_numbers_for_each_picture():
    changes = Changes.none(NUMBERS.shape).moved([1, 0], [-1, 2]).mirrored([True, False], [0, 1])
    changes = changes.blanked([0, 1], [2, 3], [4, 5], [6, 7]).brightened([0.1, 1.5])
    table = ready_changes(changes, NUMBERS, NETWORK)
    assert table[:, :8].tolist() == [[1, -1, 1, 0, 0, 2, 4, 6], [0, 2, 0, 1, 1, 3, 5, 7]]
    assert table[:, 8:].view(np.float64).tolist() == [[np.float32(0.1)], [1.5]]
    assert table.flags.c_contiguous


@pytest.mark.parametrize("shape", [(3, 2, 3, 1), (2, 3, 2, 1)])
def test_changes_of_other_pictures_are_refused(shape):
    with pytest.raises(EngineError, match="K705"):
        ready_changes(Changes.none(shape), NUMBERS, NETWORK)
