"""The values that the tutorials compute by hand, through the public interface."""

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
    SIGMOIDS,
    SLOPES,
    WINDOW,
    K,
    X,
)


def convolve(picture, kernel, bias=None, **fields):
    """One picture through one filter with the given kernel."""
    picture, kernel = np.asarray(picture, float), np.asarray(kernel, float)
    layer = konv.Conv2D(1, kernel.shape, use_bias=bias is not None, **fields)
    model = konv.Sequential([konv.Input((*picture.shape, 1)), layer])
    arrays = [kernel[:, :, None, None], *([] if bias is None else [[bias]])]
    model.set_weights(arrays)
    return model.predict(picture[None])[0, :, :, 0].tolist()


def pool(layer):
    model = konv.Sequential([konv.Input((4, 4, 1)), layer])
    return model.predict(np.asarray([X], float))[0, :, :, 0].tolist()


@pytest.mark.parametrize(("name", "fields", "expected"), CONVOLUTIONS)
def test_convolutions_of_tutorial_004(name, fields, expected):
    assert convolve(X, K, **fields) == expected


def test_v8_im2col():
    assert konv.im2col(X, 3).tolist() == IM2COL


def test_v8_im2col_makes_the_convolution_one_product():
    columns = konv.im2col(np.array(X), 3)
    assert (columns @ np.array(K).reshape(-1)).tolist() == [15, 16, 6, 15]


def test_v9_the_window_of_tutorial_001():
    window, kernel, _sum, expected = WINDOW
    assert convolve(window, kernel) == [[expected]]


@pytest.mark.parametrize(("padding", "expected"), PARTICIPATION)
def test_v10_how_often_each_pixel_takes_part(padding, expected):
    ones = np.ones_like(konv.im2col(np.zeros((4, 4), int), 3, padding=padding))
    assert konv.col2im(ones, (4, 4), 3, padding=padding).tolist() == expected


@pytest.mark.parametrize(("kind", "expected", "_first"), POOLS)
def test_v11_pooling(kind, expected, _first):
    assert pool(getattr(konv, kind)(2)) == expected


@pytest.mark.parametrize(("name", "fields", "expected"), NINES)
def test_v12_of_tutorial_003(name, fields, expected):
    """Keras 1 on Theano flipped the kernel, and padded at the top and on the left."""
    assert convolve(NINE, K2, **fields) == expected


def test_v13_output_0_sees_inputs_0_1_3_4_only():
    seen = konv.im2col(NINE, 2)[0]
    assert seen.tolist() == SEEN
    assert convolve(NINE == 8, K2)[0][0] == 0


@pytest.mark.parametrize(("activation", "bound"), SLOPES)
def test_v14_how_large_a_gradient_can_be(activation, bound):
    function = konv.Activation(activation).function
    z = np.linspace(-8, 8, 4001)
    slope = function.backward(z, function.forward(z), np.ones_like(z))
    assert slope.max() == pytest.approx(bound, abs=1e-9)
    if activation == "relu":
        assert set(slope.tolist()) == {0.0, 1.0}


def test_v14_ten_sigmoids_leave_a_millionth_of_a_gradient():
    count, left = SIGMOIDS
    layers = [konv.Activation("sigmoid").function] * count
    gradient = np.ones(1)
    for function in layers:
        zero = np.zeros(1)
        gradient = function.backward(zero, function.forward(zero), gradient)
    assert gradient[0] == 0.25**count
    assert float(f"{gradient[0]:.1e}") == left
