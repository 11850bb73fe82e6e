"""The reference engine: right sums, right gradients, the same bits for any number of threads."""

import numpy as np
import pytest

from konv.engines import Pixels, get_engine, set_threads
from konv.engines.reference.program import ReferenceEngine
from konv.engines.threads import LANE_PICTURES, get_threads, in_lanes, lanes
from konv.errors import EngineError, ParameterError, TrainingError
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
)
from konv.losses import CategoricalCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from konv.network.graph import functional, sequential
from konv.network.weights import new_weights
from konv.optimizers import SGD


def plain():
    return sequential(
        [
            Input((6, 5, 2)),
            Conv2D(3, 3, activation="tanh", padding="same"),
            MaxPooling2D(2),
            Flatten(),
            Dense(4, activation="softmax"),
        ]
    )


def normalized():
    return sequential(
        [
            Input((6, 5, 2)),
            Conv2D(3, 3, use_bias=False),
            BatchNormalization(momentum=0.5),
            Activation("tanh"),
            DepthwiseConv2D(2),
            BatchNormalization(),
            GlobalAveragePooling2D(),
            Dense(4, activation="softmax"),
        ]
    )


def branched():
    x = Input((6, 5, 2))
    shared = Conv2D(2, 3, padding="same", activation="tanh")
    left = shared(shared(x))
    right = Conv2D(2, 1)(x)
    joined = Concatenate()([Add()([left, right]), x])
    return functional(x, Dense(4, activation="softmax")(GlobalAveragePooling2D()(joined)))


NETWORKS = {"plain": plain, "normalized": normalized, "branched": branched}
LOSS = SparseCategoricalCrossentropy()


def problem(pictures, seed=0):
    generator = np.random.default_rng(seed)
    images = generator.standard_normal((pictures, 6, 5, 2))
    return images, generator.integers(0, 4, pictures)


@pytest.fixture
def threads():
    before = get_threads()
    yield set_threads
    set_threads(before)


def mean_loss(network, weights, images, targets, sample_weight):
    """The loss of a batch, from a forward pass in training only."""
    program = ReferenceEngine(np.float64).compile(network, loss=LOSS)
    step = program.loss_and_gradients(weights, images, targets, key=3, sample_weight=sample_weight)
    share = np.ones(len(images)) if sample_weight is None else sample_weight
    return float((step.losses * share).sum() / len(images))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("weighted", [False, True])
def test_gradients_are_those_of_finite_differences(name, weighted):
    network = NETWORKS[name]()
    weights = {k: v.astype(np.float64) for k, v in new_weights(network, 1).items()}
    images, targets = problem(LANE_PICTURES + 3)
    share = np.linspace(0.5, 2, len(images)) if weighted else None
    program = ReferenceEngine(np.float64).compile(network, loss=LOSS)
    step = program.loss_and_gradients(weights, images, targets, key=3, sample_weight=share)
    assert set(step.gradients) == {n for n, s in network.weight_specs.items() if s.trainable}
    generator = np.random.default_rng(2)
    for key, gradient in step.gradients.items():
        assert gradient.shape == weights[key].shape
        for _ in range(3):
            place = tuple(generator.integers(0, size) for size in gradient.shape)
            slopes = []
            for sign in (1, -1):
                moved = {k: v.copy() for k, v in weights.items()}
                moved[key][place] += sign * 1e-6
                slopes.append(sign * mean_loss(network, moved, images, targets, share))
            expected = sum(slopes) / 2e-6
            assert gradient[place] == pytest.approx(expected, rel=1e-3, abs=1e-7), (key, place)


@pytest.mark.parametrize("name", NETWORKS)
def test_bits_do_not_depend_on_the_number_of_threads(name, threads):
    network = NETWORKS[name]()
    weights = new_weights(network, 1)
    images, targets = problem(5 * LANE_PICTURES + 7)
    program = get_engine("reference").compile(network, loss=LOSS)
    results = []
    for count in (1, 2, 3, 5, 1):
        threads(count)
        step = program.loss_and_gradients(weights, images, targets, key=9)
        outputs = program.forward(weights, images)
        arrays = [step.losses, step.outputs, outputs, *step.gradients.values()]
        results.append(b"".join(array.tobytes() for array in [*arrays, *step.state.values()]))
    assert len(set(results)) == 1


@pytest.mark.parametrize("pictures", [1, LANE_PICTURES, LANE_PICTURES + 1])
def test_outputs_are_float32_probabilities_for_any_batch(pictures):
    network = plain()
    images, _targets = problem(pictures)
    outputs = get_engine().compile(network).forward(new_weights(network, 0), images)
    assert outputs.dtype == np.float32
    assert outputs.shape == (pictures, 4)
    np.testing.assert_allclose(outputs.sum(axis=1), 1, rtol=1e-6)


def test_no_pictures_give_no_outputs():
    network = plain()
    outputs = get_engine().compile(network).forward(new_weights(network, 0), np.zeros((0, 6, 5, 2)))
    assert outputs.shape == (0, 4)


@pytest.mark.parametrize(
    ("shape", "data_format"), [((2, 2, 3), "channels_last"), ((3, 2, 2), "channels_first")]
)
def test_pixels_are_scaled_and_shifted_channel_by_channel(shape, data_format):
    network = sequential([Input(shape), GlobalAveragePooling2D(data_format=data_format)])
    pixels = Pixels(scale=(1.0, 0.5, 2.0), offset=(0.0, 1.0, -1.0))
    images = np.full((1, *shape), 10, np.uint8)
    outputs = get_engine().compile(network, pixels=pixels).forward({}, images)
    assert outputs.tolist() == [[10.0, 6.0, 19.0]]


def test_update_changes_weights_and_moving_values_in_place():
    network = normalized()
    weights = new_weights(network, 1)
    held = dict(weights)
    images, targets = problem(8)
    program = get_engine().compile(network, loss=LOSS)
    step = program.loss_and_gradients(weights, images, targets, key=0)
    before = {name: weight.copy() for name, weight in weights.items()}
    optimizer = SGD(0.5)
    program.apply_update(weights, step, optimizer, {}, learning_rate=0.5, iteration=1)
    for name, gradient in step.gradients.items():
        expected = before[name] - np.float32(0.5) * gradient
        np.testing.assert_allclose(held[name], expected, rtol=1e-6, atol=1e-7)
    mean = "batch_normalization_1/moving_mean"
    assert (held[mean] == step.state[mean]).all()
    assert not (held[mean] == before[mean]).all()


def test_dropout_is_decided_by_the_key_alone(threads):
    network = sequential([Input((50,)), Dropout(0.5), Dense(3)])
    weights = new_weights(network, 0)
    images = np.ones((40, 50))
    targets = np.zeros((40, 3))
    program = get_engine().compile(network, loss=MeanSquaredError())
    outputs = {}
    for key in (1, 2):
        for count in (1, 3):
            threads(count)
            step = program.loss_and_gradients(weights, images, targets, key=key)
            outputs[key, count] = step.outputs.tobytes()
    assert outputs[1, 1] == outputs[1, 3]
    assert outputs[1, 1] != outputs[2, 1]


def test_shared_weights_get_the_sum_of_their_gradients():
    x = Input((3,))
    shared = Dense(3, use_bias=False)
    twice = functional(x, shared(shared(x)))
    apart = sequential([Input((3,)), Dense(3, use_bias=False), Dense(3, use_bias=False)])
    kernel = np.random.default_rng(0).standard_normal((3, 3))
    images, targets = np.eye(3), np.ones((3, 3))
    engine = ReferenceEngine(np.float64)
    both = engine.compile(apart, loss=MeanSquaredError()).loss_and_gradients(
        {"dense_1/kernel": kernel, "dense_2/kernel": kernel}, images, targets, key=0
    )
    one = engine.compile(twice, loss=MeanSquaredError()).loss_and_gradients(
        {"dense_1/kernel": kernel}, images, targets, key=0
    )
    expected = both.gradients["dense_1/kernel"] + both.gradients["dense_2/kernel"]
    np.testing.assert_allclose(one.gradients["dense_1/kernel"], expected, rtol=1e-12)


def test_a_loss_that_does_not_suit_is_refused_when_compiling():
    with pytest.raises(TrainingError, match="K801"):
        get_engine().compile(
            sequential([Input((3,)), Dense(2, activation="relu")]), loss=CategoricalCrossentropy()
        )


def test_training_needs_a_loss():
    program = get_engine().compile(plain())
    with pytest.raises(EngineError, match="K703"):
        program.loss_and_gradients(new_weights(plain(), 0), *problem(2), key=0)


@pytest.mark.parametrize("engine", ["referense", 3, None, object()])
def test_an_unknown_engine_is_refused_with_the_names_that_exist(engine):
    with pytest.raises(EngineError, match="one of compiled, reference"):
        get_engine(engine)


@pytest.mark.parametrize("count", [0, -1, 1.5, None, "2", 2**31, True])
def test_set_threads_refuses_what_is_no_number_of_threads(count):
    with pytest.raises(ParameterError, match="K201"):
        set_threads(count)


def test_lanes_cover_every_picture_once_and_do_not_depend_on_threads(threads):
    for pictures in (0, 1, 15, 16, 17, 100):
        threads(1)
        cut = lanes(pictures)
        threads(5)
        assert lanes(pictures) == cut
        assert [i for part in cut for i in range(pictures)[part]] == list(range(pictures))


def test_results_of_lanes_come_in_order_and_errors_come_through(threads):
    threads(3)
    assert in_lanes(lambda item: item * 2, range(50)) == list(range(0, 100, 2))
    with pytest.raises(ZeroDivisionError):
        in_lanes(lambda item: 1 // item, [3, 0, 2])
