"""Moves by whole pixels, against arrays made by hand."""

import numpy as np
import pytest

from konv.errors import DataError, ParameterError
from konv.training.augmentation import Crop, Flip, Shift

PICTURE = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], np.uint8)


def batch(picture, count=1):
    return np.repeat(np.asarray(picture)[None, :, :, None], count, axis=0)


def generator(seed=0):
    return np.random.default_rng(seed)


def distinct(images):
    """Every picture that occurs, as nested tuples."""
    return {tuple(map(tuple, image[:, :, 0].tolist())) for image in images}


def positions(images):
    """(row, column) of the one pixel that is not 0, of each picture."""
    return np.argwhere(images[..., 0])[:, 1:]


def spot(height, width, row, column, count):
    picture = np.zeros((height, width), np.uint8)
    picture[row, column] = 1
    return batch(picture, count)


@pytest.mark.parametrize(
    ("augmentation", "rows", "columns"),
    [
        (Shift(0.1), 2, 3),
        (Shift(0.25), 5, 8),  # 0.25 · 30 = 7.5 is rounded to the even number
        (Shift(0.01), 0, 0),
        (Shift(0), 0, 0),
        (Crop(3), 3, 3),
        (Crop(0), 0, 0),
    ],
    ids=repr,
)
def test_every_move_as_far_as_allowed_occurs_and_none_further(augmentation, rows, columns):
    places = positions(augmentation.apply(spot(20, 30, 10, 15, 6000), generator()))
    assert len(places) == 6000
    for found, middle, furthest in ((places[:, 0], 10, rows), (places[:, 1], 15, columns)):
        values, counts = np.unique(found - middle, return_counts=True)
        assert values.tolist() == list(range(-furthest, furthest + 1))
        # Each equally often: within 5 standard deviations of a binomial count.
        expected = 6000 / len(values)
        assert abs(counts - expected).max() <= 5 * expected**0.5


def test_rows_and_columns_move_independently():
    places = positions(Shift(0.1).apply(spot(20, 20, 10, 10, 4000), generator()))
    assert abs(np.corrcoef(places.T)[0, 1]) < 0.08


def test_a_crop_is_a_window_of_the_padded_picture():
    padded = np.pad(PICTURE, 1)
    windows = {
        tuple(map(tuple, padded[row : row + 3, column : column + 3].tolist()))
        for row in range(3)
        for column in range(3)
    }
    assert distinct(Crop(1).apply(batch(PICTURE, 500), generator())) == windows


@pytest.mark.parametrize(("height", "width", "padding"), [(3, 9, 3), (9, 3, 4), (1, 1, 1)])
def test_a_crop_that_could_show_nothing_is_refused_with_one_that_works(height, width, padding):
    images = np.ones((2, height, width, 1), np.uint8)
    with pytest.raises(DataError, match=f"K508 in .*{height}×{width}") as caught:
        Crop(padding).apply(images, generator())
    works = int(caught.value.fix.removeprefix("padding="))
    assert Crop(works).apply(images, generator()).any(axis=(1, 2, 3)).all()


ACROSS = ((3, 2, 1), (6, 5, 4), (9, 8, 7))
DOWN = ((7, 8, 9), (4, 5, 6), (1, 2, 3))
BOTH = ((9, 8, 7), (6, 5, 4), (3, 2, 1))
AS_IT_WAS = ((1, 2, 3), (4, 5, 6), (7, 8, 9))


@pytest.mark.parametrize(
    ("augmentation", "expected"),
    [
        (Flip(), {AS_IT_WAS, ACROSS}),
        (Flip(horizontal=False, vertical=True), {AS_IT_WAS, DOWN}),
        (Flip(vertical=True), {AS_IT_WAS, ACROSS, DOWN, BOTH}),
        (Flip(horizontal=False), {AS_IT_WAS}),
    ],
    ids=repr,
)
def test_every_flip_occurs_equally_often(augmentation, expected):
    images = augmentation.apply(batch(PICTURE, 4000), generator())
    assert distinct(images) == expected
    share = (images[..., 0] == PICTURE).all(axis=(1, 2)).mean()
    assert abs(share - 1 / len(expected)) < 0.04


def test_a_direction_is_drawn_alike_whether_or_not_the_other_is_used():
    images = batch(PICTURE, 40)
    both = Flip(vertical=True).apply(images, generator())
    across = Flip().apply(images, generator())
    down = Flip(horizontal=False, vertical=True).apply(images, generator())
    flipped_across = both[:, 1, 0, 0] == 6
    flipped_down = both[:, 0, 1, 0] == 8
    np.testing.assert_array_equal(flipped_across, across[:, 1, 0, 0] == 6)
    np.testing.assert_array_equal(flipped_down, down[:, 0, 1, 0] == 8)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("horizontal", Flip()), ("vertical", Flip(False, True)), ("both", Flip(True, True))],
)
def test_directions_of_a_flip_have_words(word, expected):
    assert Flip.from_text(word) == expected


def test_a_word_that_is_no_direction_is_answered_with_the_nearest():
    with pytest.raises(ParameterError, match='did you mean "vertical"'):
        Flip.from_text("vertikal")
