"""What is seen within a network, against sums by hand; which pictures, and when."""

import numpy as np
import pytest

import konv
from konv.engines import get_engine
from konv.engines.contract import Pixels
from konv.engines.reference.program import ReferenceEngine
from konv.layers import Conv2D, Dense, Flatten, Input, ReLU
from konv.losses import MeanSquaredError, SparseCategoricalCrossentropy
from konv.network.graph import sequential
from konv.network.weights import new_weights
from konv.optimizers import SGD, Adam
from konv.training.examples import Examples
from konv.training.health.examination import examination_due, examine, sample
from konv.training.health.weight_changes import tried_update
from konv.training.state import new_state
from training.problems import plan, training


def examined(network, weights, examples, *, optimizer, loss, rate=0.1):
    the_plan = plan(optimizer=optimizer, loss=loss)
    state = new_state(weights, optimizer, network.trained_weights)
    program = get_engine().compile(network, loss=loss, pixels=Pixels())
    return examine(program, the_plan, state, examples, rate)


def test_units_gradients_and_an_update_are_those_of_a_sum_by_hand():
    """One unit of two is above 0. y = 2 · max(3x, 0); loss = (y − 0)² = 36; dl/dv = 2 · 6 · 3."""
    network = sequential([Input((1,)), Dense(2, activation="relu"), Dense(1, use_bias=False)])
    weights = new_weights(network, 0)
    weights["dense_1/kernel"][...] = [[3, -1]]
    weights["dense_2/kernel"][...] = [[2], [5]]
    examples = Examples(np.ones((1, 1), np.float32), np.zeros((1, 1)))
    seen = examined(network, weights, examples, optimizer=SGD(0.1), loss=MeanSquaredError())
    [rectified] = seen.rectified
    assert (rectified.units, rectified.silent, rectified.numbers) == (2, 1, 1)
    first, last = seen.changes
    # dl/dw = 2 · 6 · 2 · 1 = 24 and 0; dl/dv = 36 and 0; root mean squares of two numbers.
    assert first.gradient == pytest.approx(24 / np.sqrt(2))
    assert last.gradient == pytest.approx(36 / np.sqrt(2))
    assert last.update == pytest.approx(3.6 / np.sqrt(2))
    assert last.weight == pytest.approx(np.sqrt((4 + 25) / 2))
    assert last.gradient_norm == pytest.approx(36)
    assert seen.unfinite is None


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_units_of_maps_are_channels(data_format):
    shape = (6, 6, 1) if data_format == "channels_last" else (1, 6, 6)
    layers = [Conv2D(3, 3, data_format=data_format), ReLU(), Flatten(), Dense(2)]
    network = sequential([Input(shape), *layers])
    weights = new_weights(network, 0)
    weights["conv2d_1/bias"][...] = [-100, 1, -100]
    weights["conv2d_1/kernel"][...] = 0
    examples = Examples(np.zeros((5, *shape), np.float32), np.zeros((5, 2)))
    seen = examined(network, weights, examples, optimizer=SGD(0.1), loss=MeanSquaredError())
    [rectified] = seen.rectified
    # Five pictures with maps of 4×4.
    assert (rectified.units, rectified.silent, rectified.numbers) == (3, 2, 80)


@pytest.mark.parametrize("optimizer", [SGD(0.1, momentum=0.9), Adam(0.1), SGD(0.1, clipnorm=0.01)])
def test_the_update_that_is_tried_is_the_one_that_would_be_made(optimizer):
    network = sequential([Input((6,)), Dense(5), Dense(4)])
    state = new_state(new_weights(network, 0), optimizer, network.trained_weights)
    generator = np.random.default_rng(0)
    gradients = {
        name: generator.normal(size=state.weights[name].shape).astype(np.float32)
        for name in network.trained_weights
    }
    tried = tried_update(optimizer, state, gradients, network, 0.1)
    before = {name: weight.copy() for name, weight in state.weights.items()}
    optimizer.apply(state.weights, gradients, state.slots, learning_rate=0.1, iteration=1)
    for change, name in zip(tried, ("dense_1/kernel", "dense_2/kernel"), strict=True):
        moved = state.weights[name] - before[name]
        assert change.update == pytest.approx(np.sqrt(np.square(moved).mean()), rel=1e-5)


def test_nothing_that_training_uses_is_changed():
    run = training()
    kept = {
        name: array.tobytes() for name, array in {**run.state.weights, **run.state.slots}.items()
    }
    assert examine(run.program, run.plan, run.state, run.examples, 0.1) is not None
    now = {**run.state.weights, **run.state.slots}
    assert {name: array.tobytes() for name, array in now.items()} == kept
    assert run.state.iteration == 0


def test_a_trace_has_what_every_layer_made():
    model = konv.Sequential([konv.Input((3,)), Dense(2, activation="relu"), Dense(2)])
    images, targets = np.ones((4, 3), np.float32), np.array([0, 1, 0, 1])
    program = ReferenceEngine(np.float64).compile(
        model.network, loss=SparseCategoricalCrossentropy(from_logits=True)
    )
    trace = program.traced(model.weights, images, targets, key=0)
    hidden = np.maximum(images @ model.weights["dense_1/kernel"], 0)
    assert trace.outputs["dense_1"] == pytest.approx(hidden)
    assert trace.step.outputs == pytest.approx(hidden @ model.weights["dense_2/kernel"])
    step = program.loss_and_gradients(model.weights, images, targets, key=0)
    assert list(trace.step.losses) == list(step.losses)


def test_pictures_are_spread_over_all():
    network = sequential([Input((4,)), Dense(2)])
    chosen = sample(Examples(np.zeros((1501, 4), np.uint8), np.zeros(1501)), network)
    assert len(chosen) == 16
    assert set(np.diff(chosen)) == {100}
    assert list(sample(Examples(np.zeros((3, 4), np.uint8), np.zeros(3)), network)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("side", "filters", "count"),
    [
        (8, 8, 16),
        # 300 · 300 · 9 · 8 · 40 = 260 million multiply-adds: 2,000 // 260 = 7
        (300, 40, 7),
        # 400 · 400 · (8 + 200 + 9 · 8) numbers = 45 million: two pictures are too few
        (400, 200, 0),
        # 200 · 200 · (8 + 1 + 9 · 8) = 3.2 million numbers, 2.9 million multiply-adds: all
        (200, 1, 16),
    ],
)
def test_large_networks_are_shown_fewer_pictures_or_none(side, filters, count):
    layers = [Conv2D(filters, 3, padding="same"), konv.GlobalAveragePooling2D()]
    network = sequential([Input((side, side, 8)), *layers])
    nothing = np.broadcast_to(np.zeros(1, np.uint8), (100, side, side, 8))
    assert len(sample(Examples(nothing, np.zeros(100)), network)) == count


def test_it_is_looked_first_often_and_then_rarely():
    assert [epoch for epoch in range(5_000) if examination_due(epoch)] == [
        0,
        *(4**power for power in range(7)),
    ]
