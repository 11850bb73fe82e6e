"""A step of training on its own: right, repeatable, and careful with memory."""

import numpy as np
import pytest

from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.runtime.guarded import guarded_bytes, guarded_copy
from konv.errors import EngineError
from konv.layers import BatchNormalization, Dense, Dropout, Input
from konv.losses import CategoricalCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from konv.network.graph import sequential


def step_of(network, loss):
    program = CompiledEngine(allocate=guarded_bytes).compile(network, loss=loss)
    return program.training_step("float32")


LINEAR = sequential([Input((2,)), Dense(2)])
WEIGHTS = {
    "dense_1/kernel": np.array([[1, 2], [3, 4]], np.float32),
    "dense_1/bias": np.array([1, -1], np.float32),
}
IMAGES = np.array([[1, 0], [0, 1], [1, 1], [2, -1]], np.float32)
# z = 2 1,  4 3,  5 5,  0 −1
TARGETS = np.array([[0, 1], [4, 1], [5, 5], [1, 1]], np.float32)
# z − t = 2 0,  0 2,  0 0,  −1 −2


def test_losses_outputs_and_gradients_are_those_worked_out_by_hand():
    step = step_of(LINEAR, MeanSquaredError()).run(WEIGHTS, IMAGES, TARGETS, key=0)
    assert step.outputs.tolist() == [[2, 1], [4, 3], [5, 5], [0, -1]]
    assert step.losses.tolist() == [2, 2, 0, 2.5]
    # dz = (z − t) · 2 / 2 / 4
    assert step.gradients["dense_1/bias"].tolist() == [0.25, 0]
    assert step.gradients["dense_1/kernel"].tolist() == [[0, -1], [0.25, 1]]
    assert step.state == {}


def test_a_picture_that_counts_more_pulls_more():
    step = step_of(LINEAR, MeanSquaredError()).run(
        WEIGHTS, IMAGES, TARGETS, key=0, sample_weight=np.array([2, 0, 1, 4])
    )
    assert step.losses.tolist() == [2, 2, 0, 2.5]  # before weighting
    assert step.gradients["dense_1/bias"].tolist() == [0, -2]


def test_a_picture_that_does_not_count_changes_nothing():
    known = step_of(LINEAR, MeanSquaredError())
    most = np.array([1.0, 1.0, 1.0, 0.0])
    one = known.run(WEIGHTS, IMAGES, TARGETS, key=0, sample_weight=most)
    moved = TARGETS.copy()
    moved[3] = 99
    other = known.run(WEIGHTS, IMAGES, moved, key=0, sample_weight=most)
    for name, gradient in one.gradients.items():
        assert gradient.tobytes() == other.gradients[name].tobytes()


@pytest.mark.parametrize("from_start", [True, False])
def test_nothing_outside_the_arrays_is_touched(from_start):
    given = [guarded_copy(array, from_start=from_start) for array in (IMAGES, TARGETS)]
    weights = {
        name: guarded_copy(weight, from_start=from_start) for name, weight in WEIGHTS.items()
    }
    step = step_of(LINEAR, MeanSquaredError()).run(weights, *given, key=0)
    assert step.gradients["dense_1/bias"].tolist() == [0.25, 0]


def test_gradients_of_one_step_survive_the_next():
    known = step_of(LINEAR, MeanSquaredError())
    first = known.run(WEIGHTS, IMAGES, TARGETS, key=0)
    known.run(WEIGHTS, IMAGES, 9 * TARGETS, key=0)
    assert first.gradients["dense_1/bias"].tolist() == [0.25, 0]
    assert first.losses.tolist() == [2, 2, 0, 2.5]


def test_what_is_random_is_decided_by_the_key():
    network = sequential([Input((40,)), Dropout(0.5), Dense(3), Dropout(0.5), Dense(2)])
    known = step_of(network, MeanSquaredError())
    generator = np.random.default_rng(0)
    weights = {
        name: generator.standard_normal(spec.shape).astype(np.float32)
        for name, spec in network.weight_specs.items()
    }
    images, targets = np.ones((9, 40), np.float32), np.zeros((9, 2), np.float32)
    keys = (1, 2, 1, 2**63 - 1, 2**64 - 1, 0)
    found = [known.run(weights, images, targets, key=key).outputs.tobytes() for key in keys]
    assert found[0] == found[2]
    assert len(set(found)) == len(keys) - 1


def test_new_moving_values_are_handed_over_and_the_old_ones_left():
    network = sequential([Input((1,)), BatchNormalization(momentum=0.5), Dense(1)])
    weights = {name: np.ones(spec.shape, np.float32) for name, spec in network.weight_specs.items()}
    images = np.array([[1], [3], [5], [7]], np.float32)
    step = step_of(network, MeanSquaredError()).run(
        weights, images, np.zeros((4, 1), np.float32), key=0
    )
    state = {name.rpartition("/")[2]: value.tolist() for name, value in step.state.items()}
    assert state == {"moving_mean": [2.5], "moving_variance": [3.0]}  # of 1, 4 and 1, 5
    assert weights["batch_normalization_1/moving_mean"].tolist() == [1]


def test_one_hot_rows_of_whole_numbers_are_rows():
    network = sequential([Input((2,)), Dense(3, activation="softmax")])
    weights = {
        "dense_1/kernel": np.array([[1, 2, 3], [0, 1, -1]], np.float32),
        "dense_1/bias": np.zeros(3, np.float32),
    }
    classes = np.array([2, 0, 1, 1])
    rows = np.eye(3, dtype=np.int64)[classes]
    one = step_of(network, SparseCategoricalCrossentropy()).run(weights, IMAGES, classes, key=0)
    other = step_of(network, CategoricalCrossentropy()).run(weights, IMAGES, rows, key=0)
    np.testing.assert_allclose(other.losses, one.losses, rtol=1e-6)
    for name, gradient in one.gradients.items():
        np.testing.assert_allclose(other.gradients[name], gradient, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("targets", [TARGETS[:3], TARGETS[:, 0], np.zeros((4, 2), "U1")])
def test_targets_that_do_not_suit_are_refused(targets):
    with pytest.raises(EngineError, match="K705: targets"):
        step_of(LINEAR, MeanSquaredError()).run(WEIGHTS, IMAGES, targets, key=0)


def test_a_step_without_pictures_is_refused():
    with pytest.raises(EngineError, match="K705: a step of training needs pictures"):
        step_of(LINEAR, MeanSquaredError()).run(WEIGHTS, IMAGES[:0], TARGETS[:0], key=0)
