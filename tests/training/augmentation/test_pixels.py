"""Brightness and cutout, by hand and by count."""

import numpy as np
import pytest

from konv.errors import DataError
from konv.training.augmentation import Brightness, Cutout


def generator(seed=0):
    return np.random.default_rng(seed)


def test_a_picture_is_multiplied_by_one_number():
    images = np.random.default_rng(0).uniform(1, 100, (50, 3, 4, 3))
    factors = Brightness(0.5).apply(images, generator()) / images
    np.testing.assert_allclose(
        factors, factors[:, :1, :1, :1].repeat(3, 1).repeat(4, 2).repeat(3, 3)
    )


@pytest.mark.parametrize("amount", [0.2, 1, 0])
def test_factors_are_drawn_evenly_around_one(amount):
    factors = Brightness(amount).apply(np.ones((4000, 1, 1, 1)), generator()).ravel()
    assert 1 - amount <= factors.min() <= 1 - 0.99 * amount
    assert 1 + 0.99 * amount <= factors.max() <= 1 + amount
    assert factors.mean() == pytest.approx(1, abs=5 * amount / 3**0.5 / 4000**0.5)


def test_bytes_are_rounded_and_end_at_white():
    images = np.array([0, 1, 3, 100, 200, 255], np.uint8).reshape(1, 2, 3, 1)
    for seed in range(30):
        factor = Brightness(1).apply(np.ones((1, 1, 1, 1)), generator(seed)).item()
        expected = [min(255, round(value * factor)) for value in images.ravel().tolist()]
        assert Brightness(1).apply(images, generator(seed)).ravel().tolist() == expected


def test_floating_numbers_are_not_cut_off():
    images = np.full((200, 1, 1, 1), -1.0, np.float32)
    brighter = Brightness(0.5).apply(images, generator())
    assert brighter.min() < -1.4
    assert brighter.max() > -0.6


def holes(size, height=7, width=9, count=3000):
    return Cutout(size).apply(np.ones((count, height, width, 2), np.uint8), generator()) == 0


def test_a_square_is_black_in_all_channels_and_its_centre_is_any_pixel():
    hidden = holes(3)
    np.testing.assert_array_equal(hidden[..., 0], hidden[..., 1])
    centres = np.zeros((7, 9), int)
    for hole in hidden[..., 0]:
        rows, columns = hole.any(axis=1).nonzero()[0], hole.any(axis=0).nonzero()[0]
        np.testing.assert_array_equal(hole, np.outer(hole.any(axis=1), hole.any(axis=0)))
        # At a border of the picture, 2 of 3 rows are left of the square around it.
        row = rows[1] if len(rows) == 3 else (0 if rows[0] == 0 else 6)
        column = columns[1] if len(columns) == 3 else (0 if columns[0] == 0 else 8)
        assert len(rows) == (2 if row in (0, 6) else 3)
        assert len(columns) == (2 if column in (0, 8) else 3)
        centres[row, column] += 1
    # 3000 over 63 pixels: about 48 each.
    assert centres.min() > 15
    assert centres.max() < 90


@pytest.mark.parametrize(("size", "first", "last"), [(1, 0, 0), (2, -1, 0), (3, -1, 1), (4, -2, 1)])
def test_a_square_reaches_from_half_its_size_before_the_centre(size, first, last):
    hidden = holes(size, height=1, width=9, count=2000)[:, 0, :, 0]
    expected = {
        tuple(centre + first <= column <= centre + last for column in range(9))
        for centre in range(9)
    }
    assert {tuple(row) for row in hidden.tolist()} == expected


@pytest.mark.parametrize(("height", "width", "size"), [(8, 8, 8), (4, 6, 6), (3, 3, 100)])
def test_a_square_that_can_hide_everything_is_refused_with_one_that_works(height, width, size):
    images = np.ones((500, height, width, 1), np.uint8)
    with pytest.raises(DataError, match=f"K508 in Cutout.*{height}×{width}") as caught:
        Cutout(size).apply(images, generator())
    works = int(caught.value.fix.removeprefix("size="))
    assert Cutout(works).apply(images, generator()).any(axis=(1, 2, 3)).all()


def test_a_square_may_be_as_high_as_an_oblong_picture():
    assert holes(3, height=3, width=9).any(axis=(1, 2, 3)).all()
