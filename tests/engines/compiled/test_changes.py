"""Steps of training on pictures that are changed while they are read: the bits of NumPy's."""

from dataclasses import dataclass

import numpy as np
import pytest

from konv.engines import Pixels
from konv.engines.changes import Changes
from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.runtime.guarded import guarded_bytes
from konv.engines.reference.program import ReferenceEngine
from konv.errors import EngineError
from konv.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from konv.losses import Loss, SparseCategoricalCrossentropy
from konv.network.graph import sequential
from konv.network.weights import new_weights
from oracles.changes import one_after_the_other, some_changes

PIXELS = Pixels((0.1, 0.02, 0.003), (-0.5, 0.25, 1))
LOSS = SparseCategoricalCrossentropy()


def network(channels_first=False):
    order = "channels_first" if channels_first else "channels_last"
    return sequential(
        [
            Input((3, 9, 11) if channels_first else (9, 11, 3)),
            Conv2D(8, 3, padding="same", activation="relu", data_format=order),
            MaxPooling2D(2, data_format=order),
            BatchNormalization(axis=1 if channels_first else -1),
            Flatten(),
            Dropout(0.3),
            Dense(4, activation="softmax"),
        ]
    )


def problem(seed, kind, pictures):
    """Pictures, and some changes for them: (method of Changes, its numbers)."""
    random = np.random.default_rng(seed)
    images = random.uniform(0, 255, (pictures, 9, 11, 3)).astype(kind)
    return images, some_changes(random, images.shape)


def changes_of(images, steps):
    changes = Changes.none(images.shape)
    for name, *numbers in steps:
        changes = getattr(changes, name)(*numbers)
    return changes


def bits(program, images, changes=None):
    step = program.loss_and_gradients(
        new_weights(program.network, 3), images, np.arange(len(images)) % 4, key=6, changes=changes
    )
    arrays = [step.losses, step.outputs, *step.gradients.values(), *step.state.values()]
    return b"".join(array.tobytes() for array in arrays)


@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("kind", ["uint8", "float32", "float64", "float16"])
@pytest.mark.parametrize("seed", range(5))
def test_pictures_changed_inside_are_those_changed_before(seed, kind, channels_first):
    images, steps = problem(seed, kind, pictures=13)
    expected = one_after_the_other(images, steps)
    if channels_first:
        images, expected = (
            np.ascontiguousarray(np.moveaxis(array, -1, 1)) for array in (images, expected)
        )
    changes = changes_of(problem(seed, kind, pictures=13)[0], steps)
    engine = CompiledEngine(allocate=guarded_bytes)
    for one in (engine, ReferenceEngine()):
        program = one.compile(network(channels_first), loss=LOSS, pixels=PIXELS)
        assert bits(program, images, changes) == bits(program, expected)


def test_some_of_these_problems_change_much():
    found = {name for seed in range(5) for name, *_rest in problem(seed, "uint8", 13)[1]}
    assert found == {"moved", "mirrored", "blanked", "brightened"}


@pytest.mark.parametrize("pictures", [1, 8, 33, 70])
def test_bits_do_not_depend_on_threads(threads, pictures):
    images, steps = problem(2, "uint8", pictures)
    found = set()
    for count in (1, 2, 3, 5):
        threads(count)
        program = CompiledEngine().compile(network(), loss=LOSS, pixels=PIXELS)
        found |= {bits(program, images, changes_of(images, steps)) for _turn in range(3)}
    assert len(found) == 1


def test_a_program_does_steps_with_and_without_changes_in_turn():
    images, steps = problem(3, "uint8", 13)
    changes = changes_of(images, steps)
    program = CompiledEngine().compile(network(), loss=LOSS, pixels=PIXELS)
    alone, changed = bits(program, images), bits(program, images, changes)
    assert alone != changed
    assert bits(program, images, Changes.none(images.shape)) == alone
    assert [bits(program, images), bits(program, images, changes)] == [alone, changed]
    brighter = Changes.none(images.shape).brightened(np.full(13, 0.0))
    assert bits(program, images, brighter) == bits(program, 0 * images)


@dataclass(frozen=True, repr=False)
class Fourth(Loss):
    """A loss of one's own, Σ z⁴: it is asked in the middle of the step."""

    def check(self, activation, output_shape):
        pass

    def prepare_targets(self, targets, output_shape):
        return np.asarray(targets)

    def _value_and_gradient(self, z, targets, activation):
        return (z**4).sum(axis=1), 4 * z**3

    def _value(self, outputs, targets):
        return (outputs**4).sum(axis=1)


def test_a_loss_of_ones_own_sees_changed_pictures():
    net = sequential([Input((9, 11, 3)), Conv2D(4, 3), Flatten(), Dense(2)])
    images, steps = problem(1, "uint8", 6)
    program = CompiledEngine().compile(net, loss=Fourth(), pixels=PIXELS)
    targets, weights = np.ones((6, 2), np.float32), new_weights(net, 0)
    inside = program.loss_and_gradients(
        weights, images, targets, key=0, changes=changes_of(images, steps)
    )
    before = program.loss_and_gradients(weights, one_after_the_other(images, steps), targets, key=0)
    assert inside.losses.tobytes() == before.losses.tobytes()


@pytest.mark.parametrize("engine", [CompiledEngine(), ReferenceEngine()], ids=["compiled", "numpy"])
@pytest.mark.parametrize(
    ("shape", "kind"),
    [((5, 9, 11, 3), "uint8"), ((4, 11, 9, 3), "uint8"), ((4, 9, 10, 3), "float64")],
)
def test_changes_of_other_pictures_are_refused(engine, shape, kind):
    program = engine.compile(network(), loss=LOSS)
    changes = Changes.none(shape).brightened(np.ones(shape[0]))
    with pytest.raises(EngineError) as caught:
        bits(program, np.zeros((4, 9, 11, 3), kind), changes)
    assert caught.value.code == "K705"
    assert "4, 9, 11, 3" in str(caught.value)


@pytest.mark.parametrize("engine", [CompiledEngine(), ReferenceEngine()], ids=["compiled", "numpy"])
def test_rows_of_numbers_are_not_changed(engine):
    program = engine.compile(sequential([Input((4,)), Dense(4, activation="softmax")]), loss=LOSS)
    with pytest.raises(EngineError) as caught:
        bits(program, np.zeros((2, 4)), Changes.none((2, 2, 2)).mirrored([1, 0], [0, 1]))
    assert caught.value.code == "K705"
