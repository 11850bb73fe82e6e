import numpy as np
import pytest

from konv.explain.figures import feature_maps_figure
from konv.layers import Activation, Dense, Flatten, Input
from konv.model import Sequential
from konv.training.labels import Labels

ORANGE, BLUE, BLACK, WHITE = (0xD5, 0x5E, 0), (0, 0x72, 0xB2), (0, 0, 0), (255, 255, 255)
PICTURE = np.ones((1, 1))


def model_of(outputs, activation="linear", *, classes=()):
    """A network whose outputs are these numbers."""
    model = Sequential([Input((1, 1, 1)), Flatten(), Dense(len(outputs), activation=activation)])
    model.set_weights([[outputs], np.zeros(len(outputs))])
    model.labels = Labels(tuple(classes)) if classes else None
    return model


def draw(model, path, layer="dense_1"):
    return feature_maps_figure(model, PICTURE, path, layer=layer)


def test_a_few_are_bars_in_proportion_on_both_sides_of_0(pixels_of, blocks):
    pixels = pixels_of(lambda path: draw(model_of([2.0, 0.0, -1.0, 1.0]), path))
    [first, second], [below] = blocks(pixels, ORANGE), blocks(pixels, BLUE)
    lengths = [
        (np.abs(pixels[row] - np.array(colour)) <= 1).all(axis=1).sum()
        for (row, _column), colour in ((first, ORANGE), (second, ORANGE), (below, BLUE))
    ]
    assert lengths[0] == pytest.approx(2 * lengths[1], abs=4)
    assert lengths[1] == pytest.approx(lengths[2], abs=4)
    assert below[1] < second[1] < first[1]
    assert first[0] < below[0] < second[0]


def test_each_bar_has_its_number_and_its_class(texts_of):
    model = model_of([0.0, 0.0], "softmax", classes=("cat", "dog"))
    texts = texts_of(lambda path: draw(model, path))
    assert "Outputs of dense_1, after softmax: 2" in texts
    assert [text for text in texts if text in ("cat", "dog", "0.5")] == ["cat", "0.5", "dog", "0.5"]


def test_a_layer_within_the_network_has_no_classes(texts_of):
    layers = [Input((1, 1, 1)), Flatten(), Dense(2), Activation("softmax")]
    model = Sequential(layers, seed=0)
    model.labels = Labels(("cat", "dog"))
    inner, last = (
        texts_of(lambda path, layer=layer: draw(model, path, layer))
        for layer in ("dense_1", "activation_1")
    )
    assert "cat" not in inner
    assert "Outputs of dense_1: 2" in inner
    assert "cat" in last


def test_many_are_cells_in_rows(pixels_of, texts_of, blocks):
    outputs = np.zeros(120)
    outputs[50:] = 3
    texts = texts_of(lambda path: draw(model_of(outputs), path))
    assert "In rows of 50: black 0 · white 3." in texts
    assert "0: 50 of 120." in texts
    assert [text for text in texts if text in ("0", "50", "100", "150")] == ["0", "50", "100"]
    pixels = pixels_of(lambda path: draw(model_of(outputs), path))
    [row] = blocks(pixels, BLACK)
    assert (pixels[row[0]] == 0).all(axis=1).sum() == pytest.approx(50 * 0.17 * 140, abs=8)


def test_of_very_many_it_says_how_many_are_left_out(texts_of):
    texts = texts_of(lambda path: draw(model_of(np.ones(5_000)), path))
    assert "The first 3000 of 5,000." in texts


@pytest.mark.parametrize("count", [3, 30])
def test_what_is_not_finite_is_said(texts_of, count):
    outputs = np.ones(count)
    outputs[0] = np.inf
    texts = texts_of(lambda path: draw(model_of(outputs), path))
    assert "Not a finite number: 1." in texts


def test_all_equal_and_all_zero_can_be_drawn(pixels_of):
    assert pixels_of(lambda path: draw(model_of([0.0, 0.0]), path)).size
    assert pixels_of(lambda path: draw(model_of([0.0] * 40), path)).size
