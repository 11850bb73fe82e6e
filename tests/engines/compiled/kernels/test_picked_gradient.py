"""Weight gradients behind a small max-pool, every filter's winner picked: what dense sums give."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.picked_gradient import PickedGradient, can_pick
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.sparse_weight_gradient import SparseWeightGradient
from konv.engines.compiled.target import AARCH64, Target, target_of
from oracles.machine import TARGETS, in_layout, run_guarded
from oracles.pooled_problems import PooledProblem
from oracles.problems import WindowProblem

HERE = [name for name in TARGETS if name in ("avx2", "avx512")]
AVX512 = Target("avx512", "x86_64-unknown-linux-gnu", "skylake-avx512", "", 16, 32)
AVX2 = Target("avx2", "x86_64-unknown-linux-gnu", "x86-64-v3", "", 8, 16)

PROBLEMS = [
    ("n=1 h=2 w=2 k=1x1 bias=1", (2, 2)),
    ("n=1 h=1 w=1 k=1x1", (1, 1)),
    ("n=3 h=9 w=8 c=1 f=20 k=4x4 bias=1", (2, 2)),
    ("n=2 h=9 w=8 c=1 f=3 k=3x3 bias=1", (2, 2)),
    ("n=2 h=12 w=40 c=1 f=32 k=5x5 bias=1", (2, 2)),
    ("n=2 h=7 w=9 c=3 f=17 k=3x3 p=same bias=1", (2, 1)),
    ("n=2 h=11 w=10 c=3 f=12 k=3x2 s=2x1 p=1,0,2,1", (2, 2)),
    ("n=1 h=13 w=16 c=2 f=9 k=2x3 s=1x2 bias=1", (1, 3)),
    ("n=2 h=12 w=9 c=5 f=9 k=2x3 d=2x3 p=full bias=1", (4, 1)),
    ("n=2 h=8 w=7 c=1 f=4 k=3x3 d=2x2 bias=1", (1, 2)),
    ("n=2 h=8 w=8 c=2 f=5 k=3x2 flip=1 bias=1", (2, 2)),
    ("n=1 h=8 w=8 c=1 f=33 k=3x3 flip=1 bias=1", (2, 2)),
    ("n=1 h=70 w=61 c=1 f=6 k=5x5 bias=1", (2, 2)),
    ("n=1 h=9 w=9 c=5 f=70 k=5x5 bias=1", (2, 2)),
]


def kernel_of(problem: PooledProblem) -> PickedGradient:
    return problem.gradient_of(PickedGradient)


def memory_of(
    problem: PooledProblem, arrays: dict[str, np.ndarray], target: Target
) -> list[np.ndarray]:
    """The kernel's arguments; what it has to write itself is no number before."""
    real = {name: array.astype(np.float32) for name, array in arrays.items()}
    return [
        in_layout(real["x"], problem.input),
        *problem.behind_pool(arrays),
        real["kernel_gradient"],
        real["bias_gradient"],
        np.full(kernel_of(problem).room_bytes(target), 0xFF, np.uint8),
    ]


def gradients(
    problem: PooledProblem, arrays: dict[str, np.ndarray], name: str
) -> tuple[np.ndarray, np.ndarray]:
    target = target_of(name)
    memory = memory_of(problem, arrays, target)
    count = problem.problem.pictures
    *_, dw, db, _ = run_guarded(kernel_of(problem), *memory, target=target, count=count)
    return dw, db


def check(problem: PooledProblem, arrays: dict[str, np.ndarray], name: str) -> None:
    dw, db = gradients(problem, arrays, name)
    _dx, expected_dw, expected_db = problem.expected(arrays)
    np.testing.assert_array_equal(dw, arrays["kernel_gradient"] + expected_dw)
    added = expected_db if problem.problem.bias else 0
    np.testing.assert_array_equal(db, arrays["bias_gradient"] + added)


@pytest.mark.parametrize("target", HERE)
@pytest.mark.parametrize(("line", "pool"), PROBLEMS)
def test_whole_numbers_add_up_exactly(line: str, pool: tuple[int, int], target: str) -> None:
    problem = PooledProblem(WindowProblem.parse(line), pool)
    check(problem, problem.arrays(), target)


@pytest.mark.parametrize("target", HERE)
@pytest.mark.parametrize("rectifier", [LINEAR, Rectifier(0.5)], ids=str)
def test_every_rectifier_has_its_gate(rectifier: Rectifier, target: str) -> None:
    line = "n=2 h=8 w=6 c=1 f=18 k=3x3 bias=1"
    problem = PooledProblem(WindowProblem.parse(line), (2, 2), rectifier)
    arrays = problem.arrays()
    arrays["dy"] *= 2  # halves are whole, too
    check(problem, arrays, target)


@pytest.mark.parametrize("target", HERE)
def test_real_numbers_are_as_near_as_their_sums_allow(target: str) -> None:
    problem = PooledProblem(WindowProblem.parse("n=5 h=12 w=11 c=2 f=21 k=3x3 p=same"), (2, 2))
    generator = np.random.default_rng(3)
    arrays = problem.arrays()
    for name in ("x", "y", "dy"):
        normal = generator.normal(size=arrays[name].shape).astype(np.float32)
        arrays[name] = normal.astype(np.float64)
    arrays["kernel_gradient"] *= 0
    dw, _db = gradients(problem, arrays, target)
    _dx, expected, _ = problem.expected(arrays)
    for name in ("x", "dy"):
        arrays[name] = abs(arrays[name])
    _dx, magnitude, _ = problem.expected(arrays)
    assert np.all(abs(dw - expected) <= 2 * 5 * 30 * np.finfo(np.float32).eps * magnitude)


@pytest.mark.parametrize("target", HERE)
def test_a_picture_gets_the_same_gradient_in_every_tile(target: str) -> None:
    problem = PooledProblem(WindowProblem.parse("n=7 h=6 w=6 c=3 f=12 k=3x3 bias=1"), (2, 2))
    generator = np.random.default_rng(4)
    arrays = problem.arrays()
    for name in ("x", "y", "dy"):
        arrays[name] = generator.normal(size=arrays[name].shape)
    processor = target_of(target)
    together, alone = (memory_of(problem, arrays, processor) for _ in range(2))
    function = KernelFunction(kernel_of(problem), processor)
    function(*together, count=7)
    for picture in range(7):
        function(*(array[picture:] for array in alone[:4]), *alone[4:], count=1)
    for place in (4, 5):
        np.testing.assert_array_equal(together[place], alone[place])


@pytest.mark.parametrize("target", [AVX512, AVX2, *map(target_of, TARGETS)])
@pytest.mark.parametrize(("line", "pool"), [PROBLEMS[2], PROBLEMS[5]])
def test_only_processors_that_can_pick_do(line: str, pool: tuple[int, int], target: Target) -> None:
    kernel = kernel_of(PooledProblem(WindowProblem.parse(line), pool))
    assert can_pick(target, kernel) == (target.vector >= 8)
    assert not can_pick(AARCH64, kernel)
    if can_pick(target, kernel):
        assert object_code(kernel_text(kernel, target), target)


@pytest.mark.parametrize(
    ("line", "pool", "can"),
    [
        ("h=20 w=20 c=1 f=8 k=5x5", (2, 2), True),
        ("h=20 w=20 c=5 f=8 k=5x5", (2, 2), True),  # 125 elements
        ("h=20 w=20 c=1 f=8 k=12x12", (2, 2), False),
        ("h=20 w=20 c=1 f=8 k=5x5", (3, 3), False),
        ("h=20 w=20 c=1 f=8 k=5x5", (2, 3), False),
    ],
)
def test_pools_are_small_and_filters_short(line: str, pool: tuple[int, int], can: bool) -> None:
    assert can_pick(AVX512, kernel_of(PooledProblem(WindowProblem.parse(line), pool))) == can


def test_every_pooled_value_meets_its_window_once() -> None:
    kernel = kernel_of(PooledProblem(WindowProblem.parse("h=6 w=8 c=5 f=4 k=3x3"), (2, 2)))
    assert kernel.operations == 2 * 3 * 4 * 45


def test_large_maps_are_done_in_bands() -> None:
    """A band of fours has room in the first cache; of wide maps it is a single row of pixels."""
    high = kernel_of(PooledProblem(WindowProblem.parse("h=400 w=40 f=8 k=5x5"), (2, 2)))
    wide = kernel_of(PooledProblem(WindowProblem.parse("h=9 w=4000 f=8 k=5x5"), (2, 2)))
    assert 16 * 1024 < high.room_bytes(AVX512) <= 24 * 1024
    assert wide.room_bytes(AVX512) == 5 * 4000 * 16


@pytest.mark.parametrize("target", [AVX512, AVX2])
def test_the_cost_model_sees_what_picking_gives(target: Target) -> None:
    """It pays for few elements of a filter, and not for many of many filters."""
    for line, pays in (("h=28 w=28 f=32 k=5x5", True), ("h=32 w=32 c=3 f=64 k=5x5", False)):
        problem = PooledProblem(WindowProblem.parse(line), (2, 2))
        picked = kernel_of(problem)
        sparse = problem.gradient_of(SparseWeightGradient)
        assert (picked.cycles(target) < sparse.cycles(target)) == pays
