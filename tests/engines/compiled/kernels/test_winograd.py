"""Convolution after Winograd against direct sums: exactly with F(2×2, 3×3), whose numbers stay
halves and quarters, and within its bound with F(4×4, 3×3), on every instruction set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.kernels.winograd import Winograd
from konv.engines.compiled.kernels.winograd_alone import WinogradAlone
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.target import AARCH64, Target, host_target, target_of
from oracles.machine import TARGETS, in_layout, out_of_layout, run_guarded, run_guarded_items
from oracles.pooled_convolutions import numbers_of, padded, pool_windows, sums_of
from oracles.winograd import error_bound


@dataclass(frozen=True)
class Problem:
    """A convolution: (height, width, channels), filters, and what follows."""

    kernel: ClassVar = (3, 3)
    input: tuple[int, int, int]
    filters: int
    padding: tuple[int, int, int, int] = (1, 1, 1, 1)  # above, below, left, right
    pool: tuple[int, int] = (1, 1)
    rectifier: Rectifier = LINEAR
    flipped: bool = False

    @property
    def output(self) -> tuple[int, int, int]:
        rows, columns = (
            (size + self.padding[2 * i] + self.padding[2 * i + 1] - 2) // self.pool[i]
            for i, size in enumerate(self.input[:2])
        )
        return rows, columns, self.filters

    def kernel_of(self, size: int, **fields: object) -> Winograd:
        kernel = Winograd(
            MapLayout(*self.input, *self.padding),
            MapLayout(*self.output),
            self.padding[::2],
            size,
            rectifier=self.rectifier,
            pool=self.pool,
            winners=self.pool != (1, 1),
        )
        return replace(kernel, **fields)

    @property
    def weights(self) -> WinogradWeights:
        return WinogradWeights(self.input[2], self.filters, 4, self.flipped)


PROBLEMS = [
    Problem((1, 1, 1), 1),
    Problem((3, 3, 2), 5, (0, 0, 0, 0)),
    Problem((8, 8, 16), 32, rectifier=RELU),
    Problem((9, 7, 20), 40, (0, 2, 1, 0), rectifier=Rectifier(0.25)),
    Problem((13, 6, 3), 18, pool=(2, 2), rectifier=RELU, flipped=True),
    Problem((7, 11, 33), 6, (1, 1, 0, 0), pool=(2, 1)),
    Problem((6, 21, 1), 70, pool=(1, 4), rectifier=RELU),
    Problem((17, 4, 5), 9, (2, 2, 2, 2), pool=(4, 2), flipped=True),
    Problem((4, 4, 300), 17, rectifier=RELU),
    Problem((33, 30, 4), 10),  # so many tiles that they are divided for a single picture
]
SOME = [PROBLEMS[i] for i in (2, 3, 4, 8)]


def _transformed(problem: Problem, size: int, kernel: np.ndarray, target: Target) -> np.ndarray:
    weights = replace(problem.weights, size=size)
    into = np.full(weights.bytes(target) // 4, np.nan, np.float32)
    function = KernelFunction(weights, target)
    function(kernel, into, count=weights.items)
    return into


def _run(
    problem: Problem, function: Winograd, numbers: list[np.ndarray], target: str
) -> tuple[np.ndarray, np.ndarray]:
    """y and the winners of all pictures."""
    x, kernel, bias = numbers
    weights = _transformed(problem, function.size, kernel, target_of(target))
    y = in_layout(np.full((len(x), *problem.output), np.nan, np.float32), function.output, 7)
    winner = np.full((len(x), *problem.output), 99, np.uint8)
    scratch = np.full(function.scratch_bytes(target_of(target)) // 4, np.nan, np.float32)
    arrays = in_layout(x, function.input), weights, bias, y, winner, scratch
    results = run_guarded(function, *arrays, target=target, count=len(x))
    border = in_layout(np.zeros((len(x), *problem.output)), function.output, 1) == 1
    np.testing.assert_array_equal(results[3][border], 7)
    return out_of_layout(results[3], function.output), results[4]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", [p for p in PROBLEMS if max(p.pool) <= 2], ids=str)
def test_small_tiles_are_exact_on_whole_numbers(problem: Problem, target: str) -> None:
    numbers = numbers_of(problem, 5, whole=True)
    function = problem.kernel_of(2, output=MapLayout(*problem.output, 1, 0, 2, 1))
    y, winner = _run(problem, function, numbers, target)
    windows = pool_windows(problem, sums_of(problem, *numbers))
    largest = windows.max(4)
    np.testing.assert_array_equal(
        y, np.where(largest < 0, problem.rectifier.slope * largest, largest)
    )
    np.testing.assert_array_equal(winner, windows.argmax(4) if function.winners else 99)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (2, 4, 5)], ids=str)
def test_sums_are_scaled_before_the_bias_is_added(problem: Problem, target: str) -> None:
    x, kernel, bias = numbers_of(problem, 3, whole=True)
    scale = np.resize(np.array([2, -1, 0, 3], np.float32), problem.filters)
    function = problem.kernel_of(2, scaled=True)
    shift = np.concatenate([bias, scale])
    y, _winner = _run(problem, function, [x, kernel, shift], target)
    z = sums_of(problem, x, kernel, np.zeros_like(bias)) * scale + bias
    largest = pool_windows(problem, z).max(4)
    slope = problem.rectifier.slope
    np.testing.assert_array_equal(y, np.where(largest < 0, slope * largest, largest))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_large_tiles_keep_their_bound(problem: Problem, target: str) -> None:
    numbers = numbers_of(problem, 3, whole=False)
    x, kernel, bias = numbers
    y, winner = _run(problem, problem.kernel_of(4, rectifier=LINEAR), numbers, target)
    z = sums_of(problem, *numbers)
    seen = kernel[::-1, ::-1] if problem.flipped else kernel
    bound = error_bound(padded(problem, x), seen, 4, float(abs(bias).max()))
    windows, off = (pool_windows(problem, a[:, : z.shape[1], : z.shape[2]]) for a in (z, bound))
    assert (abs(y - windows.max(4)) <= off.max(4)).all()
    if problem.pool != (1, 1):
        won = np.take_along_axis(windows, winner[..., None].astype(int), 4)[..., 0]
        assert (windows.max(4) - won <= 2 * off.max(4)).all()


@pytest.mark.parametrize("target", TARGETS)
def test_errors_are_far_below_the_bound_and_a_few_times_those_of_direct_sums(target: str) -> None:
    problem = Problem((16, 16, 64), 32)
    numbers = numbers_of(problem, 2, whole=False)
    x, kernel, _bias = numbers
    y, _ = _run(problem, problem.kernel_of(4), numbers, target)
    z = sums_of(problem, *numbers)
    off = abs(y - z)
    assert off.max() < 0.01 * error_bound(padded(problem, x), kernel, 4, 0).max()
    # Sums of n roundings in random directions are about √n u off; those here have 576 terms.
    assert off.mean() < 8 * 2.0**-24 * np.sqrt(576) * z.std()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", SOME, ids=str)
def test_a_single_picture_has_the_same_bits_chunk_by_chunk(problem: Problem, target: str) -> None:
    numbers = numbers_of(problem, 5, whole=False)
    together, winner = _run(problem, problem.kernel_of(4), numbers, target)
    x, kernel, bias = numbers
    alone = WinogradAlone(problem.kernel_of(4), problem.flipped)
    chosen = target_of(target)
    for i in (0, 4):
        arrays = [np.full(problem.output, np.nan, np.float32), np.zeros(problem.output, np.uint8)]
        scratch = np.full(alone.scratch_bytes(chosen) // 4, np.nan, np.float32)
        memory = in_layout(x[i : i + 1], alone.whole.input)
        results = run_guarded_items(
            alone,
            *(memory, kernel, bias, *arrays, scratch),
            target=target,
            items=alone.items(chosen),
            block=1,
        )
        np.testing.assert_array_equal(results[3], together[i])
        if alone.whole.winners:
            np.testing.assert_array_equal(results[4], winner[i])


def test_a_picture_does_not_depend_on_its_neighbours() -> None:
    problem = Problem((6, 6, 17), 40, pool=(2, 2))
    x, kernel, bias = numbers_of(problem, 40, whole=False)
    target = host_target()
    function = problem.kernel_of(4)
    run = KernelFunction(function)
    weights = _transformed(problem, 4, kernel, target)
    scratch = np.zeros(function.scratch_bytes(target) // 4, np.float32)
    memory = in_layout(x, function.input)
    together, alone = np.zeros((2, 40, *problem.output), np.float32)
    winner = np.zeros(together.shape, np.uint8)
    run(memory, weights, bias, together, winner, scratch, count=40)
    for i in range(40):
        run(memory[i], weights, bias, alone[i], winner[i], scratch, count=1)
    np.testing.assert_array_equal(together, alone)


def test_what_is_not_a_number_stays_in_its_tile() -> None:
    problem = Problem((12, 12, 4), 8)
    x, kernel, bias = numbers_of(problem, 1, whole=False)
    x[0, 5, 6, 2] = np.nan  # met by the tiles around it that hold a sum over a window with it
    y, _ = _run(problem, problem.kernel_of(4), [x, kernel, bias], TARGETS[-1])
    lost = np.isnan(y[0]).all(2)
    assert lost[4:8, 4:8].all()
    outside = lost.copy()
    outside[4:8, 4:8] = False
    assert not outside.any()


def test_a_value_at_the_edge_of_a_tile_is_met_by_its_neighbour() -> None:
    problem = Problem((12, 12, 4), 8)
    x, kernel, bias = numbers_of(problem, 1, whole=False)
    x[0, 4, 6, 2] = np.inf
    y, _ = _run(problem, problem.kernel_of(4), [x, kernel, bias], TARGETS[-1])
    assert not np.isfinite(y[0, 3:6, 5:8]).any()
    assert np.isfinite(y[0, 8:]).all()
    assert np.isfinite(y[0, :, :4]).all()


def test_nothing_is_done_for_no_pictures() -> None:
    problem = Problem((8, 8, 3), 4)
    function, y = problem.kernel_of(4), np.full((1, 8, 8, 4), np.nan, np.float32)
    KernelFunction(function)(y, y, y, y, y, y, count=0)
    assert np.isnan(y).all()


@pytest.mark.parametrize("target", [*map(target_of, TARGETS), AARCH64], ids=lambda t: t.name)
def test_code_is_short_however_large_the_map(target: Target) -> None:
    small, large = Problem((9, 9, 20), 20), Problem((999, 501, 520), 810)
    for kernels in (
        [p.kernel_of(4) for p in (small, large)],
        [WinogradAlone(p.kernel_of(4)) for p in (small, large)],
    ):
        lines = [len(kernel_text(kernel, target).splitlines()) for kernel in kernels]
        assert lines[1] < 2 * lines[0]
        assert object_code(kernel_text(kernels[0], target), target)
