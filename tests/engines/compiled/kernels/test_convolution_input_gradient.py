"""The input gradient against loops over windows, exactly, on every instruction set."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.convolution_input_gradient import (
    ConvolutionInputGradient,
    gradient_border,
)
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

    @property
    def output(self) -> tuple[int, int]:
        sizes = (sum(self.padding[2 * i : 2 * i + 2]) + self.input[i] for i in (0, 1))
        height, width = (
            (size - (self.kernel[i] - 1) * self.dilation[i] - 1) // self.stride[i] + 1
            for i, size in enumerate(sizes)
        )
        return height, width

    @property
    def window(self) -> Window:
        return Window(self.kernel, self.stride, self.dilation, self.padding[::2])

    @property
    def border(self) -> tuple[int, int, int, int]:
        return gradient_border(self.window, self.input[:2], self.output)

    def kernel_of(self, **fields: object) -> ConvolutionInputGradient:
        gradient = MapLayout(*self.output, self.filters, *self.border)
        kernel = ConvolutionInputGradient(
            gradient, MapLayout(*self.input), self.window, self.groups
        )
        return replace(kernel, **fields)


PROBLEMS = [
    Problem((1, 1, 1), 1, (1, 1)),
    Problem((8, 6, 40), 60, (3, 3)),
    Problem((3, 2, 60), 80, (2, 2)),
    Problem((7, 9, 6), 9, (3, 3), (1, 1, 1, 1), (3, 2), (1, 1), 3),
    Problem((7, 9, 6), 9, (3, 3), (1, 1, 1, 1), (2, 2), (3, 2), 3),
    Problem((7, 9, 6), 9, (1, 2), (0, 0, 0, 0), (2, 2), (3, 4)),
    Problem((9, 9, 4), 4, (3, 3), (2, 2, 2, 2), (4, 6), (2, 4), 2),
    Problem((11, 8, 5), 19, (3, 2), (4, 4, 3, 3), (1, 1), (2, 3)),
    Problem((5, 5, 17), 33, (2, 2), (0, 1, 0, 1), (2, 3)),
    Problem((6, 6, 3), 5, (2, 2), (3, 3, 3, 3)),
    Problem((6, 13, 16), 16, (1, 1), stride=(1, 5)),
    Problem((4, 33, 1), 7, (2, 9), (0, 0, 20, 1)),
    Problem((5, 70, 2), 3, (5, 3), (1, 2, 1, 1), (1, 40)),
    Problem((2, 2, 512), 3, (2, 2), (1, 1, 1, 1)),
    # the kernel is too large for the cache: the filters are taken part by part
    Problem((3, 4, 132), 256, (3, 3), (1, 1, 1, 1), stride=(1, 2), groups=1),
]


def _expected(problem: Problem, dz: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Every pixel of dz gives each number of its window its share."""
    height, width, channels = problem.input
    top, bottom, left, right = problem.padding
    dx = np.zeros((len(dz), height + top + bottom, width + left + right, channels))
    inputs, outputs = channels // problem.groups, problem.filters // problem.groups
    (down, across), (apart, aside) = problem.stride, problem.dilation
    for i, j in np.ndindex(*problem.output):
        for k, l in np.ndindex(*problem.kernel):  # noqa: E741
            for g in range(problem.groups):
                filters = slice(g * outputs, (g + 1) * outputs)
                share = dz[:, i, j, filters] @ kernel[k, l, :, filters].T
                place = i * down + k * apart, j * across + l * aside
                dx[:, place[0], place[1], g * inputs : (g + 1) * inputs] += share
    return dx[:, top : top + height, left : left + width]


def _turned(kernel: np.ndarray, groups: int) -> np.ndarray:
    parts = np.split(kernel, groups, axis=3)
    whole = np.concatenate([part.transpose(0, 1, 3, 2) for part in parts], axis=3)
    return np.ascontiguousarray(whole)


def _numbers(problem: Problem, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    dz = generator.integers(-3, 4, (count, *problem.output, problem.filters))
    shape = (*problem.kernel, problem.input[2] // problem.groups, problem.filters)
    return dz.astype(np.float32), generator.integers(-3, 4, shape).astype(np.float32)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_is_the_sum_over_all_windows(problem: Problem, target: str) -> None:
    dz, kernel = _numbers(problem, 5)
    function = problem.kernel_of()
    memory = in_layout(dz, function.gradient)
    dx = np.full((5, *problem.input), np.nan, np.float32)
    turned = _turned(kernel, problem.groups)
    result = run_guarded(function, memory, turned, dx, dx, target=target, count=5)
    np.testing.assert_array_equal(result[2], _expected(problem, dz, kernel))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (1, 3, 4, 12, 14)], ids=str)
@pytest.mark.parametrize("rectifier", [LINEAR, RELU, Rectifier(0.25)], ids=str)
def test_is_added_and_passes_the_rectifier_inside_its_border(
    problem: Problem, rectifier: Rectifier, target: str
) -> None:
    dz, kernel = _numbers(problem, 3)
    generator = np.random.default_rng(1)
    before, y = generator.integers(-2, 3, (2, 3, *problem.input)).astype(np.float32)
    output, activated = (
        MapLayout(*problem.input, *border) for border in ((1, 0, 2, 1), (0, 3, 0, 1))
    )
    function = problem.kernel_of(
        output=output, accumulate=True, rectifier=rectifier, activated=activated, flipped=True
    )
    result = run_guarded(
        function,
        in_layout(dz, function.gradient),
        _turned(kernel, problem.groups),
        in_layout(before, output, 7),
        in_layout(y, activated, 1),
        target=target,
        count=3,
    )
    total = before + _expected(problem, dz, kernel[::-1, ::-1])
    expected = np.where(y > 0, total, rectifier.slope * total)
    np.testing.assert_array_equal(result[2].ravel(), in_layout(expected, output, 7).ravel())


def test_a_picture_does_not_depend_on_its_neighbours() -> None:
    problem = Problem((8, 6, 40), 60, (3, 3))
    generator = np.random.default_rng(0)
    function = problem.kernel_of()
    run = KernelFunction(function)
    dz = in_layout(
        generator.standard_normal((9, *problem.output, 60)).astype(np.float32), function.gradient
    )
    turned = generator.standard_normal((3, 3, 60, 40)).astype(np.float32)
    together, alone = np.zeros((2, 9, 8, 6, 40), np.float32)
    run(dz, turned, together, together, count=9)
    for i in range(9):
        run(dz[i], turned, alone[i], alone[i], count=1)
    np.testing.assert_array_equal(together, alone)


def test_real_numbers_are_as_exact_as_their_sums_allow() -> None:
    problem = Problem((8, 8, 64), 48, (3, 3), (1, 1, 1, 1))
    generator = np.random.default_rng(0)
    dz = generator.standard_normal((2, 8, 8, 48)).astype(np.float32)
    kernel = generator.standard_normal((3, 3, 64, 48)).astype(np.float32)
    function = problem.kernel_of()
    dx = np.zeros((2, 8, 8, 64), np.float32)
    turned = _turned(kernel, 1)
    KernelFunction(function)(in_layout(dz, function.gradient), turned, dx, dx, count=2)
    exact = _expected(problem, dz.astype(float), kernel.astype(float))
    bound = _expected(problem, abs(dz.astype(float)), abs(kernel.astype(float)))
    assert (abs(dx - exact) <= 9 * 48 * 2.0**-24 * bound).all()


@pytest.mark.parametrize(
    ("problem", "border"),
    [
        (Problem((8, 6, 1), 1, (3, 3)), (2, 2, 2, 2)),
        (Problem((8, 8, 1), 1, (3, 3), (1, 1, 1, 1)), (1, 1, 1, 1)),
        (Problem((9, 9, 1), 1, (1, 1)), (0, 0, 0, 0)),
        (Problem((9, 9, 1), 1, (2, 2), (3, 3, 3, 3)), (0, 0, 0, 0)),
        (Problem((8, 8, 1), 1, (3, 3), (0, 0, 0, 0), (2, 2)), (1, 1, 1, 1)),
        (Problem((6, 6, 1), 1, (2, 2), stride=(2, 3)), (0, 0, 0, 0)),
    ],
    ids=str,
)
def test_the_border_is_no_larger_than_windows_reach(
    problem: Problem, border: tuple[int, ...]
) -> None:
    assert problem.border == border


def test_nothing_is_done_for_no_pictures() -> None:
    dx = np.full((1, 2, 2, 1), np.nan, np.float32)
    dz, kernel = _numbers(Problem((2, 2, 1), 1, (1, 1)), 1)
    KernelFunction(Problem((2, 2, 1), 1, (1, 1)).kernel_of())(dz, kernel, dx, dx, count=0)
    assert np.isnan(dx).all()


@pytest.mark.parametrize("target", [*map(target_of, TARGETS), AARCH64], ids=lambda t: t.name)
def test_code_is_short_however_large_the_map(target: object) -> None:
    small = Problem((20, 20, 40), 40, (3, 3), (1, 1, 1, 1))
    large = Problem((999, 500, 520), 800, (3, 3), (1, 1, 1, 1))
    lines = [len(kernel_text(p.kernel_of(), target).splitlines()) for p in (small, large)]
    assert lines[1] < 4 * lines[0]
    assert object_code(kernel_text(small.kernel_of(), target), target)
