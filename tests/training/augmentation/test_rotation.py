"""Turns, against NumPy's quarter turns and SciPy's interpolation."""

import numpy as np
import pytest
from scipy import ndimage

from konv.training.augmentation import Rotate
from konv.training.augmentation.rotation import rotated


def pictures(shape, dtype=np.uint8, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(dtype)


@pytest.mark.parametrize("side", range(1, 9))
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("turns", range(-4, 5))
def test_quarter_turns_are_exact_and_anticlockwise(side, dtype, turns):
    images = pictures((2, side, side, 3), dtype)
    expected = np.rot90(images, turns, axes=(1, 2))
    np.testing.assert_array_equal(rotated(images, [90 * turns] * 2), expected)


@pytest.mark.parametrize(("height", "width"), [(4, 7), (1, 5), (6, 1), (5, 8)])
def test_half_a_turn_of_an_oblong_picture_is_both_flips(height, width):
    images = pictures((1, height, width, 2))
    np.testing.assert_array_equal(rotated(images, [180]), images[:, ::-1, ::-1])
    np.testing.assert_array_equal(rotated(images, [360]), images)


def test_a_quarter_turn_of_an_oblong_picture_loses_its_ends_and_is_black_beside():
    images = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12], [13, 14, 15]], np.uint8)
    expected = [[0, 0, 0], [6, 9, 12], [5, 8, 11], [4, 7, 10], [0, 0, 0]]
    np.testing.assert_array_equal(rotated(images[None, :, :, None], [90])[0, :, :, 0], expected)


def test_an_eighth_of_a_turn_of_three_by_three_by_hand():
    # The corner (1, 1) from the centre, down and right, looks back at (√2, 0): the share √2 − 1 of
    # the way from the edge pixel (1, 0) below the centre out into the black.
    images = np.zeros((1, 3, 3, 1))
    images[0, 2, 1, 0] = 1
    corner = rotated(images, [45])[0, 2, 2, 0]
    assert corner == pytest.approx(2 - 2**0.5, abs=1e-12)
    # Anticlockwise takes what is below the centre to the right.
    assert rotated(images, [90])[0, 1, 2, 0] == 1


def scipy_rotated(image, degrees):
    """The same by SciPy: an affine map of the places, with zeros around the picture."""
    angle = np.deg2rad(degrees)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = (np.array(image.shape[:2]) - 1) / 2
    channels = [
        ndimage.affine_transform(
            image[..., channel],
            matrix,
            offset=centre - matrix @ centre,
            order=1,
            mode="grid-constant",
        )
        for channel in range(image.shape[2])
    ]
    return np.stack(channels, axis=-1)


@pytest.mark.parametrize("degrees", [0.5, 10, -33.3, 45, 89.9, 135, -179, 77])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (9, 5), (3, 12), (1, 6)])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-3), (np.uint8, 0.501)]
)
def test_turns_agree_with_scipy(degrees, height, width, dtype, tolerance):
    images = pictures((1, height, width, 2), dtype)
    expected = scipy_rotated(images[0].astype(np.float64), degrees)
    np.testing.assert_allclose(rotated(images, [degrees])[0], expected, rtol=0, atol=tolerance)


def test_pictures_do_not_see_each_other():
    # One at a time, and more at once than are computed together.
    images = pictures((200, 9, 9, 1))
    degrees = np.linspace(-180, 180, 200)
    together = rotated(images, degrees)
    for index in range(200):
        alone = rotated(images[index : index + 1], degrees[index : index + 1])
        np.testing.assert_array_equal(together[index], alone[0])


def test_angles_are_drawn_evenly_between_both_ends():
    # A pixel right of the centre shows the angle: it moves up as sin α, by 10 pixels · sin α.
    images = np.zeros((3000, 41, 41, 1))
    images[:, 20, 30] = 1
    turned = Rotate(30).apply(images, np.random.default_rng(0))[..., 0]
    weights = turned.reshape(3000, -1)
    rows, columns = np.divmod(np.arange(41 * 41), 41)
    up = 20 - (weights * rows).sum(axis=1) / weights.sum(axis=1)
    right = (weights * columns).sum(axis=1) / weights.sum(axis=1) - 20
    angles = np.rad2deg(np.arctan2(up, right))
    assert abs(angles).max() < 32
    quarters = np.histogram(angles, bins=[-33, -15, 0, 15, 33])[0] / 3000
    np.testing.assert_allclose(quarters, 0.25, atol=0.04)


def test_no_degrees_change_nothing():
    images = pictures((3, 6, 5, 3))
    np.testing.assert_array_equal(Rotate(0).apply(images, np.random.default_rng(0)), images)
