"""The values that the tutorials work out by hand, each as the sum that it is.

The numbers of the products are those of the tutorials' pages, not of konv.
"""

import numpy as np
import pytest

import konv
from oracles.tutorial_numbers import (
    CONVOLUTIONS,
    IM2COL,
    K2,
    NINE,
    NINES,
    PARTICIPATION,
    POOLS,
    SEEN,
    WINDOW,
    K,
    X,
)
from values.examples import convolution, places_of

HOW = ("loops", "im2col", "true")


def sums(model, picture, expected, how="loops"):
    """The sum of every place of a convolution's map."""
    places = places_of(np.shape(expected))
    found = [model.explain(picture, "conv2d_1", (*place, 0), how=how) for place in places]
    assert all(one.value == one.sum for one in found)
    return np.reshape([one.sum for one in found], np.shape(expected)).tolist()


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("name", "fields", "expected"), CONVOLUTIONS)
def test_convolutions_of_tutorial_004(name, fields, expected, how):
    engine = "compiled" if how == "loops" else "reference"
    assert sums(convolution(K, engine=engine, **fields), X, expected, how) == expected


@pytest.mark.parametrize(
    ("at", "line"),
    [
        ((0, 0, 0), "1*2 + 2*0 + 3*1 + 0*0 + 1*1 + 2*2 + 3*1 + 0*0 + 1*2 = 15"),
        ((0, 1, 0), "2*2 + 3*0 + 0*1 + 1*0 + 2*1 + 3*2 + 0*1 + 1*0 + 2*2 = 16"),
        ((1, 0, 0), "0*2 + 1*0 + 2*1 + 3*0 + 0*1 + 1*2 + 2*1 + 3*0 + 0*2 = 6"),
        ((1, 1, 0), "1*2 + 2*0 + 3*1 + 0*0 + 1*1 + 2*2 + 3*1 + 0*0 + 1*2 = 15"),
    ],
)
def test_the_sums_are_written_as_tutorial_004_writes_them(at, line):
    assert line in convolution(K).explain(X, "conv2d_1", at).text(width=80)


def test_v2_adds_the_bias_to_the_sum():
    assert "15 + 3 = 18" in convolution(K, bias=3).explain(X, "conv2d_1", (0, 0, 0)).text()


def test_v4_is_what_a_true_convolution_makes_of_the_same_kernel():
    said = convolution(K).explain(X, "conv2d_1", (0, 0, 0), how="true").text(width=200)
    assert "with the kernel as it is, it would give 11 before the bias" in said


def test_v8_every_window_is_a_row_of_the_im2col_matrix():
    for number, place in enumerate(places_of((2, 2))):
        explanation = convolution(K).explain(X, "conv2d_1", (*place, 0), how="im2col")
        matrix = explanation.steps[0].matrix
        assert (matrix.shape, matrix.row) == ((4, 9), number)
        assert matrix.excerpt[number].tolist() == IM2COL[number]
        assert explanation.steps[0].parts[0].numbers.tolist() == IM2COL[number]


def test_v9_the_window_of_tutorial_001():
    window, kernel, line, expected = WINDOW
    explanation = convolution(kernel, size=window.shape).explain(window, "conv2d_1", (0, 0, 0))
    assert line in explanation.text()
    assert explanation.sum == expected


@pytest.mark.parametrize(("padding", "expected"), PARTICIPATION)
def test_v10_how_often_each_pixel_takes_part(padding, expected):
    assert konv.participation(4, 3, padding=padding).tolist() == expected
    explanation = convolution(K, padding=padding).explain(X, "conv2d_1", (0, 0, 0))
    assert explanation.scene.participation.tolist() == expected


@pytest.mark.parametrize(("kind", "expected", "line"), POOLS)
def test_v11_pooling(kind, expected, line):
    model = konv.Sequential([konv.Input((4, 4, 1)), getattr(konv, kind)(2, name="pool")])
    found = [model.explain(X, "pool", (*place, 0)).sum for place in places_of((2, 2))]
    assert np.reshape(found, (2, 2)).tolist() == expected
    assert line in model.explain(X, "pool", (0, 0, 0)).text()


@pytest.mark.parametrize(("name", "fields", "expected"), NINES)
def test_v12_of_tutorial_003(name, fields, expected):
    assert sums(convolution(K2, size=(3, 3), **fields), NINE, expected) == expected


def test_v13_output_0_sees_inputs_0_1_3_4_only():
    explanation = convolution(K2, size=(3, 3)).explain(NINE, "conv2d_1", (0, 0, 0))
    assert explanation.steps[0].parts[0].numbers.tolist() == SEEN
    assert (explanation.seen.rows, explanation.seen.columns) == ((0, 2), (0, 2))
