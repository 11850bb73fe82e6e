"""Convolution with bias, rectifier and pool against loops, exactly, on every instruction set."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Convolution, Window
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.target import AARCH64, target_of
from oracles.machine import TARGETS, in_layout, run_guarded


@dataclass(frozen=True)
class Problem:
    """A convolution: (height, width, channels), filters, and how its windows lie."""

    input: tuple[int, int, int]
    filters: int
    kernel: tuple[int, int]
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)  # above, below, left, right
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    pool: tuple[int, int] = (1, 1)
    rectifier: Rectifier = LINEAR
    flipped: bool = False

    @property
    def conv(self) -> tuple[int, int]:
        """Rows and columns before the pool."""
        sizes = (sum(self.padding[2 * i : 2 * i + 2]) + self.input[i] for i in (0, 1))
        height, width = (
            (size - (self.kernel[i] - 1) * self.dilation[i] - 1) // self.stride[i] + 1
            for i, size in enumerate(sizes)
        )
        return height, width

    @property
    def output(self) -> tuple[int, int, int]:
        return (self.conv[0] // self.pool[0], self.conv[1] // self.pool[1], self.filters)

    def kernel_of(self, **fields: object) -> Convolution:
        kernel = Convolution(
            MapLayout(*self.input, *self.padding),
            MapLayout(*self.output),
            Window(self.kernel, self.stride, self.dilation, self.padding[::2]),
            self.groups,
            self.flipped,
            rectifier=self.rectifier,
            pool=self.pool,
            winners=self.pool != (1, 1),
        )
        return replace(kernel, **fields)


PROBLEMS = [
    Problem((1, 1, 1), 1, (1, 1)),
    Problem((9, 8, 1), 20, (4, 4), pool=(2, 2), rectifier=RELU),
    Problem((8, 6, 40), 60, (3, 3), rectifier=RELU),
    Problem((3, 2, 60), 80, (2, 2), rectifier=Rectifier(0.125)),
    Problem((8, 8, 33), 70, (3, 3), (1, 1, 1, 1), pool=(2, 2), rectifier=RELU),
    Problem((7, 13, 3), 32, (3, 3), (1, 1, 1, 1), pool=(3, 2)),
    Problem((9, 9, 6), 9, (3, 3), (1, 1, 1, 1), (2, 2), groups=3, rectifier=RELU),
    Problem((9, 10, 6), 10, (3, 2), (2, 2, 1, 3), (1, 3), (2, 3), 2, flipped=True),
    Problem((5, 23, 1), 12, (5, 5), pool=(1, 3), flipped=True, rectifier=RELU),
    Problem((6, 7, 17), 3, (1, 1)),
    Problem((6, 5, 16), 130, (1, 1)),
    Problem((2, 90, 2), 5, (1, 9), (0, 0, 30, 4)),
    Problem((4, 4, 8), 512, (4, 4), rectifier=RELU),
    Problem((2, 3, 512), 8, (2, 2), (1, 1, 1, 1)),
    Problem((3, 3, 2), 4, (5, 5), (5, 6, 5, 6), (1, 1), (1, 1)),
    Problem((12, 40, 4), 4, (3, 3), (1, 1, 1, 1), groups=4, pool=(2, 2)),
    # kernels that are too large for the cache: their input channels are taken part by part
    Problem((3, 4, 256), 130, (3, 3), (1, 1, 1, 1), rectifier=RELU),
    Problem((2, 2, 640), 420, (2, 2), (1, 0, 1, 0), groups=2, rectifier=Rectifier(0.5)),
    Problem((3, 3, 128), 1030, (3, 3), pool=(1, 1), flipped=True),
]


def _sums(problem: Problem, x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """z, one pixel of the map after the other."""
    top, bottom, left, right = problem.padding
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    kernel = kernel[::-1, ::-1] if problem.flipped else kernel
    (rows, columns), (down, across) = problem.kernel, problem.stride
    (apart, aside), inputs = problem.dilation, x.shape[3] // problem.groups
    filters = problem.filters // problem.groups
    z = np.zeros((len(x), *problem.conv, problem.filters), kernel.dtype)
    for i, j in np.ndindex(*problem.conv):
        window = padded[:, i * down :: apart, j * across :: aside][:, :rows, :columns]
        for g in range(problem.groups):
            seen = window[..., g * inputs : (g + 1) * inputs]
            outputs = slice(g * filters, (g + 1) * filters)
            z[:, i, j, outputs] = np.tensordot(seen, kernel[..., outputs], 3)
    return z + bias


def _pooled(problem: Problem, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest of every pool window, and the number of the first that is it."""
    (rows, columns), (height, width, filters) = problem.pool, problem.output
    whole = z[:, : height * rows, : width * columns]
    windows = whole.reshape(len(z), height, rows, width, columns, filters)
    windows = windows.transpose(0, 1, 3, 5, 2, 4).reshape(len(z), height, width, filters, -1)
    return windows.max(4), windows.argmax(4)


def _numbers(problem: Problem, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    shape = (*problem.kernel, problem.input[2] // problem.groups, problem.filters)
    sizes = (count, *problem.input), shape, (problem.filters,)
    x, kernel, bias = (generator.integers(-3, 4, size).astype(np.float32) for size in sizes)
    return x, kernel, bias


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_is_the_sum_over_every_window(problem: Problem, target: str) -> None:
    x, kernel, bias = _numbers(problem, 5)
    output = MapLayout(*problem.output, 1, 0, 2, 1)
    function = problem.kernel_of(output=output)
    largest, which = _pooled(problem, _sums(problem, x, kernel, bias))
    expected = np.where(largest < 0, problem.rectifier.slope * largest, largest)
    y = in_layout(np.full_like(expected, np.nan), output, 7)
    winner = np.full(expected.shape, 99, np.uint8)
    memory = in_layout(x, function.input)
    result = run_guarded(function, memory, kernel, bias, y, winner, target=target, count=5)
    np.testing.assert_array_equal(result[3], in_layout(expected, output, 7))
    np.testing.assert_array_equal(result[4], which if function.winners else winner)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (1, 4, 7, 10, 16)], ids=str)
def test_sums_are_scaled_before_the_bias_is_added(problem: Problem, target: str) -> None:
    x, kernel, bias = _numbers(problem, 3)
    scale = np.resize(np.array([2, -1, 0, 3], np.float32), problem.filters)
    z = _sums(problem, x, kernel, 0 * bias) * scale + bias
    largest, _which = _pooled(problem, z)
    expected = np.where(largest < 0, problem.rectifier.slope * largest, largest)
    function = problem.kernel_of(scaled=True, winners=False)
    y = np.full_like(expected, np.nan)
    arrays = in_layout(x, function.input), kernel, np.concatenate([bias, scale]), y, y
    result = run_guarded(function, *arrays, target=target, count=3)
    np.testing.assert_array_equal(result[3], expected)


@pytest.mark.parametrize("target", TARGETS)
def test_maps_without_borders_are_products_of_matrices(target: str) -> None:
    problem = Problem((6, 7, 33), 20, (1, 1), rectifier=RELU)
    x, kernel, bias = _numbers(problem, 3)
    y = np.full((3, 6, 7, 20), np.nan, np.float32)
    arrays = x, kernel, bias, y, y
    result = run_guarded(problem.kernel_of(bias=False), *arrays, target=target, count=3)
    np.testing.assert_array_equal(result[3], np.maximum(x @ kernel[0, 0], 0))


def test_a_picture_does_not_depend_on_its_neighbours() -> None:
    generator = np.random.default_rng(0)
    for problem in (PROBLEMS[3], Problem((4, 4, 9), 40, (3, 3), (1, 1, 1, 1), pool=(2, 2))):
        function = problem.kernel_of()
        run = KernelFunction(function)
        x = generator.standard_normal((7, *problem.input)).astype(np.float32)
        memory = in_layout(x, function.input)
        _, kernel, bias = _numbers(problem, 1)
        kernel += generator.standard_normal(kernel.shape).astype(np.float32)
        together, alone = np.zeros((2, 7, *problem.output), np.float32)
        winner = np.zeros(together.shape, np.uint8)
        run(memory, kernel, bias, together, winner, count=7)
        for i in range(7):
            run(memory[i], kernel, bias, alone[i], winner[i], count=1)
        np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("target", TARGETS)
def test_real_numbers_are_as_exact_as_their_sums_allow(target: str) -> None:
    problem = Problem((8, 8, 64), 48, (3, 3), (1, 1, 1, 1))
    generator = np.random.default_rng(0)
    x, kernel, bias = (
        generator.standard_normal(shape).astype(np.float32)
        for shape in ((2, 8, 8, 64), (3, 3, 64, 48), (48,))
    )
    function, y = problem.kernel_of(), np.zeros((2, 8, 8, 48), np.float32)
    KernelFunction(function, target_of(target))(
        in_layout(x, function.input), kernel, bias, y, y, count=2
    )
    exact = _sums(problem, *(a.astype(float) for a in (x, kernel, bias)))
    bound = _sums(problem, *(abs(a.astype(float)) for a in (x, kernel, bias)))
    assert (abs(y - exact) <= 9 * 64 * 2.0**-24 * bound).all()


def test_what_is_not_a_number_stays_so() -> None:
    problem = Problem((1, 1, 1), 2, (1, 1), rectifier=RELU)
    x, kernel = np.full((1, 1, 1, 1), np.nan, np.float32), np.ones((1, 1, 1, 2), np.float32)
    y = np.zeros((1, 1, 1, 2), np.float32)
    KernelFunction(problem.kernel_of())(x, kernel, np.zeros(2, np.float32), y, y)
    assert np.isnan(y).all()


def test_nothing_is_done_for_no_pictures() -> None:
    problem = Problem((3, 2, 60), 80, (2, 2))
    x, kernel, bias = _numbers(problem, 1)
    y = np.full((1, 2, 1, 80), np.nan, np.float32)
    KernelFunction(problem.kernel_of())(x, kernel, bias, y, y, count=0)
    assert np.isnan(y).all()


@pytest.mark.parametrize("target", [*map(target_of, TARGETS), AARCH64], ids=lambda t: t.name)
def test_code_is_short_however_large_the_map(target: object) -> None:
    small = Problem((20, 20, 40), 40, (3, 3), (1, 1, 1, 1))
    large = Problem((999, 500, 520), 800, (3, 3), (1, 1, 1, 1))
    lines = [len(kernel_text(p.kernel_of(), target).splitlines()) for p in (small, large)]
    assert lines[1] < 4 * lines[0]
    assert object_code(kernel_text(small.kernel_of(), target), target)
