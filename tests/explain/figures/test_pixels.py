import numpy as np
import pytest

from konv.explain.figures.pixels import Scale, colour, picture_colours
from konv.explain.figures.style import ORANGE


def test_weights_are_grey_around_0():
    weights = np.array([[-0.5, 0.0], [0.25, 0.5]])
    scale = Scale.around_zero(weights)
    assert scale == Scale(-0.5, 0.5)
    assert scale.colours(weights)[..., 0].tolist() == [[0.0, 0.5], [0.75, 1.0]]
    assert scale.text() == "black −0.5 · mid grey 0 · white 0.5"


@pytest.mark.parametrize(
    ("maps", "scale"),
    [
        ([0.0, 3.0], Scale(0.0, 3.0)),
        ([1.0, 3.0], Scale(0.0, 3.0)),
        ([-1.0, 3.0], Scale(-3.0, 3.0)),
        ([0.0, 0.0], Scale(0.0, 1.0)),
        ([np.nan, np.inf, 2.0], Scale(0.0, 2.0)),
        ([np.nan], Scale(0.0, 1.0)),
    ],
)
def test_maps_are_black_at_0_unless_something_is_below_it(maps, scale):
    assert Scale.of_maps(np.array(maps)) == scale


def test_what_is_no_number_is_orange():
    shades = Scale(0.0, 1.0).colours(np.array([[np.nan, 1.0]]))
    assert shades[0, 0].tolist() == colour(ORANGE).tolist()
    assert shades[0, 1].tolist() == [1.0, 1.0, 1.0]


def test_huge_numbers_have_colours_too():
    weights = np.array([[1.7e308, -1.7e308]])
    assert Scale.around_zero(weights).colours(weights)[0, :, 0].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("image", "first", "stretched"),
    [
        (np.array([[51, 255]], np.uint8), 0.2, False),
        (np.array([[0.25, 0.75]]), 0.25, False),
        (np.array([[True, False]]), 1.0, False),
        (np.array([[4.0, 16.0]]), 0.0, True),
        (np.array([[-1.0, 1.0]]), 0.0, True),
        (np.array([[7.0, 7.0]]), 1.0, True),
    ],
)
def test_pixels_become_shades(image, first, stretched):
    colours, was_stretched = picture_colours(image)
    assert colours[0, 0].tolist() == pytest.approx([first] * 3)
    assert was_stretched == stretched


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_channels_last_and_first_look_the_same(channels):
    image = np.arange(6 * channels, dtype=np.uint8).reshape(2, 3, channels) * 9
    last, _ = picture_colours(image)
    first, _ = picture_colours(np.moveaxis(image, -1, 0), channels_first=True)
    assert last.tolist() == first.tolist()
    expected = image / 255 if channels == 3 else np.repeat(image[..., :1], 3, axis=2) / 255
    np.testing.assert_allclose(last, expected)


def test_a_huge_picture_is_thinned_before_it_is_drawn():
    colours, _ = picture_colours(np.zeros((5000, 30), np.uint8))
    assert colours.shape == (1000, 6, 3)
