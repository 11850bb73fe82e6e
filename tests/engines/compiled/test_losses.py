"""Every loss with every ending it may have: the reference's losses and gradients."""

import numpy as np
import pytest

from konv.engines import Pixels
from konv.engines.compiled.engine import CompiledEngine
from konv.engines.reference.program import ReferenceEngine
from konv.layers import (
    Activation,
    Conv2D,
    Dense,
    Flatten,
    Input,
    MaxPooling2D,
)
from konv.layers.activations import ACTIVATIONS
from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from konv.network.graph import sequential
from konv.network.weights import new_weights


def classes(pictures, generator):
    return generator.integers(0, 3, pictures)


def one_hot(pictures, generator):
    return np.eye(3, dtype=np.int64)[classes(pictures, generator)]


def shares(pictures, generator):
    return generator.dirichlet(np.ones(3), pictures)


def answers(pictures, generator):
    return generator.integers(0, 2, (pictures, 3))


def one_answer(pictures, generator):
    return generator.integers(0, 2, (pictures, 1))


def reals(pictures, generator):
    return generator.standard_normal((pictures, 3))


def whole(pictures, generator):
    return generator.integers(-9, 10, (pictures, 3))


def of_a_map(pictures, generator):
    return generator.standard_normal((pictures, 4, 5, 3))


LOSSES = {
    "classes": (SparseCategoricalCrossentropy(), "softmax", classes),
    "classes from logits": (SparseCategoricalCrossentropy(from_logits=True), "linear", classes),
    "rows": (CategoricalCrossentropy(), "softmax", shares),
    "rows of whole numbers": (CategoricalCrossentropy(), "softmax", one_hot),
    "rows from logits": (CategoricalCrossentropy(from_logits=True), "linear", shares),
    "smoothed": (CategoricalCrossentropy(label_smoothing=0.2), "softmax", one_hot),
    "yes or no": (BinaryCrossentropy(), "sigmoid", answers),
    "one yes or no": (BinaryCrossentropy(), "sigmoid", one_answer),
    "yes or no from logits": (BinaryCrossentropy(from_logits=True), "linear", answers),
    "smoothed yes or no": (BinaryCrossentropy(label_smoothing=0.1), "sigmoid", answers),
    **{f"squares of {name}": (MeanSquaredError(), name, reals) for name in ACTIVATIONS},
    "squares of whole numbers": (MeanSquaredError(), "linear", whole),
    "squares of a map": (MeanSquaredError(), "tanh", of_a_map),
}


def step_of(engine, network, loss, targets, *, prepared=True, weighted=False, pictures=11):
    generator = np.random.default_rng(5)
    images = generator.integers(0, 256, (pictures, *network.input_shape), np.uint8)
    given = targets(pictures, generator)
    if prepared:
        given = loss.prepare_targets(given, network.output_shape)
    weight = generator.uniform(0, 3, pictures) if weighted else None
    program = engine.compile(network, loss=loss, pixels=Pixels((1 / 255,), (-0.5,)))
    return program.loss_and_gradients(
        new_weights(network, 3), images, given, key=4, sample_weight=weight
    )


def ending_in(name, targets):
    layers = [Input((5, 6, 2)), Conv2D(4, 2, activation="relu")]
    if targets is of_a_map:
        return sequential([*layers, Conv2D(3, 1, activation=name)])
    units = 1 if targets is one_answer else 3
    return sequential([*layers, MaxPooling2D(2), Flatten(), Dense(units, activation=name)])


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_every_loss_with_every_ending(name, weighted):
    loss, ending, targets = LOSSES[name]
    network = ending_in(ending, targets)
    given, expected = (
        step_of(engine, network, loss, targets, weighted=weighted)
        for engine in (CompiledEngine(), ReferenceEngine(np.float64))
    )
    np.testing.assert_allclose(given.losses, expected.losses, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(given.outputs, expected.outputs, rtol=1e-4, atol=1e-6)
    assert list(given.gradients) == list(expected.gradients)
    for key, gradient in expected.gradients.items():
        np.testing.assert_allclose(given.gradients[key], gradient, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["rows of whole numbers", "yes or no", "squares of whole numbers"])
def test_targets_of_whole_numbers_need_not_be_prepared(name):
    loss, ending, targets = LOSSES[name]
    network, engine = ending_in(ending, targets), CompiledEngine()
    given, expected = (
        step_of(engine, network, loss, targets, prepared=prepared) for prepared in (False, True)
    )
    assert given.losses.tobytes() == expected.losses.tobytes()


def test_a_separate_last_activation_is_part_of_the_loss_too():
    loss, _ending, targets = LOSSES["classes"]
    layers = [Input((5, 6, 2)), Flatten(), Dense(3), Activation("softmax")]
    given, expected = (
        step_of(engine, sequential(layers), loss, targets)
        for engine in (CompiledEngine(), ReferenceEngine(np.float64))
    )
    np.testing.assert_allclose(given.losses, expected.losses, rtol=1e-4)
