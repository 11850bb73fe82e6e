"""Dense layers whose kernel is divided among the threads: exact, block by block."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.dense import Dense
from konv.engines.compiled.kernels.dense_batch import (
    DenseBatch,
    DenseBatchInputGradient,
    DenseBatchWeightGradient,
)
from konv.engines.compiled.kernels.rectifier import RELU, Rectifier
from konv.engines.compiled.target import AARCH64, target_of
from oracles.machine import TARGETS, run_guarded, run_guarded_items
from oracles.matrices import assert_near, integers, poisoned, reals

# inputs, units, pictures, items of a block (0: as many as are recommended)
PROBLEMS = [
    (1, 1, 1, 0),
    (5, 3, 4, 1),
    (33, 100, 9, 32),
    (100, 33, 31, 48),
    (130, 140, 7, 0),
    (515, 70, 3, 16),
    (70, 1030, 2, 37),
    (1200, 67, 5, 0),
    (40, 37, 300, 0),
]


def sizes(pictures: int) -> np.ndarray:
    return np.array([pictures, 8], np.int64)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("inputs", "units", "pictures", "block"), PROBLEMS)
def test_outputs_of_whole_numbers_are_exact(
    inputs: int, units: int, pictures: int, block: int, target: str
) -> None:
    x, weights = integers(pictures, inputs, seed=1), integers(inputs, units, seed=1)
    bias = integers(units, seed=1)
    kernel = DenseBatch(inputs, units, rectifier=Rectifier(0.5))
    *_, y = run_guarded_items(
        kernel,
        *(sizes(pictures), x, weights, bias, poisoned(pictures, units)),
        target=target,
        items=units,
        block=block or kernel.block,
    )
    z = x @ weights + bias
    np.testing.assert_array_equal(y, np.where(z > 0, z, 0.5 * z))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("inputs", "units", "pictures", "block"), PROBLEMS)
def test_input_gradients_of_whole_numbers_are_exact(
    inputs: int, units: int, pictures: int, block: int, target: str
) -> None:
    dz, weights = integers(pictures, units, seed=2), integers(inputs, units, seed=2)
    y = integers(pictures, inputs, seed=2)
    kernel = DenseBatchInputGradient(inputs, units, RELU, True)
    *_, dx, _ = run_guarded_items(
        kernel,
        *(sizes(pictures), dz, weights, poisoned(pictures, inputs), y),
        target=target,
        items=inputs,
        block=block or kernel.block,
    )
    np.testing.assert_array_equal(dx, np.where(y > 0, dz @ weights.T, 0))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("inputs", "units", "pictures", "block"), PROBLEMS)
def test_weight_gradients_of_whole_numbers_are_exact(
    inputs: int, units: int, pictures: int, block: int, target: str
) -> None:
    x, dz = integers(pictures, inputs, seed=3), integers(pictures, units, seed=3)
    kernel = DenseBatchWeightGradient(inputs, units)
    *_, by_kernel, by_bias = run_guarded_items(
        kernel,
        *(sizes(pictures), x, dz, poisoned(inputs, units), poisoned(units)),
        target=target,
        items=inputs,
        block=block or kernel.block,
    )
    np.testing.assert_array_equal(by_kernel, x.T @ dz)
    np.testing.assert_array_equal(by_bias, dz.sum(0))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("first", "count"), [(0, 32), (32, 32), (64, 26)])
def test_a_passing_gradient_is_that_of_a_task(first: int, count: int, target: str) -> None:
    x, dz = integers(9, 90, seed=8), integers(9, 70, seed=8)
    *_, by_kernel, by_bias = run_guarded(
        DenseBatchWeightGradient(90, 70, passing=True),
        *(sizes(9), x, dz, poisoned(count, 70), poisoned(70)),
        target=target,
        first=first,
        count=count,
    )
    np.testing.assert_array_equal(by_kernel, (x.T @ dz)[first : first + count])
    assert np.isnan(by_bias).all() if first else (by_bias == dz.sum(0)).all()


def test_a_task_has_room_for_its_gradient() -> None:
    kernel = DenseBatchWeightGradient(4608, 128)
    assert kernel.block_bytes == kernel.block * 128 * 4


@pytest.mark.parametrize("target", TARGETS)
def test_without_a_bias_there_is_no_gradient_of_it(target: str) -> None:
    x, dz = integers(5, 40, seed=4), integers(5, 30, seed=4)
    *_, by_kernel, by_bias = run_guarded_items(
        DenseBatchWeightGradient(40, 30, bias=False),
        *(sizes(5), x, dz, poisoned(40, 30), poisoned(0)),
        target=target,
        items=40,
        block=16,
    )
    np.testing.assert_array_equal(by_kernel, x.T @ dz)
    assert by_bias.size == 0


@pytest.mark.parametrize("target", TARGETS)
def test_outputs_equal_those_of_tiles_of_pictures(target: str) -> None:
    x, weights, bias = reals(11, 700, seed=5), reals(700, 90, seed=5), reals(90, seed=5)
    whole, tile = poisoned(11, 90), poisoned(11, 90)
    batch = KernelFunction(DenseBatch(700, 90), target_of(target))
    batch(sizes(11), x, weights, bias, whole, count=90)
    KernelFunction(Dense(700, 90), target_of(target))(x, weights, bias, tile, count=11)
    np.testing.assert_array_equal(whole, tile)
    assert_near(whole - bias, x, weights)


def test_a_block_leaves_the_others_alone() -> None:
    x, weights, bias = integers(3, 20, seed=6), integers(20, 70, seed=6), integers(70, seed=6)
    y = poisoned(3, 70)
    KernelFunction(DenseBatch(20, 70))(sizes(3), x, weights, bias, y, first=16, count=32)
    assert np.isnan(y[:, :16]).all()
    assert np.isnan(y[:, 48:]).all()
    np.testing.assert_array_equal(y[:, 16:48], (x @ weights + bias)[:, 16:48])


@pytest.mark.parametrize(
    ("shape", "units", "inputs"),
    [
        ((4608, 128), 32, 288),
        ((980, 128), 32, 128),
        ((512, 512), 64, 32),
        ((128, 10), 16, 1664),
        ((1, 1), 16, 16384),
        ((30000, 1000), 64, 64),
        ((700, 5000), 64, 32),
    ],
)
def test_blocks_suit_the_cache_and_the_threads(
    shape: tuple[int, int], units: int, inputs: int
) -> None:
    assert DenseBatch(*shape).block == units
    assert DenseBatchInputGradient(*shape).block == inputs
    assert DenseBatchWeightGradient(*shape).block == inputs


@pytest.mark.parametrize(
    "kernel",
    [
        DenseBatch(700, 90),
        DenseBatchInputGradient(90, 700),
        DenseBatchWeightGradient(90, 70),
    ],
)
def test_machine_code_for_other_processors_is_written(kernel: Kernel) -> None:
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)


def test_every_product_is_an_operation() -> None:
    for kernel in (DenseBatch, DenseBatchInputGradient, DenseBatchWeightGradient):
        assert kernel(7, 5).operations == 35
