"""What cannot be explained: each error says the range and the nearest thing that works."""

import numpy as np
import pytest

import konv
from oracles.tutorial_numbers import K, X
from values.examples import convolution

MODEL = convolution(K, engine="reference")
WIDE = konv.Sequential(
    [konv.Input((6, 5, 2)), konv.Conv2D(3, 2), konv.Flatten(), konv.Dense(4)], engine="reference"
)
PICTURE = np.zeros((6, 5, 2))

ROWS = [
    (lambda: MODEL.explain(X, "conv2d_2", (0, 0, 0)), "K305", 'did you mean "conv2d_1"?'),
    (lambda: MODEL.explain(X, "conv2d_1", (2, 0, 0)), "K311", "the nearest is 1,0,0"),
    (lambda: MODEL.explain(X, "conv2d_1", (0, -1, 0)), "K311", "the nearest is 0,0,0"),
    (lambda: MODEL.explain(X, "conv2d_1", (0, 10**30, 0)), "K201", "whole number"),
    (lambda: MODEL.explain(X, "conv2d_1", (0, 9, 9)), "K311", "column   from 0 to 1"),
    (lambda: MODEL.explain(X, "conv2d_1", (0, 0)), "K311", "2 coordinates where 3 are needed"),
    (lambda: MODEL.explain(X, "conv2d_1", 1), "K311", "the nearest is 1,0,0"),
    (lambda: MODEL.explain(X, "conv2d_1", (0, 0, 0, 0)), "K311", "the nearest is 0,0,0"),
    (lambda: MODEL.explain(X, "conv2d_1", (0, 0.5, 0)), "K201", "whole number"),
    (lambda: MODEL.explain(X, "conv2d_1", None), "K201", "whole number"),
    (lambda: MODEL.explain(X, "conv2d_1", "0,0,0"), "K201", "whole number"),
    (lambda: MODEL.explain(X, "conv2d_1", (True, 0, 0)), "K201", "whole number"),
    (lambda: MODEL.explain(X, "conv2d_1", ()), "K201", "whole number"),
    (lambda: MODEL.explain(X[:3], "conv2d_1", (0, 0, 0)), "K504", "(4, 4, 1)"),
    (lambda: MODEL.explain(X * np.nan, "conv2d_1", (0, 0, 0)), "K507", "finite"),
    (lambda: MODEL.explain("cat.png", "conv2d_1", (0, 0, 0)), "K507", "numbers"),
    (lambda: MODEL.explain(X, "conv2d_1", (0, 0, 0), how="loop"), "K201", '"loops"'),
    (lambda: WIDE.explain(PICTURE, "flatten_1", 60), "K311", "the nearest is 59"),
    (lambda: WIDE.explain(PICTURE, "dense_1", 0, how="im2col"), "K205", "conv2d_1"),
    (lambda: WIDE.explain_gradient(PICTURE, 0, "flatten_1", 0), "K201", "conv2d_1, dense_1"),
    (lambda: WIDE.explain_gradient(PICTURE, 0, "dense_1", (60, 0)), "K311", "input  from 0 to 59"),
    (lambda: WIDE.explain_gradient(PICTURE, 0, "dense_1", 4), "K311", "the nearest is 3"),
    (lambda: WIDE.explain_gradient(PICTURE, 0, "conv2d_1", (0, 0, 0)), "K311", "filter   from 0"),
    (lambda: WIDE.explain_gradient(PICTURE, 9, "conv2d_1", 0), "K505", "0, 1, 2, 3"),
    (lambda: konv.participation(4, 5), "K104", "does not fit"),
    (lambda: konv.participation(0, 5), "K201", "size=0"),
]


@pytest.mark.parametrize(("attempt", "code", "said"), ROWS)
def test_it_is_refused_with_a_fix(attempt, code, said):
    with pytest.raises(konv.KonvError) as caught:
        attempt()
    assert caught.value.code == code
    assert said in str(caught.value)
    assert caught.value.fix


def test_coordinates_of_channels_first_are_called_as_they_stand():
    layers = [konv.Input((2, 6, 5)), konv.Conv2D(3, 2, data_format="channels_first")]
    model = konv.Sequential(layers, engine="reference")
    with pytest.raises(konv.NetworkError, match=r"channel  from 0 to 2\n  row +from 0 to 4\n"):
        model.explain(np.zeros((2, 6, 5)), "conv2d_1", (4, 3, 0))


def test_numpy_numbers_are_whole_numbers_too():
    at = tuple(np.array([1, 1, 0]))
    assert MODEL.explain(X, "conv2d_1", at).sum == 15
    assert WIDE.explain(PICTURE, "flatten_1", np.int64(3)).at == (3,)
