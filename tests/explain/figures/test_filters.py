import numpy as np
import pytest

from konv.errors import NetworkError, ParameterError
from konv.explain.figures import filters_figure
from konv.layers import Conv2D, Dense, DepthwiseConv2D, Flatten, Input, SeparableConv2D
from konv.model import Sequential

BLACK, GREY, WHITE, ORANGE = (0, 0, 0), (127, 127, 127), (255, 255, 255), (0xD5, 0x5E, 0)
TOP_PX = 160  # titles end above this row


def kernel(*filters):
    """Filters, each a list of rows, as (height, width, 1, filters)."""
    return np.stack([np.array(rows, float) for rows in filters], axis=-1)[:, :, np.newaxis, :]


def test_weights_are_shades_of_grey_at_their_places(pixels_of, blocks):
    pixels = pixels_of(filters_figure, kernel([[-2, 0], [0, 2]]))[TOP_PX:]
    [black] = blocks(pixels, BLACK)
    top, bottom = sorted(blocks(pixels, GREY, least_px=5_000))
    assert black[0] == pytest.approx(top[0], abs=3)
    assert black[1] == pytest.approx(bottom[1], abs=3)
    assert black[1] < top[1]
    assert black[0] < bottom[0]


def test_the_scale_is_the_same_for_all_filters_and_stated(texts_of, pixels_of, blocks):
    weights = kernel([[-0.5]], [[0.25]])
    assert "Weights: black −0.5 · mid grey 0 · white 0.5." in texts_of(filters_figure, weights)
    pixels = pixels_of(filters_figure, weights)[TOP_PX:]
    assert len(blocks(pixels, BLACK)) == 1
    assert len(blocks(pixels, (191, 191, 191))) == 1


def test_three_channels_are_colours_with_a_stated_scale(texts_of, pixels_of, blocks):
    weights = np.array([-1.0, 1.0, 0.0]).reshape(1, 1, 3, 1)
    assert blocks(pixels_of(filters_figure, weights), (0, 255, 127))
    texts = texts_of(filters_figure, weights)
    assert "Weights on red, green and blue as these colours: −1 none, 0 half, 1 full." in texts


@pytest.mark.parametrize("channels", [2, 4])
def test_other_numbers_of_channels_are_shown_kernel_by_kernel(texts_of, channels):
    texts = texts_of(filters_figure, np.ones((3, 2, channels, 2)))
    assert f"Kernels: {2 * channels}, each 3×2" in texts
    places = [f"{f}, {c}" for f in range(2) for c in range(channels)]
    assert [text for text in texts if text in places] == places
    assert any("filter, input channel" in text for text in texts)


def test_a_kernel_of_one_number(texts_of, pixels_of, blocks):
    assert "Filters: 1, each 1×1" in texts_of(filters_figure, kernel([[3.0]]))
    assert blocks(pixels_of(filters_figure, kernel([[-3.0]])), BLACK)


@pytest.mark.parametrize(
    ("filters", "title"),
    [(64, "Filters: 64, each 3×3"), (512, "Filters: the first 64 of 512, each 3×3")],
)
def test_at_most_64_are_shown_and_the_title_says_so(texts_of, filters, title):
    texts = texts_of(filters_figure, np.ones((3, 3, 1, filters)))
    assert title in texts
    assert [text for text in texts if text.isdigit()] == [str(i) for i in range(64)]


def test_weights_that_are_0_or_not_finite_are_said(texts_of, pixels_of, blocks):
    assert "All weights are 0." in texts_of(filters_figure, np.zeros((2, 2, 1, 1)))
    broken = kernel([[np.nan, np.inf], [1, 0]])
    texts = texts_of(filters_figure, broken)
    assert "Orange: weights that are not finite numbers, 2." in texts
    assert blocks(pixels_of(filters_figure, broken), ORANGE)


def network(*layers, shape=(8, 8, 1)):
    return Sequential([Input(shape), *layers, Flatten(), Dense(2)], seed=5)


def test_a_model_shows_its_first_convolution(texts_of):
    model = network(Conv2D(6, 3, name="eyes"), Conv2D(9, 2))
    assert "Filters of eyes: 6, each 3×3" in texts_of(filters_figure, model)


@pytest.mark.parametrize("layer", [DepthwiseConv2D, SeparableConv2D])
def test_depthwise_kernels_are_shown_one_by_one(texts_of, layer):
    options = {} if layer is DepthwiseConv2D else {"filters": 4}
    model = network(layer(kernel_size=3, depth_multiplier=2, **options), shape=(8, 8, 3))
    texts = texts_of(filters_figure, model)
    assert any("6, each 3×3" in text for text in texts)
    assert [text for text in texts if text.isdigit()] == list("012345")


def test_true_convolution_is_shown_as_it_meets_the_picture(texts_of, pixels_of, blocks):
    model = network(Conv2D(1, 2, true_convolution=True))
    weights = np.zeros((2, 2, 1, 1), np.float32)
    weights[0, 0] = -1
    model.weights["conv2d_1/kernel"][...] = weights
    [black] = blocks(pixels_of(filters_figure, model)[TOP_PX:], BLACK)
    [stored] = blocks(pixels_of(filters_figure, weights)[TOP_PX:], BLACK)
    assert black > stored
    assert any("flipped" in text for text in texts_of(filters_figure, model))


def test_a_model_without_convolution_is_refused(tmp_path):
    with pytest.raises(NetworkError, match="K310 in network: the network has no convolution"):
        filters_figure(network(), tmp_path / "filters.png")


@pytest.mark.parametrize(
    "value", [np.ones((3, 3)), np.ones((3, 3, 1, 0)), None, "kernel", [[["a"]]]]
)
def test_what_is_no_kernel_is_refused(tmp_path, value):
    with pytest.raises(ParameterError, match="K201 in filters_figure"):
        filters_figure(value, tmp_path / "filters.png")
