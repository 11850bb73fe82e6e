"""Transformed weights against G g Gᵀ from its definition, on every instruction set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.winograd_chunks import FilterChunks
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.target import AARCH64, Target, target_of
from oracles.machine import TARGETS, run_guarded_items
from oracles.winograd import matrices, transformed


@dataclass(frozen=True)
class Problem:
    """Weights of so many channels and filters."""

    channels: int
    filters: int
    size: int = 4
    flipped: bool = False
    turned: bool = False

    @property
    def kernel(self) -> WinogradWeights:
        return WinogradWeights(
            self.channels, self.filters, self.size, self.flipped, turned=self.turned
        )


PROBLEMS = [
    Problem(1, 1),
    Problem(3, 32),
    Problem(17, 20, flipped=True),
    Problem(8, 70),
    Problem(5, 40, 2),
    Problem(1, 3, turned=True),
    Problem(33, 18, turned=True),
    Problem(40, 3, 2, flipped=True, turned=True),
]


def _laid_out(points: np.ndarray, target: Target) -> np.ndarray:
    """[point, channel, filter] as the kernel writes it; NaN between points."""
    _, channels, filters = points.shape
    chunks = FilterChunks.of(filters, target)
    parts = []
    for first in range(0, filters, chunks.size):
        some = points[..., first : first + chunks.size]
        width = -(-some.shape[2] // chunks.vector) * chunks.vector
        whole = np.full((len(points), channels + 1, width), np.nan)
        whole[:, :channels] = 0
        whole[:, :channels, : some.shape[2]] = some
        parts.append(whole.ravel())
    return np.concatenate(parts)


def _expected(problem: Problem, kernel: np.ndarray, target: Target) -> np.ndarray:
    if problem.turned:
        kernel = kernel.transpose(0, 1, 3, 2)
    if problem.turned != problem.flipped:
        kernel = kernel[::-1, ::-1]
    return _laid_out(transformed(kernel, problem.size), target)


def _run(kernel: WinogradWeights, array: np.ndarray, target: str, block: int) -> np.ndarray:
    into = np.full(kernel.bytes(target_of(target)) // 4, np.nan, np.float32)
    results = run_guarded_items(kernel, array, into, target=target, items=kernel.items, block=block)
    return results[1]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_each_window_is_evaluated_at_every_point(problem: Problem, target: str) -> None:
    generator = np.random.default_rng(0)
    kernel = generator.integers(-4, 5, (3, 3, problem.channels, problem.filters))
    kernel = kernel.astype(np.float32)
    given = _run(problem.kernel, kernel, target=target, block=7)
    expected = _expected(problem, kernel, target_of(target))
    if problem.size == 2:  # halves and quarters are exact
        np.testing.assert_array_equal(given, expected)
    # Ten roundings, of terms that make up at most 4 · ‖G‖².
    largest = 4 * float(np.abs(matrices(problem.size)[1].astype(np.float64)).sum(1).max()) ** 2
    np.testing.assert_allclose(given, expected, rtol=0, atol=11 * 2.0**-24 * largest)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", [Problem(7, 133), Problem(120, 9, turned=True)], ids=str)
def test_parts_make_what_the_whole_makes(problem: Problem, target: str) -> None:
    generator = np.random.default_rng(2)
    kernel = generator.normal(size=(3, 3, problem.channels, problem.filters)).astype(np.float32)
    whole, chosen = problem.kernel, target_of(target)
    expected = _run(whole, kernel, target=target, block=whole.items)
    given = np.full_like(expected, np.nan)
    parts = list(whole.parts(chosen))
    assert len(parts) > 1
    for part, before, behind in parts:
        source = kernel.ravel()[before // 4 :]
        KernelFunction(part, chosen)(source, given[behind // 4 :], count=part.items)
    np.testing.assert_array_equal(given, expected)


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_other_processors_can_have_it(problem: Problem) -> None:
    assert object_code(kernel_text(problem.kernel, AARCH64), AARCH64)
