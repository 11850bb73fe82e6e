"""Kernels turned by tap, by filter, and back again."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.filter_order import FilterOrder
from konv.engines.compiled.kernels.turned_kernel import TurnedKernel, turned_to_filters
from konv.engines.compiled.target import AARCH64, target_of
from oracles.filter_orders import in_filter_order
from oracles.machine import TARGETS, run_guarded

# rows, columns, channels of a group, filters, groups
SHAPES = [
    (1, 1, 1, 1, 1),
    (3, 2, 1, 12, 1),
    (2, 3, 17, 33, 1),
    (3, 3, 16, 32, 1),
    (1, 2, 5, 14, 2),
    (2, 1, 1, 3, 3),
    (2, 2, 7, 2, 1),
]


def _kernel(shape: tuple[int, ...]) -> np.ndarray:
    rows, columns, channels, filters, _ = shape
    size = (rows, columns, channels, filters)
    return np.arange(1, np.prod(size) + 1, dtype=np.float32).reshape(size)


def _by_tap(kernel: np.ndarray, groups: int) -> np.ndarray:
    parts = np.split(kernel, groups, axis=3)
    whole = np.concatenate([part.transpose(0, 1, 3, 2) for part in parts], axis=3)
    return np.ascontiguousarray(whole)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("shape", SHAPES)
def test_each_tap_is_the_transpose_of_its_groups(shape: tuple[int, ...], target: str) -> None:
    kernel = _kernel(shape)
    expected = _by_tap(kernel, shape[4])
    turned = np.full_like(expected, np.nan)
    taps = shape[0] * shape[1]
    result = run_guarded(TurnedKernel(*shape), kernel, turned, target=target, count=taps)
    np.testing.assert_array_equal(result[1], expected)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("shape", SHAPES)
def test_filters_become_blocks_and_come_back(shape: tuple[int, ...], target: str) -> None:
    kernel = _kernel(shape)
    expected = np.ascontiguousarray(kernel.transpose(3, 0, 1, 2))
    taps = shape[0] * shape[1]
    there = TurnedKernel(*shape, order="filters")
    turned = np.full_like(expected, np.nan)
    result = run_guarded(there, kernel, turned, target=target, count=taps)
    np.testing.assert_array_equal(result[1], expected)
    back = TurnedKernel(*shape, order="filters", back=True)
    again = np.full_like(kernel, np.nan)
    result = run_guarded(back, expected, again, target=target, count=taps)
    np.testing.assert_array_equal(result[1], kernel)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("block", "whole"), [(16, 1), (4, 1), (17, 16), (8, 4)])
def test_blocks_of_channels_lie_apart_and_rows_are_filled_up(
    block: int, whole: int, target: str
) -> None:
    order = FilterOrder(2, 3, 17, 33, block, whole)
    kernel = _kernel((2, 3, 17, 33, 1))
    turned = np.full(order.size, np.nan, np.float32)
    there = turned_to_filters(order)
    _, result = run_guarded(there, kernel, turned, target=target, count=6)
    np.testing.assert_array_equal(result, in_filter_order(kernel, order))
    back = turned_to_filters(order, back=True)
    again = np.full_like(kernel, np.nan)
    _, result = run_guarded(back, result, again, target=target, count=6)
    np.testing.assert_array_equal(result, kernel)


@pytest.mark.parametrize("order", ["taps", "filters"])
@pytest.mark.parametrize("back", [False, True])
def test_a_block_of_items_writes_its_own_taps_only(order: str, back: bool) -> None:
    if order == "taps" and back:
        pytest.skip("taps are not turned back")
    kernel = TurnedKernel(2, 3, 5, 6, 1, order, back)
    source = _kernel((2, 3, 5, 6, 1))
    by_order = {"taps": source.transpose(0, 1, 3, 2), "filters": source.transpose(3, 0, 1, 2)}
    other = np.ascontiguousarray(by_order[order])
    given, expected = (other, source) if back else (source, other)
    taps_first = back or order == "taps"
    function, written = KernelFunction(kernel), np.full_like(expected, np.nan)
    function(given, written, first=1, count=2)
    cells = expected.reshape(6, -1) if taps_first else expected.reshape(6, 6, 5).swapaxes(0, 1)
    results = written.reshape(6, -1) if taps_first else written.reshape(6, 6, 5).swapaxes(0, 1)
    np.testing.assert_array_equal(results[1:3], cells[1:3])
    assert np.isnan(results[[0, 3, 4, 5]]).all()


def test_nothing_is_done_for_no_items() -> None:
    written = np.full((1, 1, 3, 2), np.nan, np.float32)
    KernelFunction(TurnedKernel(1, 1, 2, 3))(_kernel((1, 1, 2, 3, 1)), written, count=0)
    assert np.isnan(written).all()


@pytest.mark.parametrize("target", [*map(target_of, TARGETS), AARCH64], ids=lambda t: t.name)
def test_code_is_written_for_every_processor(target: object) -> None:
    kernel = TurnedKernel(3, 3, 40, 36, 4, "taps")
    assert object_code(kernel_text(kernel, target), target)
