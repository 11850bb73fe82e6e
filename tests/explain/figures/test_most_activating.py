import numpy as np
import pytest

from konv.explain.figures import most_activating_figure
from konv.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from konv.model import Sequential

ORANGE = (0xD5, 0x5E, 0)
TOP_PX = 150


def one_bright_pixel():
    """Black pictures of 8×8, the second with a bright pixel at row 6, column 1."""
    pictures = np.zeros((3, 8, 8, 1), np.uint8)
    pictures[1, 6, 1] = 255
    return pictures


def model_of(filters=1, *layers):
    layers = (Conv2D(filters, 1, use_bias=False, activation="relu"), *layers)
    model = Sequential([Input((8, 8, 1)), *layers], seed=0)
    model.weights["conv2d_1/kernel"][...] = 1
    return model


def test_the_pixel_that_an_answer_depends_on_is_framed(pixels_of):
    pictures = one_bright_pixel()
    found = model_of().most_activating(pictures, "conv2d_1", top=1)
    pixels = pixels_of(most_activating_figure, found, pictures)[TOP_PX:]
    orange = (np.abs(pixels - np.array(ORANGE)) <= 40).all(axis=2)
    rows, columns = np.flatnonzero(orange.any(axis=1)), np.flatnonzero(orange.any(axis=0))
    black = (pixels == 0).all(axis=2)
    top, left = np.flatnonzero(black.any(axis=1))[0], np.flatnonzero(black.sum(axis=0) > 50)[0]
    side = np.flatnonzero(black.sum(axis=0) > 50)[-1] - left
    assert (rows[0] - top) / side == pytest.approx(6 / 8, abs=0.03)
    assert (rows[-1] - top) / side == pytest.approx(7 / 8, abs=0.03)
    assert (columns[0] - left) / side == pytest.approx(1 / 8, abs=0.03)
    assert (columns[-1] - left) / side == pytest.approx(2 / 8, abs=0.03)


def test_where_nothing_is_answered_nothing_is_framed(pixels_of, texts_of):
    pictures = np.zeros((3, 8, 8, 1), np.uint8)
    found = model_of().most_activating(pictures, "conv2d_1", top=2)
    pixels = pixels_of(most_activating_figure, found, pictures)
    assert not (np.abs(pixels - np.array(ORANGE)) <= 40).all(axis=2).any()
    said = " ".join(texts_of(most_activating_figure, found, pictures))
    assert "0: it does not answer to this picture" in said


def test_it_says_how_much_of_what_and_of_how_many(texts_of):
    pictures = one_bright_pixel()
    found = model_of().most_activating(pictures, "conv2d_1", top=2)
    texts = texts_of(most_activating_figure, found, pictures)
    assert "What conv2d_1 answers to most" in texts
    assert [text for text in texts if text in ("map 0", "1", "0")] == ["1", "0", "map 0"]
    said = " ".join(texts)
    assert "The 2 of 3 pictures with the largest numbers" in said
    assert "Framed: the receptive field" in said


def test_of_many_channels_it_says_how_many_are_left_out(texts_of):
    pictures = one_bright_pixel()
    found = model_of(40).most_activating(pictures, "conv2d_1", top=1)
    texts = texts_of(most_activating_figure, found, pictures)
    assert "What the first 12 of 40 maps of conv2d_1 answer to most" in texts
    assert [text for text in texts if text.startswith("map ")] == [f"map {i}" for i in range(12)]


def test_units_see_the_whole_picture(texts_of):
    pictures = one_bright_pixel()
    model = model_of(2, MaxPooling2D(2), Flatten(), Dense(3))
    texts = texts_of(most_activating_figure, model.most_activating(pictures, "dense_1"), pictures)
    assert "What the 3 units of dense_1 answer to most" in texts
    assert "Each number depends on the whole picture." in texts
    assert "unit 2" in texts


def test_numbers_without_a_picture_are_a_strip(texts_of):
    model = Sequential([Input((5,)), Dense(2)], seed=0)
    rows = np.eye(5)
    texts = texts_of(most_activating_figure, model.most_activating(rows, top=2), rows)
    assert "What the 2 units of dense_1 answer to most" in texts


def test_at_most_nine_pictures_stand_in_a_row(texts_of):
    pictures = np.repeat(one_bright_pixel(), 5, axis=0)
    found = model_of().most_activating(pictures, "conv2d_1", top=12)
    said = " ".join(texts_of(most_activating_figure, found, pictures))
    assert "The 9 of 15 pictures" in said
