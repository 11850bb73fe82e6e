"""Updates of weights: every bit is that of the optimizers' own NumPy formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.updates import settings, update_kernel
from konv.engines.compiled.target import AARCH64
from konv.optimizers import SGD, Adam, AdamW, Optimizer
from oracles.machine import TARGETS, run_guarded

OPTIMIZERS = [
    SGD(0.1),
    SGD(0.013, weight_decay=0.02),
    SGD(0.01, momentum=0.9),
    SGD(0.3, momentum=1.0, weight_decay=0.1),
    SGD(0.07, momentum=0.95, nesterov=True),
    SGD(0.07, momentum=0.5, nesterov=True, weight_decay=0.0),
    Adam(),
    Adam(0.02, beta_1=0.0, beta_2=0.99, epsilon=1e-3, weight_decay=0.01),
    AdamW(0.003),
]


def _kernel(optimizer: Optimizer) -> Kernel:
    kernel = update_kernel(optimizer)
    assert kernel is not None
    assert kernel.pointers == ("settings", "gradient", "weight", *optimizer.slot_names)
    return kernel


def _start(optimizer: Optimizer, elements: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    weight = np.random.default_rng(elements).normal(size=elements).astype(np.float32)
    return weight, {name: np.zeros_like(weight) for name in optimizer.slot_names}


def _gradient(iteration: int, elements: int) -> np.ndarray:
    random = np.random.default_rng(iteration)
    sizes = 10.0 ** random.integers(-12, 3, elements)
    return (random.normal(size=elements) * sizes).astype(np.float32)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_equals_the_optimizer_bit_by_bit_over_several_iterations(
    optimizer: Optimizer, target: str
) -> None:
    kernel, elements = _kernel(optimizer), 83
    weight, slots = _start(optimizer, elements)
    arrays = [weight.copy(), *(slot.copy() for slot in slots.values())]
    for iteration in (1, 2, 3, 1000):
        gradient, rate = _gradient(iteration, elements), 0.1 / iteration
        chosen = settings(optimizer, learning_rate=rate, iteration=iteration)
        ran = run_guarded(kernel, chosen, gradient, *arrays, target=target, count=elements)
        arrays = ran[2:]
        optimizer.update(weight, gradient, slots, learning_rate=rate, iteration=iteration)
        for actual, expected in zip(arrays, (weight, *slots.values()), strict=True):
            assert actual.tobytes() == expected.tobytes()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("optimizer", [OPTIMIZERS[2], OPTIMIZERS[4], OPTIMIZERS[6]], ids=repr)
def test_what_is_remembered_of_gradients_that_stay_zero_becomes_zero(
    optimizer: Optimizer, target: str
) -> None:
    smallest = np.finfo(np.float32).smallest_normal
    numbers = np.array([3, -3, 1, 0.75, -0.75, 0, np.nan, np.inf], np.float32) * smallest
    weight, gradient = np.ones(8, np.float32), np.zeros(8, np.float32)
    slots = {name: numbers.copy() for name in optimizer.slot_names}
    arrays = [weight.copy(), *(slot.copy() for slot in slots.values())]
    for iteration in range(1, 30):
        chosen = settings(optimizer, learning_rate=0.1, iteration=iteration)
        ran = run_guarded(_kernel(optimizer), chosen, gradient, *arrays, target=target, count=8)
        arrays = ran[2:]
        optimizer.update(weight, gradient, slots, learning_rate=0.1, iteration=iteration)
        for actual, expected in zip(arrays[1:], slots.values(), strict=True):
            np.testing.assert_array_equal(actual, expected)
            assert not ((actual != 0) & (abs(actual) < smallest)).any()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("optimizer", [OPTIMIZERS[0], OPTIMIZERS[5], OPTIMIZERS[8]], ids=repr)
@pytest.mark.parametrize(("first", "count"), [(0, 1), (3, 17), (0, 40), (39, 1), (9, 0)])
def test_a_block_changes_its_own_elements_only(
    optimizer: Optimizer, first: int, count: int, target: str
) -> None:
    weight, slots = _start(optimizer, 40)
    gradient = _gradient(1, 40)
    chosen = settings(optimizer, learning_rate=0.5, iteration=1)
    arrays = [weight.copy(), *(slot.copy() for slot in slots.values())]
    ran = run_guarded(
        _kernel(optimizer), chosen, gradient, *arrays, target=target, first=first, count=count
    )
    block = slice(first, first + count)
    parts = {name: slot[block] for name, slot in slots.items()}
    optimizer.update(weight[block], gradient[block], parts, learning_rate=0.5, iteration=1)
    for actual, expected in zip(ran[2:], (weight, *slots.values()), strict=True):
        assert actual.tobytes() == expected.tobytes()


def test_numbers_that_are_not_finite_stay_so() -> None:
    optimizer, gradient = Adam(), np.array([np.nan, np.inf, 1], np.float32)
    arrays = [np.ones(3, np.float32), np.zeros(3, np.float32), np.zeros(3, np.float32)]
    chosen = settings(optimizer, learning_rate=0.1, iteration=1)
    weight = run_guarded(_kernel(optimizer), chosen, gradient, *arrays, target=TARGETS[0], count=3)
    assert np.isfinite(weight[2]).tolist() == [False, False, True]


def test_settings_are_the_size_of_the_step_and_the_decay() -> None:
    np.testing.assert_array_equal(
        settings(SGD(weight_decay=0.5), learning_rate=0.25, iteration=9),
        np.array([0.25, 0.125], np.float32),
    )
    # t = 1: √(1 − 0.75) / (1 − 0.5) = 1; t = 2: √(1 − 0.5625) / (1 − 0.25) = √7 / 3
    halves = Adam(beta_1=0.5, beta_2=0.75)
    for iteration, factor in ((1, 1.0), (2, 7**0.5 / 3)):
        np.testing.assert_array_equal(
            settings(halves, learning_rate=0.5, iteration=iteration),
            np.array([0.5 * factor, 0], np.float32),
        )


def test_equal_optimizers_share_one_function_and_others_do_not() -> None:
    @dataclass(frozen=True, repr=False)
    class Other(SGD):
        pass

    names = {_kernel(optimizer).function_name for optimizer in OPTIMIZERS}
    assert len(names) == len(OPTIMIZERS)
    assert update_kernel(Adam(0.1)) == update_kernel(Adam(0.2))
    assert update_kernel(Other()) is None


@pytest.mark.parametrize("optimizer", [OPTIMIZERS[1], OPTIMIZERS[5], OPTIMIZERS[8]], ids=repr)
def test_writes_code_for_aarch64(optimizer: Optimizer) -> None:
    assert object_code(kernel_text(_kernel(optimizer), AARCH64), AARCH64)
