"""The engine keeps its programs, lets go of them, and is never copied with its code."""

import copy
import gc
import os
import pickle
import subprocess
import sys
import tracemalloc
import weakref
from dataclasses import dataclass

import numpy as np
import pytest

import konv
from konv.engines import Pixels, get_engine
from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.information import compile_info
from konv.engines.compiled.runtime.machine import Machine
from konv.engines.compiled.target import target_of
from konv.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
)
from konv.losses import Loss, MeanSquaredError, SparseCategoricalCrossentropy
from konv.network.graph import functional, sequential
from konv.network.weights import new_weights
from konv.optimizers import Adam

PICTURES = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1), np.uint8)
LABELS = np.arange(20) % 3


def network(filters=4):
    x = Input((8, 8, 1))
    y = MaxPooling2D(2)(Conv2D(filters, 3, activation="relu")(x))
    z = BatchNormalization()(Conv2D(filters, 3, padding="same")(y))
    y = Dropout(0.2)(Concatenate()([Add()([y, z]), z]))
    return functional(x, Dense(3, activation="softmax")(Flatten()(y)))


def model(**settings):
    return konv.Model.from_network(network(), seed=1, **settings)


def test_it_is_the_default():
    assert get_engine().name == "compiled"
    assert isinstance(model().engine, CompiledEngine)


# Programs


def test_the_same_question_gives_the_same_program():
    engine, of = CompiledEngine(), network()
    program = engine.compile(of, loss=MeanSquaredError(), pixels=Pixels((0.5,)))
    assert engine.compile(of, loss=MeanSquaredError(), pixels=Pixels((0.5,))) is program
    others = [
        engine.compile(of, loss=MeanSquaredError()),
        engine.compile(of, pixels=Pixels((0.5,))),
        engine.compile(network(), loss=MeanSquaredError(), pixels=Pixels((0.5,))),
    ]
    assert len({id(each) for each in (program, *others)}) == 4


@dataclass(frozen=True, repr=False)
class Weighted(Loss):
    """A loss of the user's own, that holds an array."""

    factors: np.ndarray

    def check(self, activation, output_shape):
        pass

    def prepare_targets(self, targets, output_shape):
        return np.asarray(targets)

    def _value_and_gradient(self, z, targets, activation):
        return (self.factors * z).sum(1), np.zeros_like(z) + self.factors

    def _value(self, outputs, targets):
        return (self.factors * outputs).sum(1)


def test_losses_that_cannot_be_compared_have_programs_of_their_own():
    engine, of = CompiledEngine(), sequential([Input((2,)), Dense(3)])
    weights = new_weights(of, 0)
    found = []
    for factors in ([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]):
        loss = Weighted(np.array(factors, np.float32))
        program = engine.compile(of, loss=loss)
        assert engine.compile(of, loss=loss) is program
        step = program.loss_and_gradients(weights, np.ones((1, 2)), np.zeros((1, 3)), key=0)
        found.append(step.gradients["dense_1/bias"].tolist())
    assert found == [[1, 2, 3], [1, 2, 4]]


def test_nothing_is_compiled_before_it_is_needed():
    before = len(compile_info()["programs"])
    program = CompiledEngine().compile(network(), loss=SparseCategoricalCrossentropy())
    assert len(compile_info()["programs"]) == before
    program.forward(new_weights(program.network, 0), PICTURES)
    assert len(compile_info()["programs"]) == before + 1


def test_only_the_last_programs_are_kept():
    engine = CompiledEngine()
    programs = [weakref.ref(engine.compile(network())) for _number in range(9)]
    gc.collect()
    kept = [program() is not None for program in programs]
    assert kept == [False] * 5 + [True] * 4


def test_with_a_model_go_its_programs():
    before = len(compile_info()["programs"])
    own = model()
    own.fit(PICTURES, LABELS, epochs=1, verbose=0)
    own.predict(PICTURES)
    assert len(compile_info()["programs"]) > before
    del own
    gc.collect()
    assert len(compile_info()["programs"]) == before


def test_memory_does_not_grow_from_step_to_step():
    of = network(16)
    program = CompiledEngine().compile(of, loss=SparseCategoricalCrossentropy())
    weights, optimizer = new_weights(of, 0), Adam()
    slots = optimizer.new_slots({name: weights[name] for name in of.trained_weights})

    def steps(count):
        for iteration in range(1, count):
            step = program.loss_and_gradients(weights, PICTURES, LABELS, key=iteration)
            program.apply_update(
                weights, step, optimizer, slots, learning_rate=1e-3, iteration=iteration
            )

    steps(20)
    tracemalloc.start()
    try:
        steps(20)
        before = tracemalloc.get_traced_memory()[0]
        steps(200)
        assert tracemalloc.get_traced_memory()[0] - before < 10_000
    finally:
        tracemalloc.stop()


def test_a_step_keeps_its_numbers_as_long_as_somebody_holds_it():
    of = network()
    program = CompiledEngine().compile(of, loss=SparseCategoricalCrossentropy())
    weights, held = new_weights(of, 0), []
    for key in range(12):
        step = program.loss_and_gradients(weights, PICTURES, LABELS, key=key)
        arrays = [step.losses, step.outputs, *step.gradients.values(), *step.state.values()]
        held.append((arrays, [array.copy() for array in arrays]))
        if key % 3 == 2:
            del held[0]
    for arrays, copies in held:
        for array, before in zip(arrays, copies, strict=True):
            assert array.tobytes() == before.tobytes()


# Copies


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, copy.copy, lambda own: pickle.loads(pickle.dumps(own))]
)
def test_a_model_that_was_used_can_be_copied(copied):
    own = model()
    own.fit(PICTURES, LABELS, epochs=1, verbose=0)
    expected = own.predict(PICTURES)
    other = copied(own)
    assert other.predict(PICTURES).tobytes() == expected.tobytes()
    own.fit(PICTURES, LABELS, epochs=1, verbose=0)
    other.fit(PICTURES, LABELS, epochs=1, verbose=0)
    if copied is not copy.copy:
        assert own.predict(PICTURES).tobytes() == other.predict(PICTURES).tobytes()


def test_a_copy_compiles_for_the_same_processor():
    engine = CompiledEngine(target_of("baseline"))
    other = pickle.loads(pickle.dumps(engine))
    machine = other.compile(network()).machine
    assert machine.target == target_of("baseline")
    assert isinstance(machine, Machine)


# Plans

SAYING = """
from konv.engines.compiled.engine import CompiledEngine
from konv.losses import SparseCategoricalCrossentropy
from konv.network.reading import network_from_json
import hashlib, sys
of = network_from_json(sys.stdin.read()).network
program = CompiledEngine().compile(of, loss=SparseCategoricalCrossentropy())
for kind in ("uint8", "float32"):
    for part in (program.prediction(kind), program.training_step(kind)):
        plan = part.executable.plan
        print(hashlib.sha256(repr(plan).encode()).hexdigest(), part.executable.record.cached)
"""


def said_by_a_process(*, hash_seed, environment):
    done = subprocess.run(
        [sys.executable, "-c", SAYING],
        input=network().to_json(),
        env={**environment, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_a_plan_depends_on_nothing_but_the_question(tmp_path):
    """Other processes plan the same, so they find what the first has compiled."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    first = said_by_a_process(hash_seed="1", environment=environment)
    second = said_by_a_process(hash_seed="2", environment=environment)
    assert [digest for digest, _cached in first] == [digest for digest, _cached in second]
    assert len({digest for digest, _cached in first}) == 4
    assert {cached for _digest, cached in first} == {"False"}
    assert {cached for _digest, cached in second} == {"True"}


def plans_of(program):
    for kind in ("uint8", "float32"):
        for part in (program.prediction(kind), program.training_step(kind)):
            yield repr(part.executable.plan)


def test_two_engines_plan_alike():
    loss = SparseCategoricalCrossentropy()
    one, other = (list(plans_of(CompiledEngine().compile(network(), loss=loss))) for _turn in "12")
    assert one == other
    assert not any(" at 0x" in text for text in one)
