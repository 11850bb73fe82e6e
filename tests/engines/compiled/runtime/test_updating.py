"""Updates by machine code: those of the optimizers, bit by bit; what it cannot do NumPy does."""

from dataclasses import dataclass

import numpy as np
import pytest

from konv.engines.compiled.runtime.machine import Machine
from konv.engines.compiled.runtime.updating import Updates
from konv.engines.compiled.target import host_target
from konv.engines.contract import Step
from konv.engines.threads import get_threads, set_threads
from konv.optimizers import SGD, Adam, AdamW, Optimizer

SHAPES = {"a/kernel": (3, 3, 5, 7), "a/bias": (1,), "b/kernel": (300, 129)}


@dataclass(frozen=True, repr=False)
class Signs(Optimizer):
    """Only the sign of the gradient counts: an optimizer of the user's own."""

    learning_rate: float = 0.5

    @property
    def slot_names(self):
        return ("steps",)

    def _update(self, weight, gradient, slots, learning_rate, iteration):
        slots["steps"] += 1
        weight -= learning_rate * np.sign(gradient)


@dataclass(frozen=True, repr=False)
class Halved(SGD):
    """A subclass of one of konv's own that does something else."""

    def _update(self, weight, gradient, slots, learning_rate, iteration):
        super()._update(weight, gradient / 2, slots, learning_rate, iteration)


OPTIMIZERS = {
    "sgd": SGD(0.1),
    "momentum": SGD(0.1, momentum=0.9),
    "nesterov": SGD(0.1, momentum=0.9, nesterov=True),
    "decay": SGD(0.1, weight_decay=0.01),
    "nesterov, decay, norm": SGD(
        0.1, momentum=0.5, nesterov=True, weight_decay=0.1, global_clipnorm=1.0
    ),
    "adam": Adam(),
    "adam, decay": Adam(weight_decay=0.1),
    "adam, value": Adam(clipvalue=0.5),
    "adam, each norm": Adam(0.01, clipnorm=0.5, beta_1=0.5, epsilon=1e-3),
    "adamw": AdamW(),
    "adamw, global norm": AdamW(global_clipnorm=2.0),
    "own": Signs(),
    "own of sgd": Halved(0.1),
}


def numbers(seed):
    generator = np.random.default_rng(seed)
    return {
        name: generator.standard_normal(shape).astype(np.float32) for name, shape in SHAPES.items()
    }


def updates():
    return Updates(Machine(host_target()))


def after(apply, optimizer, *, iterations=3):
    """Weights and slots after some iterations."""
    weights = numbers(0)
    slots = optimizer.new_slots(weights)
    for iteration in range(1, iterations + 1):
        rate = 0.1 / iteration
        apply(weights, numbers(iteration), slots, learning_rate=rate, iteration=iteration)
    return {**weights, **slots}


def by_machine(optimizer):
    known = updates()

    def apply(weights, gradients, slots, **settings):
        step = Step(np.zeros(1), np.zeros(1), gradients)
        known.apply(weights, step, optimizer, slots, **settings)

    return apply


@pytest.fixture(params=[1, 3])
def threads(request):
    before = get_threads()
    set_threads(request.param)
    yield request.param
    set_threads(before)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weights_and_slots_are_the_optimizers_bit_by_bit(name, threads):
    optimizer = OPTIMIZERS[name]
    given, expected = after(by_machine(optimizer), optimizer), after(optimizer.apply, optimizer)
    assert given.keys() == expected.keys()
    for key, array in expected.items():
        assert given[key].tobytes() == array.tobytes(), key


def one_step(weights, optimizer, *, gradients=None, slots=None, state=None):
    gradients = numbers(1) if gradients is None else gradients
    slots = optimizer.new_slots(weights) if slots is None else slots
    step = Step(np.zeros(1), np.zeros(1), gradients, state or {})
    updates().apply(weights, step, optimizer, slots, learning_rate=0.1, iteration=1)
    return slots


def with_zeros_between(array):
    """The same numbers, every second of a larger array."""
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def misaligned(array):
    memory = np.zeros(array.nbytes + 1, np.uint8)
    copy = memory[1:].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


@pytest.mark.parametrize(
    "changed",
    [with_zeros_between, np.asfortranarray, misaligned, lambda array: array.astype(">f4")],
    ids=["strided", "columns", "misaligned", "big endian"],
)
@pytest.mark.parametrize("which", ["weight", "slot", "gradient"])
def test_arrays_that_lie_in_another_way_are_changed_in_place(changed, which):
    optimizer = SGD(0.1, momentum=0.5)
    expected = numbers(0)
    expected_slots = one_step(expected, optimizer)
    weights, gradients = numbers(0), numbers(1)
    slots = optimizer.new_slots(weights)
    arrays, name = {
        "weight": (weights, "a/kernel"),
        "slot": (slots, "a/kernel:momentum"),
        "gradient": (gradients, "a/kernel"),
    }[which]
    arrays[name] = changed(arrays[name])
    held = dict(weights)
    one_step(weights, optimizer, gradients=gradients, slots=slots)
    for key, weight in held.items():
        np.testing.assert_allclose(weight, expected[key], rtol=1e-6)
    for key, slot in slots.items():
        np.testing.assert_allclose(slot, expected_slots[key], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float16])
def test_weights_of_another_type_are_updated_in_their_own(dtype):
    weights = {name: weight.astype(dtype) for name, weight in numbers(0).items()}
    one_step(weights, SGD(0.1))
    for name, weight in numbers(0).items():
        assert weights[name].dtype == dtype
        np.testing.assert_allclose(
            weights[name], weight - 0.1 * numbers(1)[name], rtol=1e-2, atol=1e-2
        )


@pytest.mark.parametrize("which", ["weight", "slot"])
def test_what_must_not_be_written_to_is_not(which):
    weights, optimizer = numbers(0), SGD(0.1, momentum=0.5)
    slots = optimizer.new_slots(weights)
    array = weights["b/kernel"] if which == "weight" else slots["b/kernel:momentum"]
    before = array.copy()
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        one_step(weights, optimizer, slots=slots)
    assert array.tobytes() == before.tobytes()


@pytest.mark.parametrize("shape", [(3, 3, 5, 8), (3, 3, 5), (3, 3, 4, 7), (7, 5, 3, 3)])
def test_a_gradient_of_another_shape_is_refused(shape):
    weights, gradients = numbers(0), numbers(1)
    gradients["a/kernel"] = np.zeros(shape, np.float32)
    with pytest.raises(ValueError, match="broadcast"):
        one_step(weights, SGD(0.1), gradients=gradients)


def test_moving_values_are_written_where_they_are_kept():
    weights = {**numbers(0), "c/moving_mean": np.zeros(4, np.float32)}
    held = weights["c/moving_mean"]
    one_step(weights, SGD(0.1), state={"c/moving_mean": np.arange(4, dtype=np.float32)})
    assert held.tolist() == [0, 1, 2, 3]


def test_a_network_without_weights_needs_no_update():
    one_step({}, Adam(), gradients={})


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e38])
def test_numbers_that_are_not_finite_stay_so(number):
    weights, gradients = numbers(0), numbers(1)
    gradients["a/kernel"][0, 0, 0, 0] = number
    one_step(weights, Adam(), gradients=gradients)
    expected, optimizer = numbers(0), Adam()
    optimizer.apply(
        expected, gradients, optimizer.new_slots(expected), learning_rate=0.1, iteration=1
    )
    for name, weight in expected.items():
        np.testing.assert_array_equal(weights[name], weight)
