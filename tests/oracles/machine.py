"""Running one compiled kernel between guard pages, on every instruction set that is here."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from konv.engines.compiled.jit.single import KernelFunction
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.runtime.guarded import guarded_copy
from konv.engines.compiled.target import Target, target_names, target_of

__all__ = ["TARGETS", "in_layout", "out_of_layout", "run_guarded", "run_guarded_items"]

TARGETS = target_names()


def run_guarded(
    kernel: Kernel, *arrays: np.ndarray, target: str | Target, first: int = 0, count: int = 1
) -> list[np.ndarray]:
    """The arrays after the kernel ran on copies of them, once at each edge of their pages."""
    return _same_at_both_edges(kernel, arrays, target, [(first, count)])


def run_guarded_items(
    kernel: Kernel, *arrays: np.ndarray, target: str | Target, items: int, block: int
) -> list[np.ndarray]:
    """The same after the kernel ran for each block of items, the last block first."""
    blocks = [(first, min(block, items - first)) for first in range(0, items, block)]
    return _same_at_both_edges(kernel, arrays, target, blocks[::-1])


def _same_at_both_edges(
    kernel: Kernel,
    arrays: tuple[np.ndarray, ...],
    target: str | Target,
    calls: list[tuple[int, int]],
) -> list[np.ndarray]:
    function = KernelFunction(kernel, target if isinstance(target, Target) else target_of(target))
    results = list(_both_edges(function, arrays, calls))
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)
    return results[0]


def _both_edges(
    function: KernelFunction, arrays: tuple[np.ndarray, ...], calls: list[tuple[int, int]]
) -> Iterator[list[np.ndarray]]:
    for from_start in (False, True):
        copies = [guarded_copy(array, from_start=from_start) for array in arrays]
        for first, count in calls:
            function(*copies, first=first, count=count)
        yield copies


def in_layout(maps: np.ndarray, layout: MapLayout, border: float = 0) -> np.ndarray:
    """Maps (N, H, W, C) as they lie in memory, the border filled: (N, all rows, all columns, C)."""
    widths = ((0, 0), (layout.top, layout.bottom), (layout.left, layout.right), (0, 0))
    return np.ascontiguousarray(np.pad(maps, widths, constant_values=border))


def out_of_layout(memory: np.ndarray, layout: MapLayout) -> np.ndarray:
    """The maps (N, H, W, C) in the memory that holds them with a border."""
    rows = slice(layout.top, layout.top + layout.height)
    columns = slice(layout.left, layout.left + layout.width)
    return memory.reshape(len(memory), -1, layout.row // layout.channels, layout.channels)[
        :, rows, columns
    ]
