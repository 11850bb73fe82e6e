"""What callers bring: arrays that suit are read as the numbers they are, others are refused."""

import numpy as np
import pytest

from konv.engines import Pixels
from konv.engines.compiled.engine import CompiledEngine
from konv.engines.reference.program import ReferenceEngine
from konv.errors import EngineError, TrainingError
from konv.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    Input,
    MaxPooling2D,
)
from konv.losses import CategoricalCrossentropy, SparseCategoricalCrossentropy
from konv.network.graph import sequential
from konv.network.weights import new_weights


def small(**settings):
    network = sequential(
        [Input((4, 4, 1)), Conv2D(2, 3), Flatten(), Dense(3, activation="softmax")]
    )
    program = CompiledEngine().compile(network, loss=SparseCategoricalCrossentropy(), **settings)
    return program, new_weights(network, 0)


IMAGES = np.random.default_rng(0).random((5, 4, 4, 1)).astype(np.float32)


@pytest.mark.parametrize(
    ("images", "targets", "sample_weight"),
    [
        (IMAGES[:, :3], [0] * 5, None),
        (IMAGES[0], [0] * 5, None),
        (IMAGES.astype(complex), [0] * 5, None),
        (IMAGES, [0] * 4, None),
        (IMAGES, [[0]] * 5, None),
        (IMAGES, [0, 0, 0, 0, 3], None),
        (IMAGES, [0, 0, 0, 0, -1], None),
        (IMAGES, [0.0] * 5, None),
        (IMAGES, ["0"] * 5, None),
        (IMAGES, [0] * 5, [1.0] * 4),
        (IMAGES[:0], [], None),
    ],
)
def test_arrays_that_do_not_suit_are_refused(images, targets, sample_weight):
    program, weights = small()
    with pytest.raises(EngineError, match="K705"):
        program.loss_and_gradients(
            weights, images, np.asarray(targets), key=0, sample_weight=sample_weight
        )
    program.loss_and_gradients(weights, IMAGES, np.zeros(5, int), key=0)


def test_weights_that_do_not_suit_are_refused():
    program, weights = small()
    for name in weights:
        for wrong in ({}, {name: np.zeros((1, 2, 3))}):
            given = {key: weight for key, weight in weights.items() if key != name} | wrong
            with pytest.raises(EngineError, match=f"K705: {name}"):
                program.forward(given, IMAGES)


def test_a_program_without_a_loss_cannot_train():
    program = CompiledEngine().compile(sequential([Input((3,)), Dense(2)]))
    with pytest.raises(EngineError, match="K703"):
        program.loss_and_gradients({}, np.zeros((1, 3)), np.zeros((1, 2)), key=0)


def test_a_loss_that_does_not_suit_is_refused_when_compiling():
    network = sequential([Input((3,)), Dense(2, activation="relu")])
    with pytest.raises(TrainingError, match="K801"):
        CompiledEngine().compile(network, loss=CategoricalCrossentropy())


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int64, ">f4", bool])
def test_pictures_of_any_type_are_predicted_as_the_numbers_they_are(kind):
    program, weights = small()
    images = (IMAGES * 5).astype(kind)
    expected = program.forward(weights, images.astype(np.float32))
    assert program.forward(weights, images).tobytes() == expected.tobytes()
    assert program.forward(weights, np.asfortranarray(images)).tobytes() == expected.tobytes()


def test_bytes_and_the_same_numbers_in_float32_give_the_same_bits():
    program, weights = small(pixels=Pixels((1 / 255,), (-0.1,)))
    images = (IMAGES * 255).astype(np.uint8)
    expected = program.forward(weights, images.astype(np.float32))
    assert program.forward(weights, images).tobytes() == expected.tobytes()


def test_no_pictures_give_no_outputs():
    program, weights = small()
    assert program.forward(weights, IMAGES[:0]).shape == (0, 3)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e38])
@pytest.mark.parametrize("where", ["pictures", "weights"])
def test_numbers_that_are_not_finite_show_in_the_loss(number, where):
    network = sequential(
        [
            Input((6, 6, 2)),
            Conv2D(17, 3, activation="relu"),
            MaxPooling2D(2),
            Conv2D(4, 1),
            BatchNormalization(),
            Flatten(),
            Dense(3, activation="softmax"),
        ]
    )
    images, weights = np.ones((5, 6, 6, 2), np.float32), new_weights(network, 0)
    if where == "pictures":
        images[2, 3, 3] = number
    else:
        weights["dense_1/kernel"][0] = number
    program = CompiledEngine().compile(network, loss=SparseCategoricalCrossentropy())
    step = program.loss_and_gradients(weights, images, np.zeros(5, int), key=0)
    expected = (
        ReferenceEngine(np.float32)
        .compile(network, loss=program.loss)
        .loss_and_gradients(weights, images, np.zeros(5, int), key=0)
    )
    assert np.isnan(step.losses).tolist() == np.isnan(expected.losses).tolist()
