import numpy as np
import pytest

from konv.data.preprocessing import Preprocessing
from konv.errors import DataError, NetworkError
from konv.explain.figures import feature_maps_figure
from konv.layers import (
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    LeakyReLU,
    MaxPooling2D,
    ReLU,
)
from konv.model import Model, Sequential

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
TOP_PX = 160
PICTURE_END_PX = 340  # the picture ends left of this column, the maps begin right of it
PICTURE = np.array([[255, 0], [0, 0]], np.uint8)


def network(*layers, shape=(8, 8, 1)):
    return Sequential([Input(shape), *layers, Flatten(), Dense(3)], seed=11)


def one_pixel_kernels(weights, *, channels_first=False, **options):
    """A network whose maps are the picture times each of the weights."""
    data_format = "channels_first" if channels_first else "channels_last"
    shape = (1, 2, 2) if channels_first else (2, 2, 1)
    layer = Conv2D(len(weights), 1, data_format=data_format, use_bias=False, **options)
    model = network(layer, shape=shape)
    model.weights["conv2d_1/kernel"][0, 0, 0] = weights
    return model


@pytest.mark.parametrize("channels_first", [False, True])
def test_maps_are_what_the_layer_makes_of_the_picture(texts_of, pixels_of, blocks, channels_first):
    model = one_pixel_kernels([1.0, 3.0, -1.0], channels_first=channels_first, activation="relu")
    picture = PICTURE[np.newaxis] if channels_first else PICTURE[..., np.newaxis]
    pixels = pixels_of(feature_maps_figure, model, picture)[TOP_PX:]
    # The second map is white, the first a third of it, where the picture is white.
    maps = pixels[:, PICTURE_END_PX:]
    [third] = blocks(maps, (85, 85, 85))
    bright = [place for place in blocks(maps, WHITE) if place[0] == third[0]]
    assert len(bright) == 1
    assert third[1] < bright[0][1]
    texts = texts_of(feature_maps_figure, model, picture)
    assert "Activation maps of conv2d_1, after relu: 3, each 2×2" in texts
    assert "Each map: black 0 · white 3." in texts
    assert "0 everywhere: 1 of 3 maps." in texts
    assert "the picture, 2×2" in texts


def test_the_picture_stands_beside_its_maps(pixels_of, blocks):
    model = one_pixel_kernels([1.0], activation="relu")
    pixels = pixels_of(feature_maps_figure, model, PICTURE)[TOP_PX:, :PICTURE_END_PX]
    left_half, right_half = pixels[40:100, 60:180], pixels[40:100, 200:310]
    assert left_half.min() == 255
    assert right_half.max() == 0


def test_pictures_are_scaled_as_in_prediction(texts_of):
    model = one_pixel_kernels([2.0], activation="relu")
    assert "Each map: black 0 · white 2." in texts_of(feature_maps_figure, model, PICTURE)
    as_floats = PICTURE / 510
    assert "Each map: black 0 · white 1." in texts_of(feature_maps_figure, model, as_floats)


def test_the_mean_and_deviation_of_the_training_pictures_are_taken_away(texts_of):
    model = one_pixel_kernels([1.0])
    model.preprocessing = Preprocessing(2, 2, 1, mean=(0.5,), std=(0.25,))
    texts = texts_of(feature_maps_figure, model, PICTURE)
    # (0 − 0.5) / 0.25 = −2 and (1 − 0.5) / 0.25 = 2
    assert "Each map: black −2 · mid grey 0 · white 2." in texts


def test_maps_below_0_are_grey_around_0(texts_of):
    model = one_pixel_kernels([1.0, -4.0])
    texts = texts_of(feature_maps_figure, model, PICTURE)
    assert "Feature maps of conv2d_1, no activation: 2, each 2×2" in texts
    assert "Each map: black −4 · mid grey 0 · white 4." in texts


@pytest.mark.parametrize(
    ("layers", "title"),
    [
        ([Conv2D(4, 3, activation="tanh")], "Activation maps of conv2d_1, after tanh"),
        ([Conv2D(4, 3), ReLU()], "Activation maps of conv2d_1, after relu_1"),
        (
            [Conv2D(4, 3), BatchNormalization(), Dropout(0.5), LeakyReLU(name="leak")],
            "Activation maps of conv2d_1, after leak",
        ),
        ([Conv2D(4, 3), BatchNormalization()], "Feature maps of conv2d_1, no activation"),
        ([Conv2D(4, 3), MaxPooling2D(2), ReLU()], "Feature maps of conv2d_1, no activation"),
    ],
)
def test_the_title_says_which_maps_these_are(texts_of, layers, title):
    texts = texts_of(feature_maps_figure, network(*layers), np.ones((8, 8)))
    assert f"{title}: 4, each 6×6" in texts


def test_a_branch_behind_the_convolution_ends_the_search_for_its_activation(texts_of):
    start = Input((8, 8, 1))
    maps = Conv2D(4, 3)(start)
    joined = Add()([ReLU()(maps), maps])
    model = Model(start, Dense(2)(Flatten()(joined)), seed=0)
    texts = texts_of(feature_maps_figure, model, np.ones((8, 8)))
    assert "Feature maps of conv2d_1, no activation: 4, each 6×6" in texts


def test_any_layer_that_makes_maps_can_be_chosen(texts_of):
    model = network(Conv2D(4, 3), ReLU(), MaxPooling2D(2))
    picture = np.ones((8, 8))
    texts = texts_of(feature_maps_figure, model, picture, layer="max_pooling2d_1")
    assert "Maps after max_pooling2d_1: 4, each 3×3" in texts
    texts = texts_of(feature_maps_figure, model, picture, layer="relu_1")
    assert "Activation maps after relu_1: 4, each 6×6" in texts
    texts = texts_of(feature_maps_figure, model, picture, layer="conv2d_1")
    assert "Feature maps of conv2d_1, no activation: 4, each 6×6" in texts


@pytest.mark.parametrize(
    ("filters", "title"), [(64, "64, each 8×8"), (512, "the first 64 of 512, each 8×8")]
)
def test_at_most_64_are_shown_and_the_title_says_so(texts_of, filters, title):
    texts = texts_of(feature_maps_figure, network(Conv2D(filters, 1)), np.ones((8, 8)))
    assert f"Feature maps of conv2d_1, no activation: {title}" in texts
    assert [text for text in texts if text.isdigit()] == [str(i) for i in range(64)]


def test_a_picture_outside_0_to_1_is_stretched_and_a_note_says_so(texts_of):
    texts = texts_of(
        feature_maps_figure, network(Conv2D(2, 3)), np.linspace(-2, 2, 64).reshape(8, 8)
    )
    assert any("stretched" in text for text in texts)


def test_maps_that_are_not_finite_are_orange(texts_of, pixels_of, blocks):
    model = one_pixel_kernels([np.nan], activation="relu")
    assert blocks(pixels_of(feature_maps_figure, model, PICTURE), (0xD5, 0x5E, 0))
    assert any("not finite" in text for text in texts_of(feature_maps_figure, model, PICTURE))


def test_the_model_stays_as_it_was(pixels_of):
    model = network(Conv2D(4, 3, activation="relu"))
    before = model.get_weights()
    pixels_of(feature_maps_figure, model, np.ones((8, 8)))
    for weight, former in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, former)


def test_what_cannot_be_shown_is_refused(tmp_path):
    path = tmp_path / "maps.png"
    model = network(Conv2D(4, 3))
    with pytest.raises(NetworkError, match="K305"):
        feature_maps_figure(model, np.ones((8, 8)), path, layer="conv2d_7")
    with pytest.raises(NetworkError, match="K310"):
        feature_maps_figure(network(), np.ones((8, 8)), path)
    with pytest.raises(DataError, match="K504"):
        feature_maps_figure(model, np.ones((9, 8)), path)
    assert list(tmp_path.iterdir()) == []
