"""Compiled programs: all layers, activations and losses; the same bits however they are run."""

import os
import threading

import numpy as np
import pytest

import konv
from konv.engines import Pixels, get_engine
from konv.engines.compiled.check import differences
from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.problem import Problem
from konv.engines.reference.program import ReferenceEngine
from konv.engines.threads import get_threads, set_threads
from konv.errors import EngineError, TrainingError
from konv.layers import (
    LAYERS,
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
from konv.layers.activations import ACTIVATIONS
from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from konv.network.graph import functional, sequential
from konv.network.weights import new_weights
from konv.optimizers import Adam
from oracles.samples import SAMPLES

THREADS = (1, 2, 3, 5)


@pytest.fixture
def threads():
    before = get_threads()
    yield set_threads
    set_threads(before)


# Everything is there


def shaped(x, shape):
    """Some tensor of that shape, made from x."""
    if x.shape == shape:
        return x
    if len(shape) == 1:
        return Dense(shape[0])(x)
    if x.shape[:2] == shape[:2]:
        return Conv2D(shape[2], 1)(x)
    return Conv2D(shape[0], 1, data_format="channels_first")(x)


def network_of(sample):
    """A network with the layer in its middle, so that gradients pass through it."""
    x = Input(sample.shapes[0])
    if sample.kind == "Input":
        return functional(x, Flatten()(x))
    parts = [shaped(x, shape) for shape in sample.shapes]
    parts[0] = Activation("tanh")(parts[0])
    return functional(x, Dense(2)(Flatten()(sample.layer(*parts))))


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_every_layer_with_every_option_is_compiled(sample):
    problem = Problem.of(network_of(sample), pictures=3, seed=4, threads=2)
    assert not differences(problem), problem.line


def test_every_kind_of_layer_is_among_them():
    assert {sample.kind for sample in SAMPLES} == set(LAYERS)


PLACES = {
    "of a convolution": lambda name: [Conv2D(5, 2, activation=name)],
    "of a convolution before a pool": lambda name: [Conv2D(9, 2, activation=name), MaxPooling2D(2)],
    "alone behind a convolution": lambda name: [Conv2D(5, 2), Activation(name)],
    "alone behind a pool": lambda name: [
        Conv2D(3, 2),
        MaxPooling2D(2),
        Activation(name),
        Conv2D(2, 1),
    ],
    "of a depthwise convolution": lambda name: [DepthwiseConv2D(2, activation=name)],
    "of a separable convolution": lambda name: [
        SeparableConv2D(3, 2, activation=name),
        Conv2D(2, 3, padding="same"),
    ],
    "of a dense layer": lambda name: [Flatten(), Dense(7, activation=name)],
    "behind batch normalization": lambda name: [
        Conv2D(3, 2),
        BatchNormalization(),
        Activation(name),
    ],
    "of pictures": lambda name: [Activation(name)],
    "twice": lambda name: [Conv2D(3, 1), Activation(name), Activation(name)],
}
ENDS = {
    "at the end": lambda name: [Flatten(), Dense(4, activation=name)],
    "alone at the end": lambda name: [Flatten(), Dense(4), Activation(name)],
    "at the end of a map": lambda name: [Conv2D(3, 1, activation=name)],
}


@pytest.mark.parametrize("place", PLACES)
def test_every_activation_in_every_place(place):
    x = Input((5, 6, 2))
    branches = []
    for name in ACTIVATIONS:
        y = x
        for layer in PLACES[place](name):
            y = layer(y)
        branches.append(Flatten()(y))
    network = functional(x, Dense(2)(Concatenate()(branches)))
    problem = Problem.of(network, pictures=3, seed=6)
    assert not differences(problem), problem.line


@pytest.mark.parametrize("place", ENDS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_at_every_end(place, name):
    network = sequential([Input((5, 6, 2)), *ENDS[place](name)])
    problem = Problem.of(network, pictures=3, seed=6)
    assert not differences(problem), problem.line


# Losses


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


# What does not suit


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


# The same bits


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


def test_layers_that_average_a_map_are_trained_in_either_format():
    for data_format, shape in (("channels_last", (6, 5, 3)), ("channels_first", (3, 6, 5))):
        network = sequential(
            [
                Input(shape),
                Conv2D(7, 3, data_format=data_format, activation="silu"),
                BatchNormalization(-1 if data_format == "channels_last" else 1),
                GlobalAveragePooling2D(data_format=data_format),
                Dense(2),
            ]
        )
        problem = Problem.of(network, pictures=5, seed=3, threads=2)
        assert not differences(problem), problem.line
