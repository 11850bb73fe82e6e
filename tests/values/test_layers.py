"""The steps of each kind of layer, on numbers that can be worked out by hand."""

import math

import numpy as np
import pytest

import konv
from konv.layers import LAYERS
from konv.values.layer_steps import steps_of
from oracles.tutorial_numbers import X


def explained(layers, picture, at, *, layer=None, weights=None, **options):
    model = konv.Sequential(layers)
    if weights is not None:
        model.set_weights(weights)
    name = model.network.nodes[-1].name if layer is None else layer
    return model.explain(np.asarray(picture, float), name, at, **options)


def test_every_channel_has_its_kernel_and_the_parts_add_up():
    # Channel 0 is all 1, channel 1 all 2; its kernels are 3 and −1 everywhere.
    picture = np.ones((2, 2, 2)) * [1, 2]
    kernel = np.ones((2, 2, 2, 1)) * np.array([3, -1])[:, None]
    found = explained(
        [konv.Input((2, 2, 2)), konv.Conv2D(1, 2)], picture, (0, 0, 0), weights=[kernel, [0.5]]
    )
    step = found.steps[0]
    assert [part.name for part in step.parts] == ["channel 0", "channel 1"]
    assert step.totals == (12, -8)
    assert (step.sum, step.bias, step.value) == (4, 0.5, 4.5)
    assert "12 + (-8) = 4" in found.text()


def test_strides_and_dilation_say_which_rows_meet_the_kernel():
    picture = np.arange(49.0).reshape(7, 7, 1)
    layer = konv.Conv2D(1, 2, strides=2, use_bias=False)
    found = explained(
        [konv.Input((7, 7, 1)), layer], picture, (1, 2, 0), weights=[np.ones((2, 2, 1, 1))]
    )
    assert found.steps[0].parts[0].places[:, :2].tolist() == [[2, 4], [2, 5], [3, 4], [3, 5]]
    assert found.sum == 18 + 19 + 25 + 26
    layer = konv.Conv2D(1, 2, dilation_rate=3, use_bias=False)
    found = explained(
        [konv.Input((7, 7, 1)), layer], picture, (1, 0, 0), weights=[np.ones((2, 2, 1, 1))]
    )
    assert found.steps[0].parts[0].places[:, :2].tolist() == [[1, 0], [1, 3], [4, 0], [4, 3]]
    assert found.sum == 7 + 10 + 28 + 31
    assert "rows 1, 4, columns 0, 3" in found.text()


def test_a_filter_of_a_group_sees_the_channels_of_its_group():
    picture = np.arange(1.0, 5.0).reshape(1, 1, 4)
    layer = konv.Conv2D(2, 1, groups=2, use_bias=False)
    kernel = np.array([[10.0, 30], [20, 40]]).reshape(1, 1, 2, 2)
    found = [
        explained([konv.Input((1, 1, 4)), layer], picture, (0, 0, f), weights=[kernel])
        for f in (0, 1)
    ]
    assert [one.sum for one in found] == [1 * 10 + 2 * 20, 3 * 30 + 4 * 40]
    assert [part.name for part in found[1].steps[0].parts] == ["channel 2", "channel 3"]


def test_channels_first_places_are_channel_row_column():
    picture = np.arange(18.0).reshape(2, 3, 3)
    layers = [konv.Input((2, 3, 3)), konv.Conv2D(1, 2, data_format="channels_first")]
    kernel = np.zeros((2, 2, 2, 1))
    kernel[0, 1, 1, 0] = 1  # row 0, column 1, channel 1
    found = explained(layers, picture, (0, 1, 0), weights=[kernel, [0]])
    assert found.place == "channel 0, row 1, column 0"
    assert found.sum == picture[1, 1, 1]
    assert found.steps[0].parts[1].places.tolist()[1] == [1, 1, 1]


def test_a_depthwise_convolution_looks_at_one_channel():
    picture = np.array([1.0, 2]).reshape(1, 1, 2)
    layers = [konv.Input((1, 1, 2)), konv.DepthwiseConv2D(1, depth_multiplier=2)]
    kernel = np.array([[3.0, 4], [5, 6]]).reshape(1, 1, 2, 2)
    found = [
        explained(layers, picture, (0, 0, out), weights=[kernel, [0, 0, 0, 0]]).sum
        for out in range(4)
    ]
    assert found == [1 * 3, 1 * 4, 2 * 5, 2 * 6]


def test_a_separable_convolution_takes_two_steps():
    picture = np.array([[[1.0, 2]], [[3, 4]]])
    layers = [konv.Input((2, 1, 2)), konv.SeparableConv2D(1, (2, 1), activation="relu")]
    depthwise = np.array([[[[1.0], [10]]], [[[2], [20]]]])
    pointwise = np.array([1.0, -1]).reshape(1, 1, 2, 1)
    found = explained(layers, picture, (0, 0, 0), weights=[depthwise, pointwise, [200]])
    first, second, third = found.steps
    assert first.totals == (1 * 1 + 3 * 2, 2 * 10 + 4 * 20)
    assert second.parts[0].numbers.tolist() == [7, 100]
    assert (second.sum, second.value) == (7 - 100, 107)
    assert third.name == "relu"
    assert found.sum == 107


@pytest.mark.parametrize(
    ("layer", "at", "expected"),
    [
        (konv.MaxPooling2D(3, strides=1, padding="same"), (0, 0, 0), 2),
        (konv.AveragePooling2D(3, strides=1, padding="same"), (0, 0, 0), (1 + 2 + 0 + 1) / 4),
        (konv.GlobalMaxPooling2D(), (0,), 3),
        (konv.GlobalMaxPooling2D(keepdims=True), (0, 0, 0), 3),
        (konv.GlobalAveragePooling2D(), (0,), 24 / 16),
    ],
)
def test_pools_leave_the_padding_out(layer, at, expected):
    assert explained([konv.Input((4, 4, 1)), layer], X, at).sum == expected


def test_the_first_of_several_largest_wins():
    step = explained([konv.Input((4, 4, 1)), konv.GlobalMaxPooling2D()], X, (0,)).steps[0]
    assert step.part.places[step.winner].tolist() == [0, 2, 0]


def test_padding_does_not_win_over_negative_numbers():
    layers = [konv.Input((2, 2, 1)), konv.MaxPooling2D(2, strides=1, padding="same")]
    assert explained(layers, [[-4, -3], [-2, -1]], (1, 1, 0)).sum == -1


def test_dense_adds_up_all_inputs():
    weights = [np.array([[1.0, 10], [2, 20], [3, 30]]), [0.5, -0.5]]
    layers = [konv.Input((3,)), konv.Dense(2)]
    found = explained(layers, [4, 5, 6], (1,), weights=weights)
    assert found.sum == 4 * 10 + 5 * 20 + 6 * 30 - 0.5
    assert "4*10 + 5*20 + 6*30 = 320" in found.text()
    assert found.seen is None


def test_dense_on_a_map_works_on_the_channels_of_each_place():
    layers = [konv.Input((1, 2, 2)), konv.Dense(1, use_bias=False)]
    picture = np.array([[[1.0, 2], [3, 4]]])
    found = explained(layers, picture, (0, 1, 0), weights=[[[10], [100]]])
    assert found.sum == 3 * 10 + 4 * 100
    assert found.seen.columns == (1, 2)


def test_softmax_shows_every_exponential():
    numbers = [math.log(1), math.log(2), math.log(5)]
    found = explained([konv.Input((3,)), konv.Activation("softmax")], numbers, (1,))
    step = found.steps[-1]
    assert step.powers.tolist() == pytest.approx([1 / 5, 2 / 5, 1], rel=1e-6)
    assert step.total == pytest.approx(8 / 5, rel=1e-6)
    assert found.sum == pytest.approx(2 / 8, rel=1e-6)


def test_softmax_in_a_layer_is_over_all_its_units():
    weights = [np.eye(2), [0, math.log(3)]]
    found = explained(
        [konv.Input((2,)), konv.Dense(2, activation="softmax")], [0, 0], (1,), weights=weights
    )
    assert found.sum == pytest.approx(3 / 4, rel=1e-6)
    assert found.value == pytest.approx(3 / 4, rel=1e-6)


ACTIVATIONS = [
    ("relu", -2, 0),
    ("relu", 3, 3),
    ("sigmoid", 0, 0.5),
    ("tanh", 0.5, math.tanh(0.5)),
    ("leaky_relu", -2, -0.4),
    ("elu", -1, math.exp(-1) - 1),
    ("selu", 2, 2 * 1.0507009873554805),
    ("selu", -1, 1.0507009873554805 * 1.6732632423543772 * math.expm1(-1)),
    ("silu", 2, 2 / (1 + math.exp(-2))),
    ("gelu", 1, (1 + math.erf(1 / math.sqrt(2))) / 2),
    ("gelu_tanh", -2, -(1 + math.tanh(math.sqrt(2 / math.pi) * -(2 + 0.044715 * 8)))),
    ("softplus", 1, math.log(1 + math.e)),
    ("mish", 1, math.tanh(math.log(1 + math.e))),
    ("hard_sigmoid", 1, 4 / 6),
    ("hard_sigmoid", -4, 0),
    ("hard_swish", 1, 4 / 6),
]


@pytest.mark.parametrize(("name", "z", "expected"), ACTIVATIONS)
def test_an_activation_is_a_formula_that_python_computes(name, z, expected):
    within = explained(
        [konv.Input((1,)), konv.Dense(1, activation=name)], [z], (0,), weights=[[[1]], [0]]
    )
    alone = explained([konv.Input((1,)), konv.Activation(name)], [z], (0,))
    for found in (within, alone):
        assert found.sum == pytest.approx(expected, rel=1e-12)
        assert found.value == pytest.approx(expected, rel=1e-6)
        assert eval(found.steps[-1].filled, vars(math) | {"max": max, "min": min}) == pytest.approx(
            expected
        )


@pytest.mark.parametrize(
    ("layer", "z", "expected"),
    [
        (konv.ReLU(max_value=6), 8, 6),
        (konv.ReLU(threshold=1), 0.5, 0),
        (konv.ReLU(negative_slope=0.5, threshold=1), -3, -2),
        (konv.LeakyReLU(0.25), -8, -2),
        (konv.LeakyReLU(0.25), 8, 8),
        (konv.ELU(0.5), 8, 8),
        (konv.ELU(0), -8, 0),
        (konv.ReLU(), -1, 0),
        (konv.Activation("linear"), -1, -1),
    ],
)
def test_rectifiers_of_their_own(layer, z, expected):
    found = explained([konv.Input((1,)), layer], [z], (0,))
    assert found.sum == expected
    assert found.value == expected
    if hasattr(found.steps[-1], "filled"):
        assert eval(found.steps[-1].filled) == expected


@pytest.mark.parametrize("alpha", [0.5, 1])
def test_the_formula_of_elu_has_its_alpha(alpha):
    found = explained([konv.Input((1,)), konv.ELU(alpha)], [-2], (0,))
    expected = alpha * (math.exp(-2) - 1)
    assert found.sum == pytest.approx(expected, rel=1e-12)
    assert eval(found.steps[-1].filled, dict(vars(math))) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (7 - 1) / 2 * 5 + 4),
        ({"scale": False}, (7 - 1) / 2 + 4),
        ({"center": False}, (7 - 1) / 2 * 5),
    ],
)
def test_normalization_takes_the_moving_mean_and_variance(fields, expected):
    layer = konv.BatchNormalization(epsilon=0.75, **fields)
    model = konv.Sequential([konv.Input((2,)), layer])
    own = {"gamma": [9, 5], "beta": [9, 4], "moving_mean": [9, 1], "moving_variance": [9, 3.25]}
    model.set_weights({name: own[name.split("/")[1]] for name in model.weights})
    found = model.explain(np.array([9.0, 7]), "batch_normalization_1", (1,))
    assert found.sum == expected
    assert found.value == pytest.approx(expected, rel=1e-6)
    assert eval(found.steps[-1].filled, dict(vars(math))) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("layer", "at", "value", "said"),
    [
        (konv.Flatten(), (6,), 2, "row 1, column 2, channel 0 of input_1"),
        (konv.ZeroPadding2D(1), (0, 0, 0), 0, "a zero of the padding"),
        (konv.ZeroPadding2D(1), (1, 3, 0), 3, "row 0, column 2, channel 0 of input_1"),
        (konv.Dropout(0.5), (0, 1, 0), 2, "drops 50% of all numbers"),
        (konv.ReLU(), (0, 1, 0), 2, "max(0, 2)"),
    ],
)
def test_what_is_passed_on_says_where_it_comes_from(layer, at, value, said):
    found = explained([konv.Input((4, 4, 1)), layer], X, at)
    assert (found.sum, found.value) == (value, value)
    assert said in found.text(width=200)


def test_merging_layers_say_which_input_it_is():
    x = konv.Input((4, 4, 1))
    pool = konv.MaxPooling2D(1)(x)
    both = konv.Model(x, konv.Concatenate()([x, pool]))
    found = both.explain(X, "concatenate_1", (0, 1, 1))
    assert found.sum == 2
    assert "row 0, column 1, channel 0 of max_pooling2d_1" in found.text(width=200)
    summed = konv.Model(x, konv.Add()([x, pool, pool]))
    found = summed.explain(X, "add_1", (0, 2, 0))
    assert found.sum == found.value == 9
    assert "3 + 3 + 3 = 9" in found.text()


def test_a_pixel_is_divided_by_255():
    model = konv.Sequential([konv.Input((1, 1, 1)), konv.Flatten()])
    found = model.explain(np.array([[51]], np.uint8), "input_1", (0, 0, 0))
    assert found.sum == pytest.approx(0.2)
    assert "51 / 255 = 0.2" in found.text()
    assert abs(found.last_places) < 2  # the engine multiplies by 1 / 255 in float32


def test_a_pixel_is_standardised_as_the_preprocessing_says():
    model = konv.Sequential([konv.Input((1, 1, 3)), konv.Flatten()])
    model.preprocessing = konv.Preprocessing(1, 1, 3, mean=(0, 0.2, 0), std=(1, 0.5, 1))
    found = model.explain(np.full((1, 1, 3), 153, np.uint8), "input_1", (0, 0, 1))
    assert found.sum == pytest.approx((153 / 255 - 0.2) / 0.5)
    assert "with mean 0.2 and std 0.5" in found.text(width=200)
    numbers = model.explain(np.full((1, 1, 3), 0.6), "input_1", (0, 0, 1))
    assert numbers.sum == pytest.approx((0.6 - 0.2) / 0.5)
    assert "with mean 0.2 and std 0.5" in numbers.text(width=200)


def test_standardised_pixels_of_a_part_without_a_data_format():
    """The network that ends at Dropout does not know that its pictures are channels first."""
    layers = [konv.Input((3, 2, 2)), konv.Dropout(0.1), konv.Flatten("channels_first")]
    model = konv.Sequential(layers)
    model.preprocessing = konv.Preprocessing(2, 2, 3, mean=(0.1, 0.2, 0.3), std=(1, 0.5, 0.25))
    picture = np.full((3, 2, 2), 0.6)
    whole = model.predict(picture[None])[0]
    for place in range(12):
        at = (place % 3, place // 6, place // 3 % 2)
        assert model.explain(picture, "dropout_1", at).value == whole[place]


def test_behind_flatten_it_is_known_which_pixels_are_seen():
    model = konv.Sequential([konv.Input((8, 8, 1)), konv.MaxPooling2D(2), konv.Flatten()])
    seen = model.explain(np.zeros((8, 8)), "flatten_1", 6).seen
    assert (seen.rows, seen.columns) == ((2, 4), (4, 6))


def test_a_corner_of_the_padding_sees_nothing():
    model = konv.Sequential([konv.Input((4, 4, 1)), konv.ZeroPadding2D(2), konv.MaxPooling2D(2)])
    found = model.explain(X, "max_pooling2d_1", (0, 0, 0))
    assert found.seen.nothing
    assert "depends on no pixel" in found.text()


def test_a_picture_may_come_as_a_batch_of_one_or_without_its_channel():
    model = konv.Sequential([konv.Input((4, 4, 1)), konv.MaxPooling2D(2)])
    values = {
        model.explain(picture, "max_pooling2d_1", (0, 0, 0)).value
        for picture in (X, X[..., None], X[None, ..., None])
    }
    assert values == {2}


@pytest.mark.parametrize("kind", LAYERS.values(), ids=LAYERS)
def test_every_kind_of_layer_has_steps(kind):
    assert steps_of.dispatch(kind) is not steps_of.dispatch(object)
