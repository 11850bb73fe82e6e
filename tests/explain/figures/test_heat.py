import numpy as np
import pytest

from konv.explain.figures import heat_map_figure
from konv.explain.figures.heat_colours import heat_colours, over_picture
from konv.layers import Conv2D, Dense, Flatten, GlobalAveragePooling2D, Input
from konv.maps import GradCam, Occlusion
from konv.model import Sequential
from konv.training.labels import Labels

ORANGE, BLUE, WHITE = (0xD5, 0x5E, 0), (0, 0x72, 0xB2), (255, 255, 255)
TOP_PX = 160
PICTURE = np.zeros((4, 4), np.uint8)


def grad_cam(values, *, unit="probability", score=0.75):
    values = np.asarray(values, float)
    return GradCam(
        network="network",
        label="민들레",
        class_index=1,
        values=values,
        on_picture=np.kron(values, np.ones((2, 2))),
        score=score,
        unit=unit,
        layer="conv2d_1",
        weights=np.ones(3),
        signed=values,
    )


def occlusion(values):
    values = np.asarray(values, float)
    return Occlusion(
        network="network",
        label="cat",
        class_index=0,
        values=values,
        on_picture=np.kron(values, np.ones((2, 2))),
        score=0.5,
        unit="probability",
        patch=(2, 3),
        stride=2,
        fill=(0.25, 1.0, 7.0),
        rows=(0, 2),
        columns=(0, 2),
    )


def test_the_most_is_orange_where_it_is(pixels_of, blocks):
    pixels = pixels_of(heat_map_figure, grad_cam([[0, 0], [0, 2]]), PICTURE)[TOP_PX:]
    [most] = blocks(pixels, ORANGE)
    third = (1400 - 2 * 56) / 3
    assert 56 + third * 1.5 < most[1] < 56 + third * 2  # right half of the second picture
    assert most[0] > third / 2  # lower half


def test_what_is_below_0_is_blue(pixels_of, blocks):
    pixels = pixels_of(heat_map_figure, occlusion([[1, 0], [0, -1]]), PICTURE)[TOP_PX:]
    [most], [least] = blocks(pixels, ORANGE), blocks(pixels, BLUE)
    assert most[0] < least[0]
    assert most[1] < least[1]


def test_colours_are_in_proportion_to_the_largest():
    colours = heat_colours(np.array([[0.0, 1.0, 2.0, -2.0, np.nan]]), 2.0) * 255
    half = (np.array(WHITE) + ORANGE) / 2
    np.testing.assert_allclose(colours[0], [WHITE, half, ORANGE, BLUE, WHITE], atol=1e-9)
    np.testing.assert_array_equal(heat_colours(np.zeros((1, 1)), 0.0), np.ones((1, 1, 3)))


def test_only_heat_has_colour_over_a_picture():
    picture = np.zeros((2, 2, 3))
    picture[0, 0] = (0.9, 0.3, 0.3)
    over = over_picture(picture, np.array([[0.0, 1.0], [0.0, 0.0]]), 1.0)
    np.testing.assert_allclose(over[0, 0], [0.5, 0.5, 0.5])
    np.testing.assert_allclose(over[0, 1], 0.8 * np.array(ORANGE) / 255)


def test_it_says_what_it_is_of_and_how_it_came_about(texts_of):
    texts = texts_of(heat_map_figure, grad_cam([[0, 0], [0, 2]]), PICTURE)
    assert "Grad-CAM of conv2d_1: what speaks for mindeulle" in texts
    said = " ".join(texts).replace("\u00a0", " ")
    assert "Its probability is 75.0 %." in said
    assert "The 3 maps of conv2d_1, 2×2, are weighed" in said
    assert "middle of its receptive field" in said


def test_of_an_occlusion_it_says_what_was_covered_with_what(texts_of):
    said = " ".join(texts_of(heat_map_figure, occlusion([[1, 0], [0, -1]]), PICTURE))
    assert "Occlusion: which parts cat rests on" in said
    assert "a patch of 2×3 pixels" in said
    assert "4 predictions, with stride 2" in said
    assert "Covered with (0.25, 1, 7)." in said


@pytest.mark.parametrize(
    ("heat", "said"),
    [
        (grad_cam([[0, 0], [0, 0]]), "No place speaks for it"),
        (grad_cam([[3]]), "says nothing of where"),
        (occlusion([[0, 0], [0, 0]]), "Nothing changes"),
        (grad_cam([[1, 0], [0, 0]], unit="score", score=-2.5), "Its score is −2.5."),
    ],
)
def test_what_says_nothing_is_said_so(texts_of, heat, said):
    picture = np.zeros(heat.on_picture.shape, np.uint8)
    assert said in " ".join(texts_of(heat_map_figure, heat, picture))


@pytest.mark.parametrize("shape", [(1, 9, 7), (3, 9, 7)])
def test_channels_first(pixels_of, shape):
    layers = [
        Input(shape),
        Conv2D(2, 3, data_format="channels_first"),
        GlobalAveragePooling2D(data_format="channels_first"),
        Dense(2, activation="softmax"),
    ]
    model = Sequential(layers, seed=0)
    picture = np.zeros(shape, np.uint8)
    assert pixels_of(heat_map_figure, model.grad_cam(picture), picture, channels_first=True).size


def test_a_name_in_hangul_is_romanised_where_no_font_has_it(texts_of):
    layers = [Input((4, 4, 1)), Conv2D(1, 2, name="합성곱"), Flatten(), Dense(2)]
    model = Sequential(layers, seed=0)
    model.labels = Labels(("개", "고양이"))
    picture = np.ones((4, 4))
    said = " ".join(texts_of(heat_map_figure, model.grad_cam(picture, label="고양이"), picture))
    assert "hapseonggop" in said
    assert "goyangi" in said
