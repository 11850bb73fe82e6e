"""The gradient of one weight: a sum by hand, by finite differences, and as the engine has it."""

import random

import numpy as np
import pytest

import konv
from konv.engines.reference.program import ReferenceEngine
from oracles.tutorial_numbers import X
from values.examples import random_model, random_picture

STEP = 1e-5


def by_differences(model, picture, label, name, place):
    """The slope of the loss between two values of a weight, in float64."""
    task = model._task([label])
    pictures = np.asarray(picture)[None]
    program = ReferenceEngine(np.float64).compile(
        model.network, loss=task.loss, pixels=model.pixels(pictures)
    )
    losses = []
    for shift in (STEP, -STEP):
        weights = {key: weight.astype(np.float64) for key, weight in model.weights.items()}
        weights[name][place] += shift
        step = program.loss_and_gradients(weights, pictures, task.targets([label]), key=0)
        losses.append(step.losses[0])
    return (losses[0] - losses[1]) / (2 * STEP)


def test_of_dense_it_is_the_input_times_the_gradient_of_the_loss():
    layers = [konv.Input((2,)), konv.Dense(2, activation="softmax")]
    model = konv.Sequential(layers)
    model.set_weights([np.zeros((2, 2)), np.zeros(2)])
    # Both classes have probability 1/2: the gradient of z is p − t = (1/2, −1/2).
    found = model.explain_gradient(np.array([3.0, 5]), 1, "dense_1", (1, 1))
    assert found.sum == found.value == 5 * -0.5
    assert "5*(-0.5) = -2.5" in found.text()
    assert found.loss_value == pytest.approx(np.log(2))
    bias = model.explain_gradient(np.array([3.0, 5]), 1, "dense_1", (0,))
    assert (bias.weight, bias.sum) == ("dense_1/bias", 0.5)


def test_of_a_convolution_every_place_adds_its_product():
    layers = [
        konv.Input((4, 4, 1)),
        konv.Conv2D(1, 3),
        konv.GlobalAveragePooling2D(),
        konv.Dense(2, activation="softmax"),
    ]
    model = konv.Sequential(layers)
    model.set_weights([np.zeros((3, 3, 1, 1)), [0], np.array([[4.0, -4]]), [0, 0]])
    # p − t = (−1/2, 1/2); times the weights −4; a quarter for each of the four places: −1.
    found = model.explain_gradient(X, 0, "conv2d_1", (0, 1, 0, 0))
    assert found.sum == found.value == -(2 + 3 + 1 + 2)
    assert "2*(-1) + 3*(-1) + 1*(-1) + 2*(-1) = -8" in found.text()


CONVOLUTIONS = [
    konv.Conv2D(4, 3, activation="tanh", name="c"),
    konv.Conv2D(4, (2, 3), strides=(2, 1), padding="same", activation="sigmoid", name="c"),
    konv.Conv2D(4, 2, dilation_rate=2, padding="full", activation="silu", name="c"),
    konv.Conv2D(4, (3, 2), true_convolution=True, padding=((0, 1), (2, 0)), name="c"),
    konv.Conv2D(4, 2, groups=2, use_bias=False, name="c"),
    konv.Conv2D(4, 3, activation="softmax", padding="same", name="c"),
]


@pytest.mark.parametrize("layer", CONVOLUTIONS, ids=repr)
def test_it_is_the_slope_of_the_loss(layer):
    layers = [konv.Input((5, 6, 4)), layer, konv.Flatten(), konv.Dense(3, activation="softmax")]
    model = konv.Sequential(layers, seed=2, engine="reference")
    picture = np.random.default_rng(1).normal(size=(5, 6, 4)).astype(np.float32)
    chance = random.Random(0)
    for name, weight in model.weights.items():
        place = tuple(chance.randrange(size) for size in weight.shape)
        found = model.explain_gradient(picture, 2, name.split("/")[0], place)
        assert found.weight == name
        slope = by_differences(model, picture, 2, name, place)
        assert found.sum == pytest.approx(slope, rel=1e-4, abs=1e-7)
        assert found.value == pytest.approx(slope, rel=1e-3, abs=1e-6)


def test_channels_first_has_the_same_gradients():
    found = []
    for data_format in ("channels_last", "channels_first"):
        first = data_format == "channels_first"
        layers = [
            konv.Input((2, 5, 6) if first else (5, 6, 2)),
            konv.Conv2D(3, 2, padding="same", data_format=data_format),
            konv.Flatten(data_format),
            konv.Dense(3, activation="softmax"),
        ]
        model = konv.Sequential(layers, seed=2, engine="reference")
        picture = np.random.default_rng(1).normal(size=(5, 6, 2)).astype(np.float32)
        picture = np.moveaxis(picture, -1, 0) if first else picture
        found.append(model.explain_gradient(picture, 1, "conv2d_1", (1, 0, 1, 2)))
    assert found[0].sum == pytest.approx(found[1].sum, rel=1e-12)
    assert found[1].steps[0].parts[0].places[0].tolist() == [1, 1, 0]


def test_weights_that_are_shared_gather_from_all_their_uses():
    x = konv.Input((4, 4, 2))
    layer = konv.Conv2D(2, 3, padding="same", activation="tanh")
    z = layer(layer(x))
    outputs = konv.Dense(2, activation="softmax")(konv.GlobalAveragePooling2D()(z))
    model = konv.Model(x, outputs, seed=5, engine="reference")
    picture = np.random.default_rng(1).normal(size=(4, 4, 2)).astype(np.float32)
    place = (0, 2, 1, 1)
    for name in ("conv2d_1", "conv2d_2"):
        found = model.explain_gradient(picture, 1, name, place)
        assert [part.name for part in found.steps[0].parts] == ["conv2d_1", "conv2d_2"]
        slope = by_differences(model, picture, 1, "conv2d_1/kernel", place)
        assert found.sum == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("seed", range(40))
def test_it_is_the_engines_gradient_on_random_networks(seed):
    model = random_model(seed, exact=False, engine="reference" if seed % 8 else "compiled")
    model.compile(loss="mean_squared_error")  # it suits every output
    picture = random_picture(model, seed, exact=False)
    target = np.random.default_rng(seed).normal(size=model.network.output_shape)
    chance = random.Random(seed)
    for node in model.network.nodes:
        if not isinstance(node.layer, (konv.Conv2D, konv.Dense)):
            continue
        kernel = model.weights[node.weight_names["kernel"]]
        place = tuple(chance.randrange(size) for size in kernel.shape)
        found = model.explain_gradient(picture, target, node.name, place)
        added = sum(float(np.abs(part.products).sum()) for part in found.steps[0].parts)
        assert abs(found.value - found.sum) <= 1e-4 * max(added, 1e-2), node.name


def test_what_training_does_besides_is_said():
    layers = [
        konv.Input((4,)),
        konv.Dense(4, name="first"),
        konv.BatchNormalization(),
        konv.Dropout(0.5),
        konv.Dense(2, activation="softmax"),
    ]
    text = konv.Sequential(layers).explain_gradient(np.ones(4), 0, "first", (0, 0)).text(width=200)
    assert "Dropout" in text
    assert "BatchNormalization" in text
    assert "The loss (SparseCategoricalCrossentropy) of this picture" in text
