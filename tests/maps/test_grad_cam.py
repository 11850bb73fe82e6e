"""Grad-CAM: by hand, against finite differences, and against the maps that it generalises."""

import numpy as np
import pytest

from konv.errors import DataError, NetworkError, ParameterError
from konv.layers import (
    Activation,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
)
from konv.layers.base import Context
from konv.maps.heat import spread
from konv.model import Sequential
from konv.network.ending import split_ending
from konv.network.receptive_field import AxisField, ReceptiveField
from konv.training.labels import Labels
from maps.networks import FORMS, in_a_row, picture_for, plain, residual

STEP = 1e-5


def test_by_hand():
    """Two maps of a picture of 2×2: the picture itself, and twice the picture.

    Class 1 weighs the first map by [[1, 2], [3, 4]], of mean 2.5, the second by −1 in one place
    of four: −0.25. So L = max(0, 2.5·x − 0.25·2x) = max(0, 2x).
    """
    model = Sequential(
        [Input((2, 2, 1)), Conv2D(2, 1, use_bias=False), Flatten(), Dense(2, activation="softmax")]
    )
    dense = np.zeros((2, 2, 2, 2))
    dense[..., 0, 1] = [[1, 2], [3, 4]]
    dense[1, 1, 1, 1] = -1
    model.set_weights([[[[[1, 2]]]], dense.reshape(8, 2), [0, 7]])
    heat = model.grad_cam(np.array([[1.0, -3.0], [0.5, 2.0]]), label=1)
    np.testing.assert_allclose(heat.weights, [2.5, -0.25])
    np.testing.assert_allclose(heat.values, [[2, 0], [1, 4]])
    np.testing.assert_allclose(heat.signed, [[2, -6], [1, 4]])
    np.testing.assert_allclose(heat.on_picture, heat.values)
    assert (heat.layer, heat.label, heat.class_index) == ("conv2d_1", 1, 1)
    # y₁ − y₀ = Σ [[1, 2], [3, 4]]·x − 2·x[1, 1] + 7 = 4.5 − 4 + 7
    assert (heat.unit, heat.score) == ("probability", pytest.approx(1 / (1 + np.exp(-7.5))))


def score_with(model, node, maps, index):
    """The class's number before the last activation, were these the output of a node."""
    body, _ending = split_ending(model.network)
    outputs = {body.nodes[0].name: picture_for(model)[np.newaxis], node: maps}
    for other in body.nodes[1:]:
        if other.name != node:
            weights = {o: model.weights[n].astype(float) for o, n in other.weight_names.items()}
            inputs = tuple(outputs[name] for name in other.inputs)
            outputs[other.name] = other.layer.forward(weights, inputs, Context())[0]
    z = outputs[body.nodes[-1].name][0]
    return z[index] if len(z) > 1 else (z[0] if index == 1 else -z[0])


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("form", FORMS)
def test_weights_are_the_mean_gradients_that_finite_differences_give(form, index):
    model = FORMS[form]()
    first = model.network.data_format == "channels_first"
    names = [node.name for node in model.network.nodes if len(node.output_shape) == 3]
    for name in [None, *names]:
        heat = model.grad_cam(picture_for(model), name, label=index)
        maps = model.feature_maps(picture_for(model), heat.layer)[heat.layer].values.astype(float)
        for channel, weight in enumerate(heat.weights):
            one = np.zeros(maps.shape)
            one[..., channel] = STEP
            ends = [
                np.moveaxis(moved, -1, 0) if first else moved for moved in (maps + one, maps - one)
            ]
            high, low = (score_with(model, heat.layer, end[np.newaxis], index) for end in ends)
            places = maps.shape[0] * maps.shape[1]
            assert weight == pytest.approx((high - low) / (2 * STEP) / places, abs=2e-5)
        expected = np.maximum(maps @ heat.weights, 0)
        np.testing.assert_allclose(heat.values, expected, atol=1e-5)


@pytest.mark.parametrize("ending", ["softmax", "linear"])
def test_behind_global_average_pooling_it_is_the_class_activation_map(ending):
    """Zhou et al. 2016: M = Σ_k w[k, c]·A_k, here divided by the places of a map."""
    model = in_a_row(
        Conv2D(6, 3, activation="relu"),
        MaxPooling2D(2),
        Conv2D(5, 2, activation="relu"),
        GlobalAveragePooling2D(),
        Dense(4, activation=ending),
    )
    picture = picture_for(model)
    maps = model.feature_maps(picture, "conv2d_2")["conv2d_2"].values
    for index in range(4):
        cam = maps @ model.weights["dense_1/kernel"][:, index]
        heat = model.grad_cam(picture, label=index)
        assert heat.layer == "conv2d_2"
        np.testing.assert_allclose(heat.signed, cam / (maps.shape[0] * maps.shape[1]), atol=1e-6)
        np.testing.assert_allclose(heat.values, np.maximum(heat.signed, 0))


def test_the_two_classes_of_one_output_pull_in_opposite_directions():
    model = FORMS["two_classes"]()
    first, second = (model.grad_cam(picture_for(model), label=index) for index in (0, 1))
    np.testing.assert_allclose(first.signed, -second.signed)
    assert first.score + second.score == pytest.approx(1)


@pytest.mark.parametrize(
    ("form", "layer"),
    [
        ("plain", "conv2d_2"),
        ("residual", "relu_2"),
        ("side_by_side", "concatenate_1"),
        ("shared", "conv2d_2"),
    ],
)
def test_without_a_layer_it_is_where_the_last_block_ends(form, layer):
    model = FORMS[form]()
    assert model.grad_cam(picture_for(model)).layer == layer


@pytest.mark.parametrize(
    ("kernels", "layer"), [((3, (6, 4)), "conv2d_1"), (((8, 6), 1), "conv2d_2"), ((1,), "conv2d_1")]
)
def test_maps_of_a_single_number_are_passed_over_if_there_are_others(kernels, layer):
    model = in_a_row(*(Conv2D(2, kernel) for kernel in kernels), Flatten(), Dense(2))
    assert model.grad_cam(picture_for(model)).layer == layer


def test_without_a_label_it_is_what_the_picture_is_taken_for():
    model = plain()
    model.labels = Labels(("가위", "바위", "보"))
    picture = picture_for(model)
    heat = model.grad_cam(picture)
    assert heat.label == model.predict_classes(picture[np.newaxis])[0]
    assert heat.score == pytest.approx(model.predict(picture[np.newaxis]).max(), abs=1e-6)
    assert model.grad_cam(picture, label="보").class_index == 2


def test_the_model_stays_as_it_was():
    model = residual()
    before = model.get_weights()
    model.grad_cam(picture_for(model))
    for weight, former in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, former)


# Spreading over the picture ---------------------------------------------------------------------


def field_of(*, size, jump, start, pixels):
    axis = AxisField(size=size, jump=jump, start=start, low=0, high=pixels)
    return ReceptiveField(axis, axis)


@pytest.mark.parametrize(
    ("size", "jump", "start", "pixels", "expected"),
    [
        # valid 3×3: numbers stand at pixels 1 and 2
        (3, 1, 0, 4, [0, 0, 6, 6]),
        # pooled 2×2: at 0.5 and 2.5
        (2, 2, 0, 4, [0, 1.5, 4.5, 6]),
        # a stride of 3 from the padding on: at 0 and 3
        (3, 3, -1, 4, [0, 2, 4, 6]),
        # all see the same: laid evenly, at 0.5 and 2.5
        (4, 0, 0, 4, [0, 1.5, 4.5, 6]),
    ],
)
def test_each_number_stands_at_the_middle_of_its_receptive_field(
    size, jump, start, pixels, expected
):
    field = field_of(size=size, jump=jump, start=start, pixels=pixels)
    spread_out = spread(np.array([[0.0, 6.0], [0.0, 6.0]]), field, (pixels, pixels))
    np.testing.assert_allclose(spread_out, [expected] * pixels)


def test_a_single_number_stands_for_the_whole_picture():
    field = field_of(size=8, jump=8, start=0, pixels=8)
    np.testing.assert_array_equal(spread(np.array([[3.0]]), field, (8, 8)), np.full((8, 8), 3.0))


# Refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "options", "error", "said"),
    [
        (plain, {"layer": "conv2d_9"}, NetworkError, "K305"),
        (plain, {"layer": "dense_1"}, ParameterError, r"makes no maps: \(3,\)(.|\n)*conv2d_2"),
        (plain, {"label": 3}, DataError, "K505"),
        (plain, {"label": "cat"}, DataError, "K505"),
        (lambda: in_a_row(Flatten(), Dense(3)), {}, NetworkError, "K310"),
        (lambda: in_a_row(Conv2D(3, 3), Activation("softmax")), {}, DataError, "K505"),
    ],
)
def test_what_cannot_be_is_refused(model, options, error, said):
    made = model()
    with pytest.raises(error, match=said):
        made.grad_cam(picture_for(made), **options)


def test_a_picture_of_another_size_is_refused():
    with pytest.raises(DataError, match="K504"):
        plain().grad_cam(np.zeros((9, 9)))
