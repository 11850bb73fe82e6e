"""The input gradient behind a rectifier and a max-pool: dense sums, on every processor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution_weight_gradient import ConvolutionWeightGradient
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.sparse_input_gradient import SparseInputGradient
from konv.engines.compiled.target import AARCH64, Target, host_target, target_of
from oracles import naive
from oracles.filter_orders import in_filter_order
from oracles.machine import TARGETS, out_of_layout, run_guarded
from oracles.pooled_problems import PooledProblem
from oracles.problems import WindowProblem

# Convolution, pool.
PROBLEMS = [
    ("n=1 h=1 w=1 k=1x1", (1, 1)),
    ("n=2 h=9 w=8 c=1 f=3 k=3x3", (2, 2)),
    ("n=5 h=8 w=6 c=20 f=40 k=3x3", (2, 2)),
    ("n=9 h=8 w=6 c=40 f=60 k=3x3", (2, 2)),
    ("n=3 h=6 w=6 c=32 f=16 k=3x3 p=same", (2, 2)),
    ("n=2 h=7 w=9 c=3 f=17 k=3x3 p=same", (2, 3)),
    ("n=2 h=11 w=10 c=5 f=12 k=3x2 s=2x1 p=1,0,2,1", (2, 2)),
    ("n=2 h=12 w=9 c=12 f=9 k=2x3 d=2x3 p=full", (3, 2)),
    ("n=2 h=8 w=7 c=1 f=4 k=3x3 d=2x2", (1, 2)),
    ("n=2 h=8 w=8 c=2 f=5 k=3x2 flip=1", (2, 2)),
    ("n=1 h=7 w=7 c=24 f=6 k=3x3 flip=1", (2, 2)),
    ("n=1 h=8 w=8 c=1 f=33 k=3x3 flip=1", (2, 2)),
    ("n=1 h=40 w=37 c=12 f=5 k=5x5", (2, 2)),
    ("n=1 h=18 w=5 c=4 f=3 k=13x3", (1, 1)),
    ("n=1 h=9 w=8 c=70 f=5 k=5x5 flip=1", (2, 1)),
    ("n=1 h=5 w=4 c=130 f=5 k=2x2", (2, 1)),
    ("n=1 h=6 w=5 c=70 f=131 k=3x3 p=same", (2, 2)),
    ("n=11 h=4 w=4 c=8 f=6 k=2x2", (2, 2)),
    ("n=1 h=20 w=3 c=2 f=1 k=2x2", (16, 1)),
    ("n=1 h=3 w=140 c=2 f=3 k=2x3", (1, 2)),
]


@dataclass(frozen=True)
class Case(PooledProblem):
    """A problem, and what its kernel works on."""

    @property
    def kernel(self) -> SparseInputGradient:
        return self.gradient_of(SparseInputGradient)

    def memory(self, arrays: dict[str, np.ndarray], target: Target) -> list[np.ndarray]:
        """The kernel's arguments; what it has to write itself is no number before."""
        kernel, count = self.kernel, self.problem.pictures
        return [
            *self.behind_pool(arrays),
            in_filter_order(arrays["kernel"], kernel.filter_order(target)),
            np.full((count, kernel.input.size), np.nan, np.float32),
            np.full(kernel.room_bytes, 0xFF, np.uint8),
        ]

    def dx(self, memory: list[np.ndarray]) -> np.ndarray:
        return out_of_layout(memory[4], self.kernel.input)


def _run(case: Case, arrays: dict[str, np.ndarray], target: str) -> np.ndarray:
    memory = case.memory(arrays, target_of(target))
    count = case.problem.pictures
    return case.dx(run_guarded(case.kernel, *memory, target=target, count=count))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("line", "pool"), PROBLEMS)
def test_whole_numbers_add_up_exactly(line: str, pool: tuple[int, int], target: str) -> None:
    case = Case(WindowProblem.parse(line), pool)
    arrays = case.arrays()
    np.testing.assert_array_equal(_run(case, arrays, target), case.expected(arrays)[0])


@pytest.mark.parametrize("rectifier", [LINEAR, Rectifier(0.5)], ids=str)
def test_every_rectifier_has_its_gate(rectifier: Rectifier) -> None:
    case = Case(WindowProblem.parse("n=2 h=8 w=6 c=5 f=18 k=3x3"), (2, 2), rectifier)
    arrays = case.arrays()
    arrays["dy"] *= 2  # halves are whole, too
    np.testing.assert_array_equal(_run(case, arrays, TARGETS[-1]), case.expected(arrays)[0])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("sign", "live"), [(-1, 0), (1, 1)])
def test_none_and_all_may_be_live(sign: int, live: int, target: str) -> None:
    case = Case(WindowProblem.parse("n=3 h=9 w=9 c=3 f=40 k=2x2"), (2, 2))
    arrays = case.arrays()
    arrays["y"] = sign * (1 + abs(arrays["y"]))
    arrays["dy"] = 1 + abs(arrays["dy"])
    expected, *_ = case.expected(arrays)
    np.testing.assert_array_equal(_run(case, arrays, target), expected)
    assert bool(expected.any()) == bool(live)


@pytest.mark.parametrize("target", TARGETS)
def test_all_filters_may_win_at_the_same_place(target: str) -> None:
    case = Case(WindowProblem.parse("n=2 h=7 w=7 c=5 f=70 k=2x2"), (2, 2))
    arrays = case.arrays()
    arrays["y"] = 1 + abs(arrays["y"])
    arrays["dy"] = 1 + abs(arrays["dy"])
    for place in range(4):
        arrays["winner"][:] = place
        np.testing.assert_array_equal(_run(case, arrays, target), case.expected(arrays)[0])


@pytest.mark.parametrize("target", TARGETS)
def test_real_numbers_are_as_near_as_their_sums_allow(target: str) -> None:
    case = Case(WindowProblem.parse("n=5 h=12 w=11 c=9 f=21 k=3x3 p=same"), (2, 2))
    generator = np.random.default_rng(3)
    arrays = case.arrays()
    for name in ("y", "dy", "kernel"):
        arrays[name] = generator.normal(size=arrays[name].shape).astype(np.float32)
        arrays[name] = arrays[name].astype(np.float64)
    dx, expected = _run(case, arrays, target), case.expected(arrays)[0]
    for name in ("dy", "kernel"):
        arrays[name] = abs(arrays[name])
    magnitude = case.expected(arrays)[0]
    assert np.all(abs(dx - expected) <= 2 * 21 * 9 * np.finfo(np.float32).eps * magnitude)


def test_a_picture_gets_the_same_gradient_in_every_tile() -> None:
    case = Case(WindowProblem.parse("n=7 h=6 w=6 c=20 f=12 k=3x3"), (2, 2))
    generator = np.random.default_rng(4)
    arrays = case.arrays()
    for name in ("y", "dy", "kernel"):
        arrays[name] = generator.normal(size=arrays[name].shape)
    target = host_target()
    together, alone = case.memory(arrays, target), case.memory(arrays, target)
    function = KernelFunction(case.kernel)
    function(*together, count=7)
    weights, room = 3, 5
    for picture in range(7):
        parts = [a if i in (weights, room) else a[picture:] for i, a in enumerate(alone)]
        function(*parts, first=picture, count=1)
    np.testing.assert_array_equal(case.dx(together), case.dx(alone))


def test_no_pictures_change_nothing() -> None:
    case = Case(WindowProblem.parse("n=1 h=4 w=4 c=2 f=3 k=3x3"), (2, 2))
    memory = case.memory(case.arrays(), host_target())
    before = [array.copy() for array in memory]
    KernelFunction(case.kernel)(*memory, count=0)
    for one, other in zip(memory, before, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("line", "pool"), [PROBLEMS[1], PROBLEMS[2], PROBLEMS[14]])
def test_machine_code_for_other_processors_is_written(line: str, pool: tuple[int, int]) -> None:
    kernel = Case(WindowProblem.parse(line), pool).kernel
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)


def test_multiply_adds_are_counted_for_half_of_the_values() -> None:
    problem = WindowProblem.parse("h=6 w=8 c=5 f=4 k=3x3")
    assert Case(problem, (2, 2)).kernel.operations == 2 * 3 * 4 * 45 // 2


@pytest.mark.parametrize("target", TARGETS)
def test_the_cost_model_sees_what_sparsity_gives(target: str) -> None:
    """An eighth of the multiply-adds pays where windows are large, and not where they are small."""
    processor = target_of(target)
    for line, pays in (
        ("h=16 w=16 c=64 f=64 k=3x3 p=same", True),
        ("h=9 w=9 c=2 f=8 k=1x1", False),
    ):
        case = Case(WindowProblem.parse(line), (2, 2))
        sparse, x = case.kernel, case.kernel.input
        dz = MapLayout(*naive.output_size(case.problem), case.problem.filters)
        # It has as many multiply-adds as the dense input gradient.
        dense = ConvolutionWeightGradient(x, dz, sparse.window)
        assert (sparse.cycles(processor) < dense.cycles(processor)) == pays
