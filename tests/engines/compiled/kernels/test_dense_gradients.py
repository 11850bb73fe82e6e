"""The gradients of dense layers: exact on whole numbers, on every instruction set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.dense import Dense
from konv.engines.compiled.kernels.dense_gradients import DenseInputGradient, DenseWeightGradient
from konv.engines.compiled.kernels.rectifier import RELU, Rectifier
from konv.engines.compiled.target import AARCH64, target_of
from oracles.machine import TARGETS, run_guarded
from oracles.matrices import assert_near, integers, poisoned, reals

# inputs, units, rows of a picture, pictures
PROBLEMS = [
    (1, 1, 1, 1),
    (1, 1, 1, 37),
    (3, 5, 1, 4),
    (17, 3, 5, 3),
    (4, 7, 9, 2),
    (128, 10, 1, 31),
    (160, 100, 1, 15),
    (49, 67, 1, 8),
    (33, 97, 13, 1),
    (67, 513, 1, 7),
    (7, 1030, 1, 3),
    (50, 2, 1, 5),
    (512, 31, 1, 9),
    (9, 20, 150, 2),
]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("inputs", "units", "rows", "pictures"), PROBLEMS)
def test_the_input_gradient_of_whole_numbers_is_exact(
    inputs: int, units: int, rows: int, pictures: int, target: str
) -> None:
    lines = pictures * rows
    dz, kernel = integers(lines, units, seed=1), integers(inputs, units, seed=1)
    *_, dx, _ = run_guarded(
        DenseInputGradient(inputs, units, rows),
        *(dz, kernel, poisoned(lines, inputs), poisoned(0)),
        target=target,
        count=pictures,
    )
    np.testing.assert_array_equal(dx, dz @ kernel.T)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("slope", [0.0, 0.5])
@pytest.mark.parametrize(("inputs", "units"), [(37, 10), (35, 2050), (130, 140)])
@pytest.mark.parametrize("accumulate", [False, True])
def test_the_input_gradient_passes_the_rectifier_before_it(
    inputs: int, units: int, slope: float, accumulate: bool, target: str
) -> None:
    dz, kernel = integers(5, units, seed=2), integers(inputs, units, seed=2)
    y, before = integers(5, inputs, seed=3), integers(5, inputs, seed=4)
    *_, dx, _ = run_guarded(
        DenseInputGradient(inputs, units, 1, accumulate, Rectifier(slope), True),
        *(dz, kernel, before if accumulate else poisoned(5, inputs), y),
        target=target,
        count=5,
    )
    gradient = dz @ kernel.T + before * accumulate
    np.testing.assert_array_equal(dx, np.where(y > 0, gradient, slope * gradient))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("inputs", "units", "rows", "pictures"), PROBLEMS)
def test_the_weight_gradient_of_whole_numbers_is_added_exactly(
    inputs: int, units: int, rows: int, pictures: int, target: str
) -> None:
    lines = pictures * rows
    x, dz = integers(lines, inputs, seed=5), integers(lines, units, seed=5)
    kernel, bias = integers(inputs, units, seed=6), integers(units, seed=6)
    *_, by_kernel, by_bias = run_guarded(
        DenseWeightGradient(inputs, units, rows),
        *(x, dz, kernel, bias),
        target=target,
        count=pictures,
    )
    np.testing.assert_array_equal(by_kernel, kernel + x.T @ dz)
    np.testing.assert_array_equal(by_bias, bias + dz.sum(0))


def test_without_a_bias_its_pointer_is_not_looked_at() -> None:
    x, dz, kernel = integers(6, 40, seed=7), integers(6, 20, seed=7), integers(40, 20, seed=7)
    *_, by_kernel, _ = run_guarded(
        DenseWeightGradient(40, 20, bias=False),
        *(x, dz, kernel, poisoned(0)),
        target=TARGETS[-1],
        count=6,
    )
    np.testing.assert_array_equal(by_kernel, kernel + x.T @ dz)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("units", [10, 600])
def test_a_picture_gives_the_same_input_gradient_in_any_company(units: int, target: str) -> None:
    dz, kernel = reals(29, units, seed=8), reals(83, units, seed=8)
    function = KernelFunction(DenseInputGradient(83, units), target_of(target))
    together, alone = poisoned(29, 83), poisoned(29, 83)
    function(dz, kernel, together, together, count=29)
    for picture in range(29):
        function(dz[picture:], kernel, alone[picture:], alone[picture:], count=1)
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("target", TARGETS)
def test_real_numbers_are_as_near_as_their_sums_allow(target: str) -> None:
    x, dz, kernel = reals(13, 101, seed=9), reals(13, 35, seed=9), reals(101, 35, seed=9)
    dx, by_kernel = poisoned(13, 101), np.zeros((101, 35), np.float32)
    KernelFunction(DenseInputGradient(101, 35), target_of(target))(dz, kernel, dx, dx, count=13)
    gradient = KernelFunction(DenseWeightGradient(101, 35, bias=False), target_of(target))
    gradient(x, dz, by_kernel, dx, count=13)
    assert_near(dx, dz, kernel.T)
    assert_near(by_kernel, x.T, dz)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 3), st.integers(1, 20))
def test_all_three_kernels_are_exact_for_any_shape(
    inputs: int, units: int, rows: int, pictures: int
) -> None:
    x, dz = integers(pictures * rows, inputs, seed=12), integers(pictures * rows, units, seed=13)
    kernel, bias = integers(inputs, units, seed=12), integers(units, seed=12)
    empty = np.zeros((inputs, units), np.float32), np.zeros(units, np.float32)
    runs = {"target": TARGETS[-1], "count": pictures}
    *_, y = run_guarded(
        Dense(inputs, units, rows), x, kernel, bias, poisoned(len(x), units), **runs
    )
    *_, dx, _ = run_guarded(
        DenseInputGradient(inputs, units, rows), dz, kernel, np.full_like(x, np.nan), x, **runs
    )
    *_, by_kernel, by_bias = run_guarded(
        DenseWeightGradient(inputs, units, rows), x, dz, *empty, **runs
    )
    np.testing.assert_array_equal(y, x @ kernel + bias)
    np.testing.assert_array_equal(dx, dz @ kernel.T)
    np.testing.assert_array_equal(by_kernel, x.T @ dz)
    np.testing.assert_array_equal(by_bias, dz.sum(0))


def test_tiles_of_pictures_add_up_to_the_same_as_all_at_once() -> None:
    x, dz = reals(40, 21, seed=10), reals(40, 9, seed=10)
    function = KernelFunction(DenseWeightGradient(21, 9))
    whole, parts = ([np.zeros((21, 9), np.float32), np.zeros(9, np.float32)] for _ in range(2))
    function(x, dz, *whole, count=40)
    for first in range(0, 40, 8):
        function(x[first:], dz[first:], *parts, first=first, count=8)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_pictures_change_nothing() -> None:
    kernel, bias, dx = integers(5, 4, seed=11), integers(4, seed=11), poisoned(1, 5)
    before = [kernel.copy(), bias.copy()]
    x, dz = poisoned(1, 5), poisoned(1, 4)
    KernelFunction(DenseWeightGradient(5, 4))(x, dz, kernel, bias, count=0)
    KernelFunction(DenseInputGradient(5, 4))(dz, kernel, dx, dx, count=0)
    np.testing.assert_array_equal(kernel, before[0])
    np.testing.assert_array_equal(bias, before[1])
    assert np.isnan(dx).all()


@pytest.mark.parametrize(
    "kernel",
    [
        DenseInputGradient(67, 513, 3, True, RELU, True),
        DenseInputGradient(67, 9),
        DenseWeightGradient(70, 45),
    ],
)
def test_machine_code_for_other_processors_is_written(
    kernel: DenseInputGradient | DenseWeightGradient,
) -> None:
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)


def test_every_product_is_an_operation() -> None:
    assert DenseInputGradient(7, 5, 3).operations == 105
    assert DenseWeightGradient(7, 5, 3).operations == 105
