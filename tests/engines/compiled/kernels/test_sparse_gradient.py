"""The gradients behind a rectifier and a max-pool: what dense sums give, on every processor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution_weight_gradient import ConvolutionWeightGradient
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.sparse_gradient import SparseGradient
from konv.engines.compiled.target import AARCH64, target_of
from oracles import naive
from oracles.machine import TARGETS, in_layout, out_of_layout, run_guarded
from oracles.pooled_problems import PooledProblem
from oracles.problems import WindowProblem

# Convolution, pool, whether the input's gradient is wanted.
PROBLEMS = [
    ("n=1 h=1 w=1 k=1x1", (1, 1), True),
    ("n=3 h=9 w=8 c=1 f=20 k=4x4 bias=1", (2, 2), False),
    ("n=2 h=9 w=8 c=1 f=3 k=3x3 bias=1", (2, 2), True),
    ("n=5 h=8 w=6 c=20 f=40 k=3x3 bias=1", (2, 2), True),
    ("n=3 h=6 w=6 c=32 f=16 k=3x3 p=same bias=1", (2, 2), True),
    ("n=2 h=7 w=9 c=3 f=17 k=3x3 p=same bias=1", (2, 3), True),
    ("n=2 h=11 w=10 c=5 f=12 k=3x2 s=2x1 p=1,0,2,1", (2, 2), True),
    ("n=2 h=12 w=9 c=12 f=9 k=2x3 d=2x3 p=full bias=1", (3, 2), True),
    ("n=2 h=8 w=7 c=1 f=4 k=3x3 d=2x2 bias=1", (1, 2), False),
    ("n=2 h=8 w=8 c=2 f=5 k=3x2 flip=1 bias=1", (2, 2), True),
    ("n=1 h=7 w=7 c=24 f=6 k=3x3 flip=1", (2, 2), True),
    ("n=1 h=8 w=8 c=1 f=33 k=3x3 flip=1 bias=1", (2, 2), False),
    ("n=1 h=70 w=61 c=1 f=12 k=5x5 bias=1", (2, 2), False),
    ("n=1 h=40 w=37 c=12 f=5 k=5x5 bias=1", (2, 2), True),
    ("n=1 h=18 w=5 c=4 f=3 k=13x3", (1, 1), True),
    ("n=1 h=5 w=4 c=130 f=5 k=2x2 bias=1", (2, 1), False),
    ("n=1 h=6 w=5 c=70 f=131 k=3x3 p=same bias=1", (2, 2), True),
    ("n=11 h=4 w=4 c=8 f=6 k=2x2", (2, 2), True),
    ("n=1 h=20 w=3 c=2 f=1 k=2x2", (16, 1), True),
]


@dataclass(frozen=True)
class Case(PooledProblem):
    """A problem, and what its kernel works on."""

    differentiable: bool = True

    @property
    def kernel(self) -> SparseGradient:
        return SparseGradient(
            self.input,
            self.pooled,
            self.gradient,
            self.window,
            self.pool,
            self.problem.flip,
            self.problem.bias,
            self.rectifier,
            self.input if self.differentiable else None,
        )

    def memory(self, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
        """The kernel's arguments; what it has to write itself is no number before."""
        kernel, count = self.kernel, self.problem.pictures
        real = {name: array.astype(np.float32) for name, array in arrays.items()}
        return [
            in_layout(real["x"], kernel.input),
            in_layout(real["y"], kernel.pooled, np.nan),
            arrays["winner"].astype(np.uint8),
            in_layout(real["dy"], kernel.gradient, np.nan),
            by_filter(real["kernel"]),
            by_filter(real["kernel_gradient"]),
            real["bias_gradient"],
            np.full((count, kernel.input.size), np.nan, np.float32),
            np.full(count * kernel.scratch_bytes, 0xFF, np.uint8),
        ]


def by_filter(kernel: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(kernel, -1, 0))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("line", "pool", "differentiable"), PROBLEMS)
def test_whole_numbers_add_up_exactly(
    line: str, pool: tuple[int, int], differentiable: bool, target: str
) -> None:
    case = Case(WindowProblem.parse(line), pool, differentiable=differentiable)
    arrays = case.arrays()
    memory = case.memory(arrays)
    *_, dw, db, dx, _ = run_guarded(
        case.kernel, *memory, target=target, count=case.problem.pictures
    )
    expected_dx, expected_dw, expected_db = case.expected(arrays)
    np.testing.assert_array_equal(dw, by_filter(arrays["kernel_gradient"] + expected_dw))
    if case.problem.bias:
        np.testing.assert_array_equal(db, arrays["bias_gradient"] + expected_db)
    else:
        np.testing.assert_array_equal(db, arrays["bias_gradient"])
    if differentiable:
        np.testing.assert_array_equal(out_of_layout(dx, case.kernel.input), expected_dx)
    else:
        assert np.isnan(dx).all()


@pytest.mark.parametrize("rectifier", [LINEAR, Rectifier(0.5)], ids=str)
def test_every_rectifier_has_its_gate(rectifier: Rectifier) -> None:
    line = "n=2 h=8 w=6 c=5 f=18 k=3x3 bias=1"
    case = Case(WindowProblem.parse(line), (2, 2), rectifier)
    arrays = case.arrays()
    arrays["dy"] *= 2  # halves are whole, too
    *_, dw, db, dx, _ = run_guarded(
        case.kernel, *case.memory(arrays), target=TARGETS[-1], count=case.problem.pictures
    )
    expected_dx, expected_dw, expected_db = case.expected(arrays)
    np.testing.assert_array_equal(dw, by_filter(arrays["kernel_gradient"] + expected_dw))
    np.testing.assert_array_equal(db, arrays["bias_gradient"] + expected_db)
    np.testing.assert_array_equal(out_of_layout(dx, case.kernel.input), expected_dx)


@pytest.mark.parametrize(("sign", "live"), [(-1, 0), (1, 1)])
def test_none_and_all_may_be_live(sign: int, live: int) -> None:
    case = Case(WindowProblem.parse("n=3 h=9 w=9 c=3 f=40 k=2x2 bias=1"), (2, 2))
    arrays = case.arrays()
    arrays["y"] = sign * (1 + abs(arrays["y"]))
    arrays["dy"] = 1 + abs(arrays["dy"])
    *_, dw, _, dx, _ = run_guarded(case.kernel, *case.memory(arrays), target=TARGETS[-1], count=3)
    expected_dx, expected_dw, _ = case.expected(arrays)
    np.testing.assert_array_equal(dw, by_filter(arrays["kernel_gradient"] + expected_dw))
    np.testing.assert_array_equal(out_of_layout(dx, case.kernel.input), expected_dx)
    assert bool(expected_dw.any()) == bool(live)


@pytest.mark.parametrize("target", TARGETS)
def test_real_numbers_are_as_near_as_their_sums_allow(target: str) -> None:
    case = Case(WindowProblem.parse("n=5 h=12 w=11 c=9 f=21 k=3x3 p=same bias=1"), (2, 2))
    generator = np.random.default_rng(3)
    arrays = case.arrays()
    for name in ("x", "y", "dy", "kernel"):
        arrays[name] = generator.normal(size=arrays[name].shape).astype(np.float32)
        arrays[name] = arrays[name].astype(np.float64)
    arrays["kernel_gradient"] *= 0
    *_, dw, _, dx, _ = run_guarded(case.kernel, *case.memory(arrays), target=target, count=5)
    expected_dx, expected_dw, _ = case.expected(arrays)
    for name in ("x", "dy", "kernel"):
        arrays[name] = abs(arrays[name])
    magnitude_dx, magnitude_dw, _ = case.expected(arrays)
    eps = np.finfo(np.float32).eps
    inside = out_of_layout(dx, case.kernel.input)
    assert np.all(abs(inside - expected_dx) <= 2 * 21 * 9 * eps * magnitude_dx)
    assert np.all(abs(dw - by_filter(expected_dw)) <= 2 * 5 * 30 * eps * by_filter(magnitude_dw))


def test_a_picture_gets_the_same_gradient_in_every_tile() -> None:
    case = Case(WindowProblem.parse("n=7 h=6 w=6 c=20 f=12 k=3x3 bias=1"), (2, 2))
    generator = np.random.default_rng(4)
    arrays = case.arrays()
    for name in ("x", "y", "dy", "kernel"):
        arrays[name] = generator.normal(size=arrays[name].shape)
    together, alone = case.memory(arrays), case.memory(arrays)
    function = KernelFunction(case.kernel)
    function(*together, count=7)
    for picture in range(7):
        shared = (4, 5, 6)
        parts = [a if i in shared else a[picture:] for i, a in enumerate(alone[:-1])]
        function(*parts, alone[-1], first=picture, count=1)
    layout = case.kernel.input
    np.testing.assert_array_equal(
        out_of_layout(together[7], layout), out_of_layout(alone[7], layout)
    )


def test_no_pictures_change_nothing() -> None:
    case = Case(WindowProblem.parse("n=1 h=4 w=4 c=2 f=3 k=3x3 bias=1"), (2, 2))
    memory = case.memory(case.arrays())
    before = [array.copy() for array in memory]
    KernelFunction(case.kernel)(*memory, count=0)
    for one, other in zip(memory, before, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("line", "pool", "differentiable"), [PROBLEMS[1], PROBLEMS[3]])
def test_machine_code_for_other_processors_is_written(
    line: str, pool: tuple[int, int], differentiable: bool
) -> None:
    kernel = Case(WindowProblem.parse(line), pool, differentiable=differentiable).kernel
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)


def test_multiply_adds_are_counted_for_half_of_the_values() -> None:
    problem = WindowProblem.parse("h=6 w=8 c=5 f=4 k=3x3")
    pooled = 2 * 3 * 4
    assert Case(problem, (2, 2), differentiable=False).kernel.operations == pooled * 45 // 2
    assert Case(problem, (2, 2)).kernel.operations == pooled * 45


@pytest.mark.parametrize("target", TARGETS)
def test_the_cost_model_sees_what_sparsity_gives(target: str) -> None:
    """An eighth of the multiply-adds pays where windows are large, and not for one channel."""
    processor = target_of(target)
    for line, pays in (("h=16 w=16 c=64 f=64 k=3x3 p=same", True), ("h=9 w=9 f=32 k=3x3", False)):
        case = Case(WindowProblem.parse(line), (2, 2))
        sparse, x = case.kernel, case.kernel.input
        dz = MapLayout(*naive.output_size(case.problem), case.problem.filters)
        dense = ConvolutionWeightGradient(x, dz, sparse.window)
        assert (sparse.cycles(processor) < 1.3 * dense.cycles(processor)) == pays
