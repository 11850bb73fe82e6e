"""The input gradient after Winograd against loops over windows, on every instruction set."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.convolution_input_gradient import gradient_border
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.kernels.winograd_input_gradient import WinogradInputGradient
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.target import AARCH64, Target, target_of
from oracles.machine import TARGETS, in_layout, run_guarded
from oracles.winograd import error_bound


@dataclass(frozen=True)
class Problem:
    """A convolution: (height, width, channels), filters, and zeros on each side of its input."""

    input: tuple[int, int, int]
    filters: int
    padding: tuple[int, int] = (1, 1)
    flipped: bool = False

    @property
    def output(self) -> tuple[int, int]:
        height, width, _ = self.input
        return height + 2 * self.padding[0] - 2, width + 2 * self.padding[1] - 2

    def kernel_of(self, size: int, **fields: object) -> WinogradInputGradient:
        window = Window((3, 3), padding=self.padding)
        gradient = MapLayout(
            *self.output, self.filters, *gradient_border(window, self.input[:2], self.output)
        )
        kernel = WinogradInputGradient(gradient, MapLayout(*self.input), self.padding, size)
        return replace(kernel, **fields)


PROBLEMS = [
    Problem((3, 3, 2), 5, (0, 0)),
    Problem((8, 8, 16), 32),
    Problem((9, 7, 20), 40, (0, 1), flipped=True),
    Problem((6, 13, 3), 18, (2, 2)),
    Problem((5, 5, 70), 1),
    Problem((4, 4, 6), 200, flipped=True),
]


def _expected(problem: Problem, dz: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Every pixel of dz gives each number of its window its share."""
    kernel = kernel[::-1, ::-1] if problem.flipped else kernel
    (high, wide, channels), (above, before) = problem.input, problem.padding
    dx = np.zeros((len(dz), high + 2 * above, wide + 2 * before, channels))
    for i, j in np.ndindex(*problem.output):
        for k, l in np.ndindex(3, 3):  # noqa: E741
            dx[:, i + k, j + l] += dz[:, i, j] @ kernel[k, l].T
    return dx[:, above : above + high, before : before + wide]


def _run(
    problem: Problem,
    function: WinogradInputGradient,
    arrays: tuple[np.ndarray, ...],
    target: str,
) -> np.ndarray:
    """dx, given dz, the kernel, dx before and y."""
    dz, kernel, before, y = arrays
    chosen = target_of(target)
    shape = problem.input[2], problem.filters
    weights = WinogradWeights(*shape, function.size, problem.flipped, turned=True)
    turned = np.full(weights.bytes(chosen) // 4, np.nan, np.float32)
    KernelFunction(weights, chosen)(kernel, turned, count=weights.items)
    scratch = np.full(function.scratch_bytes(chosen) // 4, np.nan, np.float32)
    memory = in_layout(dz, function.gradient), turned, before, y, scratch
    return run_guarded(function, *memory, target=target, count=len(dz))[2]


def _numbers(problem: Problem, *, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    shapes = (3, *problem.output, problem.filters), (3, 3, problem.input[2], problem.filters)
    if whole:
        dz, kernel = (generator.integers(-3, 4, shape).astype(np.float32) for shape in shapes)
    else:
        dz, kernel = (generator.standard_normal(shape).astype(np.float32) for shape in shapes)
    return dz, kernel


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_small_tiles_are_exact_on_whole_numbers(problem: Problem, target: str) -> None:
    dz, kernel = _numbers(problem, whole=True)
    dx = np.full((3, *problem.input), np.nan, np.float32)
    given = _run(problem, problem.kernel_of(2), (dz, kernel, dx, dx), target)
    np.testing.assert_array_equal(given, _expected(problem, dz, kernel))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_large_tiles_keep_their_bound(problem: Problem, target: str) -> None:
    dz, kernel = _numbers(problem, whole=False)
    dx = np.full((3, *problem.input), np.nan, np.float32)
    function = problem.kernel_of(4)
    given = _run(problem, function, (dz, kernel, dx, dx), target)
    turned = (kernel if problem.flipped else kernel[::-1, ::-1]).transpose(0, 1, 3, 2)
    expected = _expected(problem, dz.astype(np.float64), kernel.astype(np.float64))
    bound = error_bound(in_layout(dz, function.gradient), turned, 4, 0)
    assert (abs(given - expected) <= bound).all()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", PROBLEMS[1:4], ids=str)
@pytest.mark.parametrize("rectifier", [LINEAR, RELU, Rectifier(0.25)], ids=str)
def test_is_added_and_passes_the_rectifier_inside_its_border(
    problem: Problem, rectifier: Rectifier, target: str
) -> None:
    dz, kernel = _numbers(problem, whole=True)
    generator = np.random.default_rng(1)
    before, y = generator.integers(-2, 3, (2, 3, *problem.input)).astype(np.float32)
    output, activated = (
        MapLayout(*problem.input, *border) for border in ((1, 0, 2, 1), (0, 3, 0, 1))
    )
    function = problem.kernel_of(
        2, output=output, accumulate=True, rectifier=rectifier, activated=activated
    )
    arrays = dz, kernel, in_layout(before, output, 7), in_layout(y, activated, 7)
    given = _run(problem, function, arrays, target)
    total = before + _expected(problem, dz, kernel)
    passed = np.where(y > 0, total, rectifier.slope * total)
    np.testing.assert_array_equal(given, in_layout(passed, output, 7))


@pytest.mark.parametrize("target", [*map(target_of, TARGETS), AARCH64], ids=lambda t: t.name)
def test_code_is_short_however_large_the_map(target: Target) -> None:
    small, large = Problem((9, 9, 20), 20), Problem((999, 501, 520), 810)
    lines = [len(kernel_text(p.kernel_of(4), target).splitlines()) for p in (small, large)]
    assert lines[1] < 2 * lines[0]
    assert object_code(kernel_text(small.kernel_of(4), target), target)
