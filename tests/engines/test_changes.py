"""What becomes of pictures: arrays made by hand, and one change after the other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konv.engines.changes import BLANK, BRIGHTEN, MIRROR, MOVE, Changes
from konv.errors import EngineError
from oracles.changes import one_after_the_other, some_changes

PICTURE = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], np.uint8)[None, :, :, None]
NONE = Changes.none(PICTURE.shape)


def shown(changes):
    return changes.apply(PICTURE)[0, :, :, 0].tolist()


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ((0, 0), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        ((1, 0), [[0, 0, 0], [1, 2, 3], [4, 5, 6]]),
        ((-1, 0), [[4, 5, 6], [7, 8, 9], [0, 0, 0]]),
        ((0, 1), [[0, 1, 2], [0, 4, 5], [0, 7, 8]]),
        ((0, -1), [[2, 3, 0], [5, 6, 0], [8, 9, 0]]),
        ((1, -1), [[0, 0, 0], [2, 3, 0], [5, 6, 0]]),
        ((-2, 2), [[0, 0, 7], [0, 0, 0], [0, 0, 0]]),
        ((3, 0), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        ((0, -3), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        ((-9, 99), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
    ],
)
def test_a_picture_is_moved_down_and_right(by, expected):
    assert shown(NONE.moved(*np.transpose([by]))) == expected


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ((False, False), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        ((False, True), [[3, 2, 1], [6, 5, 4], [9, 8, 7]]),
        ((True, False), [[7, 8, 9], [4, 5, 6], [1, 2, 3]]),
        ((True, True), [[9, 8, 7], [6, 5, 4], [3, 2, 1]]),
    ],
)
def test_a_picture_is_mirrored_up_and_down_and_left_and_right(which, expected):
    assert shown(NONE.mirrored(*np.transpose([which]))) == expected


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ((0, 1), (2, 2), [[1, 0, 3], [4, 0, 6], [7, 8, 9]]),
        ((-5, -5), (1, 2), [[0, 0, 3], [4, 5, 6], [7, 8, 9]]),
        ((2, 2), (9, 9), [[1, 2, 3], [4, 5, 6], [7, 8, 0]]),
        ((1, 1), (1, 3), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        ((-2, 0), (-1, 3), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        ((4, 0), (7, 3), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
    ],
)
def test_a_hole_may_reach_outside(begin, end, expected):
    assert shown(NONE.blanked(*np.transpose([begin + end]))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # What has left the picture does not come back.
        (NONE.moved([0], [2]).moved([0], [-2]), [[1, 0, 0], [4, 0, 0], [7, 0, 0]]),
        (NONE.moved([0], [3]).moved([0], [-3]), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        (NONE.moved([0], [1]).mirrored([0], [1]), [[2, 1, 0], [5, 4, 0], [8, 7, 0]]),
        (NONE.mirrored([0], [1]).moved([0], [1]), [[0, 3, 2], [0, 6, 5], [0, 9, 8]]),
        (NONE.blanked([0], [0], [1], [1]).moved([1], [0]), [[0, 0, 0], [0, 2, 3], [4, 5, 6]]),
        (NONE.blanked([0], [0], [1], [1]).mirrored([1], [1]), [[9, 8, 7], [6, 5, 4], [3, 2, 0]]),
        (NONE.brightened([2]).brightened([0.5]), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        # 0.5 · 5 = 2.5 becomes 2, and twice that is 4.
        (NONE.brightened([0.5]).brightened([2]), [[0, 2, 4], [4, 4, 6], [8, 8, 8]]),
    ],
    ids=range(8),
)
def test_changes_follow_each_other(changes, expected):
    assert shown(changes) == expected


def test_each_picture_has_its_own_changes_and_all_its_channels_change_alike():
    images = np.concatenate([PICTURE, PICTURE]).repeat(2, axis=-1)
    images[..., 1] += 10
    result = Changes.none(images.shape).moved([0, 1], [1, 0]).apply(images)
    assert result[0, :, :, 0].tolist() == [[0, 1, 2], [0, 4, 5], [0, 7, 8]]
    assert result[0, :, :, 1].tolist() == [[0, 11, 12], [0, 14, 15], [0, 17, 18]]
    assert result[1, :, :, 1].tolist() == [[0, 0, 0], [11, 12, 13], [14, 15, 16]]


@given(
    shape=st.tuples(*map(st.integers, (0, 1, 1, 1), (4, 7, 7, 3))),
    dtype=st.sampled_from(["uint8", "float16", "float32", "float64"]),
    channels_first=st.booleans(),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=150, deadline=None)
def test_all_at_once_is_one_after_the_other(shape, dtype, channels_first, seed):
    random = np.random.default_rng(seed)
    images = random.uniform(0, 255, shape).astype(dtype)
    steps = some_changes(random, shape)
    changes = Changes.none(shape)
    for name, *numbers in steps:
        changes = getattr(changes, name)(*numbers)
    given = np.ascontiguousarray(np.moveaxis(images, -1, 1)) if channels_first else images
    before = given.copy()
    result = changes.apply(given, channels_first=channels_first)
    if channels_first:
        result = np.moveaxis(result, 1, -1)
    expected = one_after_the_other(images, steps)
    assert result.dtype == images.dtype
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(given, before)


def test_kinds_are_what_is_done_in_its_order():
    changes = NONE.moved([1], [1]).blanked([0], [0], [1], [1]).brightened([2]).brightened([2])
    assert changes.kinds == (MOVE, BLANK, BRIGHTEN, BRIGHTEN)
    assert NONE.mirrored([True], [False]).kinds == (MIRROR,)
    assert NONE.kinds == ()


@pytest.mark.parametrize(
    ("shape", "channels_first"),
    [
        ((2, 3, 3, 1), False),
        ((1, 3, 2, 1), False),
        ((1, 3, 3, 1), True),
        ((1, 9), False),
        ((1, 3, 3), False),
        ((1, 3, 3), True),
    ],
)
def test_changes_of_other_pictures_are_refused(shape, channels_first):
    with pytest.raises(EngineError, match="1 pictures of 3×3") as caught:
        NONE.apply(np.zeros(shape), channels_first=channels_first)
    assert caught.value.code == "K705"
