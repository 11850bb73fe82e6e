"""The gradient of a map before its pool: exact, on every instruction set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.max_unpool import MaxUnpool
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.target import AARCH64
from oracles.machine import TARGETS, in_layout, out_of_layout, run_guarded


@dataclass(frozen=True)
class Problem:
    """Pictures of a pooled map, the pool, and what it leaves out: rows and columns."""

    pictures: int
    size: tuple[int, int]
    channels: int
    pool: tuple[int, int]
    left_out: tuple[int, int] = (0, 0)
    rectifier: Rectifier = RELU

    @property
    def kernel(self) -> MaxUnpool:
        height, width = (
            size * pool + rest
            for size, pool, rest in zip(self.size, self.pool, self.left_out, strict=True)
        )
        return MaxUnpool(
            MapLayout(*self.size, self.channels, 1, 0, 0, 2),
            MapLayout(*self.size, self.channels, 0, 1, 1, 0),
            MapLayout(height, width, self.channels, 1, 2, 1, 0),
            self.pool,
            self.rectifier,
        )


PROBLEMS = [
    Problem(1, (1, 1), 1, (1, 1)),
    Problem(2, (3, 2), 1, (2, 2), (1, 1)),
    Problem(2, (2, 3), 20, (2, 2), (1, 0), LINEAR),
    Problem(3, (2, 2), 16, (3, 2), (0, 1)),
    Problem(1, (2, 1), 37, (1, 3), (0, 2), Rectifier(0.25)),
    Problem(2, (1, 2), 64, (5, 4), (3, 3)),
    Problem(1, (1, 1), 5, (16, 16)),
]


def unpooled(problem: Problem, y: np.ndarray, winner: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """dz, value by value."""
    layout = problem.kernel.output
    dz = np.zeros((problem.pictures, layout.height, layout.width, layout.channels))
    for n, i, j, c in np.ndindex(*y.shape):
        row, column = divmod(winner[n, i, j, c], problem.pool[1])
        slope = 1.0 if y[n, i, j, c] > 0 else problem.rectifier.slope
        place = n, i * problem.pool[0] + row, j * problem.pool[1] + column, c
        dz[place] = dy[n, i, j, c] * slope
    return dz


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_only_winners_that_passed_have_a_gradient(problem: Problem, target: str) -> None:
    generator = np.random.default_rng(5)
    shape = (problem.pictures, *problem.size, problem.channels)
    y, dy = generator.integers(-4, 5, (2, *shape)).astype(np.float32)
    y[y < 0] *= problem.rectifier.slope
    winner = generator.integers(0, problem.pool[0] * problem.pool[1], shape).astype(np.uint8)
    kernel = problem.kernel
    memory = np.full((problem.pictures, kernel.output.size), np.nan, np.float32)
    arrays = in_layout(y, kernel.pooled, np.nan), winner, in_layout(dy, kernel.gradient, np.nan)
    after = run_guarded(kernel, *arrays, memory, target=target, count=problem.pictures)[-1]
    inside = out_of_layout(after, kernel.output)
    np.testing.assert_array_equal(inside, unpooled(problem, y, winner, dy))
    assert np.isnan(after).sum() == after.size - inside.size  # the border is not written


def test_machine_code_for_other_processors_is_written() -> None:
    assert object_code(kernel_text(PROBLEMS[2].kernel, AARCH64), AARCH64)
