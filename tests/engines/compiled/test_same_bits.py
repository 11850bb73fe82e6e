"""The same bits for any threads, in any batch, after anything, alone or beside others."""

import os
import threading

import numpy as np
import pytest

import konv
from konv.engines import Pixels, get_engine
from konv.engines.compiled.check import differences
from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.problem import Problem
from konv.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    SeparableConv2D,
)
from konv.losses import SparseCategoricalCrossentropy
from konv.network.graph import functional, sequential
from konv.network.weights import new_weights
from konv.optimizers import Adam

THREADS = (1, 2, 3, 5)


def everything():
    """BatchNormalization, Dropout, a pool behind ReLU, a large matrix, branches, shared weights."""
    x = Input((20, 18, 3))
    y = BatchNormalization()(Conv2D(16, 3, padding="same", use_bias=False)(x))
    y = Activation("relu")(y)
    y = MaxPooling2D(2)(Conv2D(20, 3, activation="relu")(y))
    twice = Conv2D(20, 3, padding="same", activation="tanh")
    y = Concatenate()([Add()([twice(y), twice(twice(y))]), SeparableConv2D(8, 1)(y)])
    y = Dense(260, activation="relu")(Dropout(0.3)(Flatten()(y)))
    return functional(x, Dense(5, activation="softmax")(Dropout(0.5)(y)))


def bits_of_training(network, *, pictures=45, steps=2):
    """All that two steps of training give, and the prediction behind them, as bytes."""
    generator = np.random.default_rng(1)
    images = generator.integers(0, 256, (pictures, *network.input_shape), np.uint8)
    targets = generator.integers(0, 5, pictures)
    weights = new_weights(network, 2)
    optimizer = Adam(0.01, global_clipnorm=1.0)
    slots = optimizer.new_slots({name: weights[name] for name in network.trained_weights})
    program = CompiledEngine().compile(
        network, loss=SparseCategoricalCrossentropy(), pixels=Pixels((1 / 255,))
    )

    def run():
        own = {name: weight.copy() for name, weight in weights.items()}
        mine = {name: slot.copy() for name, slot in slots.items()}
        found = []
        for iteration in range(1, steps + 1):
            step = program.loss_and_gradients(own, images, targets, key=iteration)
            found += [step.losses, step.outputs, *step.gradients.values(), *step.state.values()]
            program.apply_update(
                own, step, optimizer, mine, learning_rate=0.01, iteration=iteration
            )
        found += [program.forward(own, images), *own.values(), *mine.values()]
        return b"".join(array.tobytes() for array in found)

    return run


def test_bits_do_not_depend_on_threads_and_runs(threads):
    run = bits_of_training(everything())
    found = set()
    for count in THREADS:
        threads(count)
        found |= {run() for _turn in range(5)}
    assert len(found) == 1


@pytest.mark.parametrize("pictures", [1, 7, 130])
def test_nor_do_those_of_other_batches(threads, pictures):
    network = everything()
    found = set()
    for count in THREADS:
        threads(count)
        found.add(bits_of_training(network, pictures=pictures)())
    assert len(found) == 1


def test_what_ran_before_leaves_no_trace():
    """The same batch behind larger and smaller ones, in the same memory."""
    network = everything()
    program = CompiledEngine().compile(network, loss=SparseCategoricalCrossentropy())
    weights = new_weights(network, 2)
    images = np.random.default_rng(3).random((70, *network.input_shape), np.float32)
    seen = {}
    for count in (9, 70, 1, 9, 33, 70, 1):
        step = program.loss_and_gradients(weights, images[:count], np.arange(count) % 5, key=1)
        bits = b"".join(array.tobytes() for array in (step.losses, *step.gradients.values()))
        assert seen.setdefault(count, bits) == bits
        program.forward(weights, images[: 71 - count])


def test_a_picture_is_predicted_alike_in_every_batch(threads):
    network = everything()
    weights = new_weights(network, 2)
    images = np.random.default_rng(3).random((70, *network.input_shape), np.float32)
    program = CompiledEngine().compile(network)
    whole = program.forward(weights, images)
    for count in (1, 3):
        threads(count)
        for size in (1, 2, 7, 8, 9, 33):
            parts = [program.forward(weights, images[i : i + size]) for i in range(0, 70, size)]
            assert np.concatenate(parts).tobytes() == whole.tobytes(), size


def last(filters, **settings):
    return Conv2D(filters, 3, activation="relu", **settings)


# Large enough that several threads share one picture.
ALONE = {
    "pools": [Input((66, 66, 8)), last(16), MaxPooling2D(2), last(24), MaxPooling2D(2), Flatten()],
    "padded": [Input((61, 47, 8)), last(16, padding="same"), last(20, padding="full")],
    "strides": [Input((97, 64, 3)), last(16, strides=2), last(32, strides=(3, 1), padding="same")],
    "dilated": [Input((64, 64, 8)), last(16, dilation_rate=3, padding="same"), last(3)],
    "depthwise": [
        Input((64, 64, 16)),
        DepthwiseConv2D(3, padding="same", activation="relu"),
        SeparableConv2D(32, 3, depth_multiplier=2),
        BatchNormalization(),
    ],
    "groups": [Input((64, 64, 16)), last(32, groups=4), GlobalAveragePooling2D(), Dense(3)],
    "channels first": [
        Input((8, 60, 64)),
        last(16, data_format="channels_first"),
        MaxPooling2D(3, data_format="channels_first"),
    ],
    "dense": [Input((181, 182, 1)), Flatten(), Dense(40, activation="relu"), Dense(3)],
}


@pytest.mark.parametrize("name", ALONE)
def test_a_picture_that_threads_share_is_predicted_as_in_a_batch(name, threads):
    network = sequential(ALONE[name])
    program, weights = CompiledEngine().compile(network), new_weights(network, 1)
    pictures = 150 if name == "dense" else 3  # more than are predicted at once
    images = np.random.default_rng(2).random((pictures, *network.input_shape), np.float32)
    threads(1)
    found = {program.forward(weights, images)[:3].tobytes()}
    for count in THREADS:
        threads(count)
        for _turn in range(3):
            alone = [program.forward(weights, images[i : i + 1]) for i in range(3)]
            found.add(np.concatenate(alone).tobytes())
    assert len(found) == 1
    problem = Problem.of(network, pictures=1, seed=3, threads=3, from_start=True)
    assert not differences(problem), problem.line


def test_training_gives_the_same_weights_for_any_number_of_threads(threads):
    generator = np.random.default_rng(4)
    images = generator.integers(0, 256, (90, 12, 12, 1), np.uint8)
    labels = generator.integers(0, 3, 90)
    found = set()
    for count in (1, 2):
        threads(count)
        model = konv.Sequential(
            [
                Input((12, 12, 1)),
                Conv2D(8, 3, activation="relu"),
                MaxPooling2D(2),
                BatchNormalization(),
                Dropout(0.2),
                Flatten(),
                Dense(3, activation="softmax"),
            ],
            seed=1,
            engine=CompiledEngine(),
        )
        model.fit(images, labels, epochs=2, batch_size=32, augment="shift", verbose=0)
        found.add(b"".join(weight.tobytes() for weight in model.get_weights()))
    assert len(found) == 1


def test_several_threads_may_predict_and_train_with_one_program():
    network = everything()
    program = CompiledEngine().compile(network, loss=SparseCategoricalCrossentropy())
    weights = new_weights(network, 2)
    images = np.random.default_rng(3).random((20, *network.input_shape), np.float32)
    targets = np.arange(20) % 5

    def bits():
        step = program.loss_and_gradients(weights, images, targets, key=1)
        outputs = program.forward(weights, images[:7])
        arrays = (outputs, step.losses, *step.gradients.values())
        return b"".join(array.tobytes() for array in arrays)

    expected, found = bits(), []
    workers = [
        threading.Thread(target=lambda: found.extend(bits() for _turn in range(5)))
        for _number in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert len(found) == 20
    assert set(found) == {expected}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_process_goes_on_with_what_its_parent_compiled(threads):
    threads(2)
    network = everything()
    program = CompiledEngine().compile(network)
    weights = new_weights(network, 2)
    images = np.random.default_rng(3).random((40, *network.input_shape), np.float32)
    expected = program.forward(weights, images).tobytes()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        same = program.forward(weights, images).tobytes() == expected
        other = get_engine().compile(network).forward(weights, images).tobytes() == expected
        os.write(writing, bytes([same, other]))
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"\1\1"
    assert program.forward(weights, images).tobytes() == expected
