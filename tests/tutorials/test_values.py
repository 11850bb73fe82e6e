"""The values that the tutorials compute by hand, through the public interface."""

import numpy as np
import pytest

import konv
from oracles.tutorial_numbers import CONVOLUTIONS, IM2COL, K2, NINE, PARTICIPATION, K, X


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
    # 3·1 + 1·(−1) + 1·1 + 7·(−1) + 2·1 + 5·(−1) = −7
    assert convolve([[3, 1], [1, 7], [2, 5]], [[1, -1], [1, -1], [1, -1]]) == [[-7]]


@pytest.mark.parametrize(("padding", "expected"), PARTICIPATION)
def test_v10_how_often_each_pixel_takes_part(padding, expected):
    ones = np.ones_like(konv.im2col(np.zeros((4, 4), int), 3, padding=padding))
    assert konv.col2im(ones, (4, 4), 3, padding=padding).tolist() == expected


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (konv.MaxPooling2D(2), [[2, 3], [3, 2]]),
        (konv.AveragePooling2D(2), [[1, 2], [2, 1]]),
        (konv.MinPooling2D(2), [[0, 0], [0, 0]]),
    ],
)
def test_v11_pooling(layer, expected):
    assert pool(layer) == expected


def test_v12_valid_and_same_of_tutorial_003():
    assert convolve(NINE, K2) == [[27, 37], [57, 67]]
    assert convolve(NINE, K2, padding="same") == [[27, 37, 17], [57, 67, 29], [20, 23, 8]]


def test_v12_keras_1_on_theano_flipped_the_kernel_and_padded_top_left():
    fields = {"true_convolution": True, "padding": ((1, 0), (1, 0))}
    assert convolve(NINE, K2, **fields) == [[0, 1, 4], [3, 13, 23], [15, 43, 53]]


def test_v13_output_0_sees_inputs_0_1_3_4_only():
    seen = konv.im2col(NINE, 2)[0]
    assert seen.tolist() == [0, 1, 3, 4]
    assert convolve(NINE == 8, K2)[0][0] == 0


@pytest.mark.parametrize(("activation", "bound"), [("sigmoid", 0.25), ("tanh", 1.0), ("relu", 1.0)])
def test_v14_how_large_a_gradient_can_be(activation, bound):
    function = konv.Activation(activation).function
    z = np.linspace(-8, 8, 4001)
    slope = function.backward(z, function.forward(z), np.ones_like(z))
    assert slope.max() == pytest.approx(bound, abs=1e-9)
    if activation == "relu":
        assert set(slope.tolist()) == {0.0, 1.0}


def test_v14_ten_sigmoids_leave_a_millionth_of_a_gradient():
    layers = [konv.Activation("sigmoid").function] * 10
    gradient = np.ones(1)
    for function in layers:
        zero = np.zeros(1)
        gradient = function.backward(zero, function.forward(zero), gradient)
    assert gradient[0] == 0.25**10
    assert f"{gradient[0]:.1e}" == "9.5e-07"
