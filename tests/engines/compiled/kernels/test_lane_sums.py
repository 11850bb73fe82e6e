"""Sums over lanes, against sums that NumPy makes one lane after the other."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.lane_sums import LaneSum
from konv.engines.compiled.target import AARCH64
from oracles.machine import TARGETS, run_guarded

# (pictures, pictures of a lane, elements, stride in elements)
PROBLEMS = [
    (1, 8, 1, 16),
    (8, 8, 5, 16),
    (9, 8, 16, 16),
    (32, 8, 67, 80),
    (33, 8, 64, 64),
    (127, 16, 333, 336),
]


def _in_order(lanes: np.ndarray, elements: int) -> np.ndarray:
    total = lanes[0, :elements].copy()
    for lane in lanes[1:]:
        total = total + lane[:elements]
    return total


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_adds_lanes_in_their_order(problem: tuple[int, int, int, int], target: str) -> None:
    pictures, lane, elements, stride = problem
    number = -(-pictures // lane)
    values = np.random.default_rng(0).normal(size=(number, stride)).astype(np.float32)
    values[:, elements:] = np.nan
    # The last lane ends where its own elements do: nothing may be read behind them.
    lanes = values.reshape(-1)[: (number - 1) * stride + elements]
    _sizes, _lanes, total = run_guarded(
        LaneSum(elements, 4 * stride),
        np.array([pictures, lane], np.int64),
        lanes,
        np.full(elements, np.nan, np.float32),
        target=target,
        count=elements,
    )
    np.testing.assert_array_equal(total, _in_order(values, elements))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("first", "count"), [(0, 40), (40, 40), (80, 20), (99, 1), (50, 0)])
def test_a_block_writes_its_own_elements_only(first: int, count: int, target: str) -> None:
    lanes = np.random.default_rng(1).integers(-9, 10, (3, 100)).astype(np.float32)
    _sizes, _lanes, total = run_guarded(
        LaneSum(100, 400),
        np.array([24, 8], np.int64),
        lanes,
        np.full(100, np.nan, np.float32),
        target=target,
        first=first,
        count=count,
    )
    expected = np.full(100, np.nan, np.float32)
    expected[first : first + count] = lanes.sum(axis=0)[first : first + count]
    np.testing.assert_array_equal(total, expected)


@pytest.mark.parametrize("target", TARGETS)
def test_one_lane_is_copied_bit_by_bit(target: str) -> None:
    lane = np.array([-0.0, 1e-45, np.inf, -3e38, 7], np.float32)
    arrays = (np.array([3, 8], np.int64), lane, np.full(5, np.nan, np.float32))
    total = run_guarded(LaneSum(5, 64), *arrays, target=target, count=5)[2]
    assert total.tobytes() == lane.tobytes()


def test_writes_code_for_aarch64() -> None:
    assert object_code(kernel_text(LaneSum(100, 448), AARCH64), AARCH64)
