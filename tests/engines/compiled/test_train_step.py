"""A step of training in one call: the bits of two calls, and what cannot be one call is two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from konv.engines.compiled.engine import CompiledEngine
from konv.engines.contract import Update
from konv.engines.reference.program import ReferenceEngine
from konv.engines.threads import get_threads, set_threads
from konv.engines.two_calls import train_in_two_calls
from konv.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
)
from konv.losses import Loss, MeanSquaredError, SparseCategoricalCrossentropy
from konv.network.graph import sequential
from konv.network.weights import new_weights
from konv.optimizers import SGD, Adam, AdamW

NETWORKS = {
    "small": (Conv2D(5, 3, activation="relu"), MaxPooling2D(2), Flatten(), Dense(3)),
    "divided by inputs": (
        Conv2D(8, 3, activation="relu", padding="same"),
        Flatten(),
        Dense(40, activation="relu"),
        Dense(3),
    ),
    "divided by units": (Flatten(), Dense(300, activation="relu"), Dense(200), Dense(3)),
    "normalized": (
        Conv2D(6, 3, use_bias=False, padding="same"),
        BatchNormalization(),
        DepthwiseConv2D(3, depth_multiplier=2),
        BatchNormalization(),
        Dropout(0.3),
        Flatten(),
        Dense(3),
    ),
}
OPTIMIZERS = {
    "sgd": SGD(0.1),
    "momentum": SGD(0.1, momentum=0.9),
    "nesterov, decay": SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": Adam(),
    "adamw": AdamW(weight_decay=0.1),
}
SIDE = 12


@dataclass(frozen=True)
class Training:
    """Some steps of one program."""

    program: object
    weights: dict
    slots: dict
    optimizer: object

    def step(self, number, how=None, pictures=20, images=None):
        generator = np.random.default_rng(number)
        if images is None:
            images = generator.integers(0, 5, (pictures, SIDE, SIDE, 1)).astype(np.float32)
        labels = generator.integers(0, 3, len(images))
        call = self.program.train_step if how is None else how
        return call(
            self.weights,
            images,
            labels,
            Update(self.optimizer, self.slots, learning_rate=0.01, iteration=number),
            key=number,
        )

    @property
    def bits(self):
        return {name: array.tobytes() for name, array in {**self.weights, **self.slots}.items()}


def training(layers, optimizer, engine=None, loss=None):
    network = sequential([Input((SIDE, SIDE, 1)), *layers])
    program = (engine or CompiledEngine()).compile(
        network, loss=loss or SparseCategoricalCrossentropy(from_logits=True)
    )
    weights = new_weights(network, 3)
    slots = optimizer.new_slots({name: weights[name] for name in network.trained_weights})
    return Training(program, weights, slots, optimizer)


def in_two_calls(run):
    def call(*args, **options):
        return train_in_two_calls(run.program, *args, **options)

    return call


@pytest.fixture(params=[1, 3])
def threads(request):
    before = get_threads()
    set_threads(request.param)
    yield request.param
    set_threads(before)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_one_call_leaves_the_bits_of_two(network, optimizer, threads):
    one, two = (training(NETWORKS[network], OPTIMIZERS[optimizer]) for _ in range(2))
    for number in (1, 2, 3):
        a, b = one.step(number), two.step(number, in_two_calls(two))
        assert a.losses.tobytes() == b.losses.tobytes()
        assert a.outputs.tobytes() == b.outputs.tobytes()
    assert one.bits == two.bits
    assert one.bits != training(NETWORKS[network], OPTIMIZERS[optimizer]).bits


@pytest.mark.parametrize("engine", [CompiledEngine, ReferenceEngine])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_a_loss_that_is_not_finite_changes_nothing(network, bad, engine):
    run = training(NETWORKS[network], Adam(), engine())
    run.step(1)
    before = run.bits
    images = np.ones((20, SIDE, SIDE, 1), np.float32)
    images[17, 3, 4] = bad
    step = run.step(2, images=images)
    assert not np.isfinite(step.losses[17])
    assert run.bits == before


@dataclass(frozen=True, repr=False)
class Cubes(Loss):
    """A loss of the user's own: the mean of |y|³ / 3."""

    def check(self, activation, output_shape):
        pass

    def prepare_targets(self, targets, output_shape):
        return np.asarray(targets)

    def _value_and_gradient(self, z, targets, activation):
        count = z[0].size
        return np.abs(z**3).reshape(len(z), -1).mean(1) / 3, z * np.abs(z) / count

    def _value(self, outputs, targets):
        return np.abs(outputs**3).reshape(len(outputs), -1).mean(1) / 3


def test_a_loss_of_the_users_own_is_asked_all_the_same():
    one, two = (training(NETWORKS["small"], Adam(), loss=Cubes()) for _ in range(2))
    one.step(1)
    two.step(1, in_two_calls(two))
    assert one.bits == two.bits


def not_contiguous(array):
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


CHANGED = {
    "weights in float64": lambda run: run.weights.update(
        {name: array.astype(np.float64) for name, array in run.weights.items()}
    ),
    "a weight with gaps": lambda run: run.weights.update(
        {name: not_contiguous(array) for name, array in run.weights.items()}
    ),
    "a slot with gaps": lambda run: run.slots.update(
        {name: not_contiguous(array) for name, array in run.slots.items()}
    ),
}


@pytest.mark.parametrize("change", CHANGED)
def test_arrays_that_machine_code_cannot_change_as_they_are_change_all_the_same(change):
    one, two = (training(NETWORKS["small"], SGD(momentum=0.9)) for _ in range(2))
    for run in (one, two):
        CHANGED[change](run)
    one.step(1)
    two.step(1, in_two_calls(two))
    assert one.bits == two.bits


@pytest.mark.parametrize(
    "optimizer", [SGD(clipnorm=0.01), Adam(clipvalue=1e-4), SGD(global_clipnorm=1e-3)]
)
def test_clipped_gradients_are_clipped(optimizer):
    one, two = (training(NETWORKS["small"], optimizer) for _ in range(2))
    one.step(1)
    two.step(1, in_two_calls(two))
    assert one.bits == two.bits
    free = training(NETWORKS["small"], type(optimizer)())
    free.step(1)
    assert free.bits["dense_1/bias"] != one.bits["dense_1/bias"]


def test_arrays_are_those_of_each_call():
    """What was known of former arrays is not kept for others."""
    first = training(NETWORKS["small"], SGD(momentum=0.9))
    second = Training(
        first.program,
        {name: array.copy() for name, array in first.weights.items()},
        {name: array.copy() for name, array in first.slots.items()},
        first.optimizer,
    )
    first.step(1)
    second.step(1)
    assert first.bits == second.bits
    second.slots.update({name: np.ones_like(array) for name, array in second.slots.items()})
    second.step(2)
    first.step(2)
    assert first.bits["dense_1/bias"] != second.bits["dense_1/bias"]


@pytest.mark.parametrize("engine", [CompiledEngine, ReferenceEngine])
@pytest.mark.parametrize("locked", ["weights", "slots"])
def test_arrays_that_were_locked_between_two_steps_stay_as_they_are(locked, engine):
    run = training(NETWORKS["small"], SGD(momentum=0.9), engine())
    run.step(1)
    for array in getattr(run, locked).values():
        array.flags.writeable = False
    before = {name: array.tobytes() for name, array in getattr(run, locked).items()}
    with pytest.raises(ValueError, match="read-only"):
        run.step(2)
    assert {name: array.tobytes() for name, array in getattr(run, locked).items()} == before


@pytest.mark.parametrize("engine", [CompiledEngine, ReferenceEngine])
def test_without_trained_weights_a_step_only_judges(engine):
    run = training((Flatten(),), SGD(), engine(), MeanSquaredError())
    images = np.ones((2, SIDE, SIDE, 1), np.float32)
    targets, update = np.zeros((2, SIDE**2), np.float32), Update(SGD(), {}, 0.1, 1)
    step = run.program.train_step({}, images, targets, update, key=0)
    np.testing.assert_array_equal(step.losses, 1)
