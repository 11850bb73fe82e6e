"""Convolution after Winograd along rows against direct sums: exactly with F(2, 3), whose numbers
stay halves, and within its bound with F(4, 3), F(4, 4) and F(4, 5), on every instruction set."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.kernels.winograd_rows import WinogradRows
from konv.engines.compiled.target import AARCH64, Target, host_target, target_of
from oracles.machine import TARGETS, in_layout, out_of_layout, run_guarded
from oracles.pooled_convolutions import numbers_of, padded, pool_windows, sums_of
from oracles.winograd import error_bound_along_rows


@dataclass(frozen=True)
class Problem:
    """A convolution: (height, width, channels), filters, and what follows."""

    input: tuple[int, int, int]
    filters: int
    kernel: tuple[int, int] = (5, 5)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)  # above, below, left, right
    pool: tuple[int, int] = (1, 1)
    rectifier: Rectifier = LINEAR
    flipped: bool = False

    @property
    def output(self) -> tuple[int, int, int]:
        rows, columns = (
            (size + self.padding[2 * i] + self.padding[2 * i + 1] - self.kernel[i] + 1)
            // self.pool[i]
            for i, size in enumerate(self.input[:2])
        )
        return rows, columns, self.filters

    def kernel_of(self, size: int = 4, **fields: object) -> WinogradRows:
        kernel = WinogradRows(
            MapLayout(*self.input, *self.padding),
            MapLayout(*self.output),
            Window(self.kernel, padding=self.padding[::2]),
            size,
            flipped=self.flipped,
            rectifier=self.rectifier,
            pool=self.pool,
            winners=self.pool != (1, 1),
        )
        return replace(kernel, **fields)


SAME = (2, 2, 2, 2)
PROBLEMS = [
    Problem((5, 5, 1), 1),
    Problem((28, 28, 1), 32, pool=(2, 2), rectifier=RELU),  # whole tiles only
    Problem((13, 11, 2), 20, padding=SAME, rectifier=Rectifier(0.25)),  # three columns are left
    Problem((9, 30, 4), 17, padding=(0, 1, 2, 0), pool=(1, 2), flipped=True),
    Problem((12, 9, 5), 6, padding=SAME, pool=(3, 2), rectifier=RELU),  # tile by tile
    Problem((21, 8, 20), 50, pool=(2, 4)),
    Problem((40, 6, 1), 3, kernel=(1, 5), pool=(4, 1)),
    Problem((11, 7, 3), 40, kernel=(8, 5), padding=SAME),
    Problem((7, 12, 33), 9, kernel=(2, 5), flipped=True),
    Problem((90, 60, 6), 5, rectifier=RELU),  # several bands
]
THREE_WIDE = [
    Problem((3, 3, 1), 1, (3, 3)),
    Problem((10, 14, 3), 18, (3, 3), (1, 1, 1, 1), pool=(2, 2), rectifier=RELU, flipped=True),
    Problem((9, 7, 20), 40, (2, 3), (0, 2, 1, 0), rectifier=Rectifier(0.25)),
    Problem((33, 5, 2), 70, (5, 3), pool=(2, 1)),
]

FOUR_WIDE = [
    Problem((4, 4, 1), 1, (4, 4)),
    Problem((39, 31, 1), 20, (4, 4), pool=(2, 2), rectifier=RELU),  # whole tiles only
    Problem((10, 15, 3), 18, (4, 4), (1, 2, 1, 2), pool=(2, 2), rectifier=RELU, flipped=True),
    Problem((9, 13, 20), 40, (2, 4), (0, 2, 1, 0), rectifier=Rectifier(0.25)),
]


def _run(
    problem: Problem, kernel: WinogradRows, numbers: list[np.ndarray], target: str
) -> tuple[np.ndarray, np.ndarray]:
    """y and the winners of all pictures; the border of y stays as it was."""
    x, weights, bias = numbers
    y = in_layout(np.full((len(x), *problem.output), np.nan, np.float32), kernel.output, 7)
    winner = np.full((len(x), *problem.output), 99, np.uint8)
    scratch = np.full(kernel.scratch_bytes(target_of(target)) // 4, np.nan, np.float32)
    arrays = in_layout(x, kernel.input), weights, bias, y, winner, scratch
    results = run_guarded(kernel, *arrays, target=target, count=len(x))
    border = in_layout(np.zeros((len(x), *problem.output)), kernel.output, 1) == 1
    np.testing.assert_array_equal(results[3][border], 7)
    return out_of_layout(results[3], kernel.output), results[4]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", THREE_WIDE, ids=str)
def test_small_tiles_are_exact_on_whole_numbers(problem: Problem, target: str) -> None:
    numbers = numbers_of(problem, 3, whole=True)
    kernel = problem.kernel_of(2, output=MapLayout(*problem.output, 1, 0, 2, 1))
    y, winner = _run(problem, kernel, numbers, target)
    windows = pool_windows(problem, sums_of(problem, *numbers))
    largest = windows.max(4)
    slope = problem.rectifier.slope
    np.testing.assert_array_equal(y, np.where(largest < 0, slope * largest, largest))
    np.testing.assert_array_equal(winner, windows.argmax(4) if kernel.winners else 99)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", THREE_WIDE[1:3], ids=str)
def test_sums_are_scaled_before_the_bias_is_added(problem: Problem, target: str) -> None:
    x, weights, bias = numbers_of(problem, 2, whole=True)
    scale = np.resize(np.array([2, -1, 0, 3], np.float32), problem.filters)
    shift = np.concatenate([bias, scale])
    y, _winner = _run(problem, problem.kernel_of(2, scaled=True), [x, weights, shift], target)
    z = sums_of(problem, x, weights, np.zeros_like(bias)) * scale + bias
    largest = pool_windows(problem, z).max(4)
    slope = problem.rectifier.slope
    np.testing.assert_array_equal(y, np.where(largest < 0, slope * largest, largest))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", PROBLEMS + THREE_WIDE + FOUR_WIDE, ids=str)
def test_large_tiles_keep_their_bound(problem: Problem, target: str) -> None:
    numbers = numbers_of(problem, 2, whole=False)
    x, weights, bias = numbers
    y, winner = _run(problem, problem.kernel_of(rectifier=LINEAR), numbers, target)
    z = sums_of(problem, *numbers)
    seen = weights[::-1, ::-1] if problem.flipped else weights
    bound = error_bound_along_rows(padded(problem, x), seen, 4, float(abs(bias).max()))
    windows, off = (pool_windows(problem, a[:, : z.shape[1], : z.shape[2]]) for a in (z, bound))
    assert (abs(y - windows.max(4)) <= off.max(4)).all()
    if problem.pool != (1, 1):
        won = np.take_along_axis(windows, winner[..., None].astype(int), 4)[..., 0]
        assert (windows.max(4) - won <= 2 * off.max(4)).all()


@pytest.mark.parametrize("target", TARGETS)
def test_errors_are_far_below_the_bound_and_a_few_times_those_of_direct_sums(target: str) -> None:
    problem = Problem((24, 24, 16), 32)
    numbers = numbers_of(problem, 2, whole=False)
    x, weights, _bias = numbers
    y, _ = _run(problem, problem.kernel_of(), numbers, target)
    z = sums_of(problem, *numbers)
    off = abs(y - z)
    assert off.max() < 0.02 * error_bound_along_rows(padded(problem, x), weights, 4, 0).max()
    # Sums of n roundings in random directions are about √n u off; those here have 400 terms.
    assert off.mean() < 6 * 2.0**-24 * np.sqrt(400) * z.std()


@pytest.mark.parametrize("target", TARGETS)
def test_no_bias_is_read_where_there_is_none(target: str) -> None:
    problem = THREE_WIDE[1]
    x, weights, _bias = numbers_of(problem, 1, whole=True)
    nothing = np.full(1, np.nan, np.float32)
    y, _ = _run(problem, problem.kernel_of(2, bias=False), [x, weights, nothing], target)
    z = sums_of(problem, x, weights, np.zeros(problem.filters))
    np.testing.assert_array_equal(y, np.maximum(pool_windows(problem, z).max(4), 0))


@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (2, 5)], ids=str)
def test_a_picture_has_the_same_bits_alone_and_among_others(problem: Problem) -> None:
    numbers = numbers_of(problem, 9, whole=False)
    x, weights, bias = numbers
    together, winner = _run(problem, problem.kernel_of(), numbers, TARGETS[-1])
    for i in (0, 8):
        alone = _run(problem, problem.kernel_of(), [x[i : i + 1], weights, bias], TARGETS[-1])
        np.testing.assert_array_equal(alone[0][0], together[i])
        np.testing.assert_array_equal(alone[1][0], winner[i])


def test_bands_of_rows_have_the_same_bits_as_the_whole_map() -> None:
    problem = Problem((24, 20, 3), 24)
    x, weights, bias = numbers_of(problem, 1, whole=False)
    whole, _ = _run(problem, problem.kernel_of(), [x, weights, bias], TARGETS[-1])
    for first, rows in ((0, 5), (5, 10), (15, 5)):
        part = replace(problem, input=(rows + 4, 20, 3))
        met = x[:, first : first + rows + 4]
        band, _ = _run(part, part.kernel_of(), [met, weights, bias], TARGETS[-1])
        np.testing.assert_array_equal(band, whole[:, first : first + rows])


def test_what_is_not_a_number_stays_in_its_tile_and_column_of_windows() -> None:
    problem = Problem((20, 20, 2), 8)
    x, weights, bias = numbers_of(problem, 1, whole=False)
    x[0, 9, 10, 1] = np.nan  # met by rows 5 to 9 and by the tiles of columns 4 to 7 and 8 to 11
    y, _ = _run(problem, problem.kernel_of(), [x, weights, bias], TARGETS[-1])
    expected = np.zeros((16, 16), bool)
    expected[5:10, 4:12] = True
    np.testing.assert_array_equal(np.isnan(y[0]).all(2), expected)
    np.testing.assert_array_equal(np.isnan(y[0]).any(2), expected)


def test_nothing_is_done_for_no_pictures() -> None:
    problem = Problem((8, 8, 3), 4)
    kernel, y = problem.kernel_of(), np.full((1, 4, 4, 4), np.nan, np.float32)
    x, weights, bias = numbers_of(problem, 1, whole=False)
    scratch = np.zeros(kernel.scratch_bytes(host_target()) // 4, np.float32)
    KernelFunction(kernel)(x, weights, bias, y, y, scratch, count=0)
    assert np.isnan(y).all()


def test_operations_are_products_of_all_points() -> None:
    # 24 × 24 sums in tiles of 4 in a row: 144 tiles; 5 rows of 8 points; 1 channel, 32 filters
    assert Problem((28, 28, 1), 32, pool=(2, 2)).kernel_of().operations == 144 * 40 * 32
    # 9 × 7 sums: two tiles in a row, of which the second is not full
    assert Problem((9, 7, 2), 3, (3, 3), (1, 1, 1, 1)).kernel_of().operations == 18 * 18 * 2 * 3


@pytest.mark.parametrize("target", [*map(target_of, TARGETS), AARCH64], ids=lambda t: t.name)
def test_code_is_short_however_large_the_map(target: Target) -> None:
    small, large = Problem((13, 13, 20), 20), Problem((999, 501, 52), 810)
    lines = [len(kernel_text(p.kernel_of(), target).splitlines()) for p in (small, large)]
    assert lines[1] < 3 * lines[0]
    assert object_code(kernel_text(small.kernel_of(), target), target)
