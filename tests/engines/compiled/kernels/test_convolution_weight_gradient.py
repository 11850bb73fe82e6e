"""The weight gradient of convolutions: exact on whole numbers, on every instruction set."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.convolution_weight_gradient import ConvolutionWeightGradient
from konv.engines.compiled.target import AARCH64
from oracles import naive
from oracles.machine import TARGETS, in_layout, run_guarded
from oracles.problems import WindowProblem

PROBLEMS = [
    "n=1 h=1 w=1 k=1x1",
    "n=3 h=5 w=5 c=1 f=1 k=3x3 bias=1",
    "n=2 h=9 w=8 c=1 f=20 k=4x4 bias=1",
    "n=2 h=7 w=6 c=3 f=32 k=3x3 p=same bias=1",
    "n=5 h=6 w=5 c=20 f=40 k=3x3 bias=1",
    "n=3 h=4 w=4 c=5 f=7 k=2x3 s=2x1 p=1,0,2,1",
    "n=2 h=9 w=9 c=4 f=12 k=3x2 d=2x3 p=full bias=1",
    "n=2 h=7 w=7 c=6 f=6 k=3x3 d=2x1 flip=1 bias=1",
    "n=3 h=6 w=6 c=8 f=12 k=3x3 g=4 p=same bias=1",
    "n=2 h=6 w=5 c=6 f=34 k=3x2 g=2 s=2x2 flip=1",
    "n=2 h=5 w=5 c=3 f=3 k=3x3 g=3 bias=1",
    "n=2 h=5 w=5 c=16 f=16 k=1x1 s=2x2 bias=1",
    "n=9 h=2 w=2 c=17 f=65 k=2x2 bias=1",
    "n=2 h=3 w=40 c=2 f=33 k=2x5 bias=1 p=same",
    "n=1 h=40 w=30 c=1 f=12 k=5x5 bias=1",
    "n=1 h=3 w=3 c=70 f=130 k=3x3 bias=1 p=same",
    "n=1 h=2 w=3 c=512 f=96 k=1x2",
]


def layouts(problem: WindowProblem) -> tuple[MapLayout, MapLayout, Window]:
    """x with the border its windows reach, dz with one that nobody is to read."""
    (top, bottom), (left, right) = (naive.axis_zeros(problem, axis) for axis in (0, 1))
    border = {"top": top, "bottom": bottom + 1, "left": left, "right": right}
    window = Window(problem.kernel, problem.stride, problem.dilation, (top, left))
    dz = MapLayout(*naive.output_size(problem), problem.filters, 1, 0, 2, 1)
    return MapLayout(*problem.size, problem.channels, **border), dz, window


def kernel_of(problem: WindowProblem) -> ConvolutionWeightGradient:
    x, dz, window = layouts(problem)
    return ConvolutionWeightGradient(x, dz, window, problem.groups, problem.flip, problem.bias)


def arrays_of(problem: WindowProblem) -> list[np.ndarray]:
    """x, dz, and gradients that hold something already."""
    shape = (*problem.kernel, problem.channels // problem.groups, problem.filters)
    maps = (problem.pictures, *problem.size, problem.channels)
    out = (problem.pictures, *naive.output_size(problem), problem.filters)
    shapes = (maps, out, shape, (problem.filters,))
    return [problem.integers(shape, stream) for stream, shape in enumerate(shapes)]


def in_memory(problem: WindowProblem, arrays: list[np.ndarray]) -> list[np.ndarray]:
    x, dz, _ = layouts(problem)
    maps, gradient, *sums = (array.astype(np.float32) for array in arrays)
    return [in_layout(maps, x), in_layout(gradient, dz, np.nan), *sums]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("line", PROBLEMS)
def test_whole_numbers_add_up_exactly(line: str, target: str) -> None:
    problem = WindowProblem.parse(line)
    x, dz, kernel, bias = arrays_of(problem)
    _, expected = naive.convolution_gradients(problem, x, np.zeros_like(kernel), dz)
    memory = in_memory(problem, [x, dz, kernel, bias])
    *_, dw, db = run_guarded(kernel_of(problem), *memory, target=target, count=problem.pictures)
    np.testing.assert_array_equal(dw, kernel + expected)
    np.testing.assert_array_equal(db, bias + dz.sum((0, 1, 2)) * problem.bias)


@pytest.mark.parametrize("target", TARGETS)
def test_real_numbers_are_as_near_as_their_sums_allow(target: str) -> None:
    problem = WindowProblem.parse("n=7 h=12 w=11 c=9 f=21 k=3x3 p=same bias=1")
    generator = np.random.default_rng(3)
    x, dz, kernel, bias = (generator.normal(size=array.shape) for array in arrays_of(problem))
    x, dz = (array.astype(np.float32).astype(np.float64) for array in (x, dz))
    memory = in_memory(problem, [x, dz, kernel * 0, bias * 0])
    *_, dw, _ = run_guarded(kernel_of(problem), *memory, target=target, count=7)
    _, expected = naive.convolution_gradients(problem, x, kernel, dz)
    _, magnitude = naive.convolution_gradients(problem, abs(x), kernel, abs(dz))
    terms = 7 * 12 * 11
    assert np.all(abs(dw - expected) <= 2 * terms * np.finfo(np.float32).eps * magnitude)


def test_no_pictures_change_nothing() -> None:
    problem = WindowProblem.parse("n=1 h=4 w=4 c=2 f=3 k=2x2 bias=1")
    memory = in_memory(problem, arrays_of(problem))
    before = [array.copy() for array in memory]
    KernelFunction(kernel_of(problem))(*memory, count=0)
    for one, other in zip(memory, before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_machine_code_for_other_processors_is_written() -> None:
    kernel = kernel_of(WindowProblem.parse("n=1 h=9 w=8 c=6 f=20 k=3x3 bias=1"))
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)


@pytest.mark.parametrize(
    ("line", "operations"),
    [
        ("h=5 w=4 c=2 f=3 k=2x2", 4 * 3 * 3 * (2 * 2 * 2)),
        ("h=4 w=4 c=6 f=4 k=1x1 g=2 s=2x2", 2 * 2 * 4 * 3),
    ],
)
def test_multiply_adds_are_counted(line: str, operations: int) -> None:
    assert kernel_of(WindowProblem.parse(line)).operations == operations
