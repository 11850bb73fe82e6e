"""Copying, adding and clearing: compared with NumPy's own views of the same memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.copying import (
    Clear,
    Copy,
    Fill,
    copied,
)
from konv.engines.compiled.target import AARCH64
from oracles.machine import TARGETS, in_layout, run_guarded

COPIES = {
    "one number": Copy((1,), (1,), (1,), 0, 0, 1, 1),
    "one number of many": Copy((1, 1, 1), (1, 1, 1), (1, 1, 1), 2, 4, 3, 5),
    "all of a picture": Copy((7, 33), (33, 1), (33, 1), 0, 0, 231, 231),
    "rows with a gap": Copy((7, 33), (40, 1), (34, 1), 3, 1, 300, 250),
    "pixels with a gap": Copy((3, 5, 20), (160, 32, 1), (100, 20, 1), 12, 0, 480, 300),
    "three channels beside five": Copy((4, 4, 3), (12, 3, 1), (32, 8, 1), 0, 5, 48, 128),
    "turned": Copy((9, 13), (13, 1), (1, 9), 0, 0, 117, 117),
    "turned, a few channels": Copy((5, 7, 3), (21, 3, 1), (7, 1, 35), 0, 0, 105, 105),
    "turned, with gaps": Copy((6, 4, 8), (60, 10, 1), (9, 2, 80), 7, 3, 400, 800),
    "turned, a row less than a block": Copy((2, 3), (3, 1), (1, 2), 0, 0, 6, 6),
    "each second number": Copy((4, 11), (40, 2), (33, 3), 1, 2, 170, 140),
    "spread over the pictures": Copy((3,), (2,), (1,), 0, 0, 7, 3),
}


def _view(memory: np.ndarray, kernel: Copy, role: str, pictures: int) -> np.ndarray:
    steps = (getattr(kernel, f"{role}_picture"), *getattr(kernel, f"{role}_steps"))
    start = memory[getattr(kernel, f"{role}_offset") :]
    return as_strided(start, (pictures, *kernel.sizes), [4 * step for step in steps])


def _memory(kernel: Copy, role: str, pictures: int) -> np.ndarray:
    """Whole numbers, up to the last one that the kernel may touch."""
    steps = (getattr(kernel, f"{role}_picture"), *getattr(kernel, f"{role}_steps"))
    last = sum((n - 1) * step for n, step in zip((pictures, *kernel.sizes), steps, strict=True))
    size = getattr(kernel, f"{role}_offset") + last + 1
    return np.random.default_rng(size).integers(-99, 99, size).astype(np.float32)


def _check(kernel: Copy, target: str, pictures: int = 3) -> None:
    source, before = (_memory(kernel, role, pictures) for role in ("source", "target"))
    expected = before.copy()
    view = _view(expected, kernel, "target", pictures)
    view[...] = _view(source, kernel, "source", pictures) + view * kernel.accumulate
    _source, after = run_guarded(kernel, source, before, target=target, count=pictures)
    np.testing.assert_array_equal(after, expected)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize("name", COPIES)
def test_numbers_arrive_where_the_steps_say(name: str, accumulate: bool, target: str) -> None:
    _check(replace(COPIES[name], accumulate=accumulate), target)


@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    orders=st.tuples(st.permutations(range(3)), st.permutations(range(3))),
    gaps=st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
def test_any_order_of_the_dimensions(
    sizes: list[int], orders: tuple[list[int], list[int]], gaps: tuple[int, int]
) -> None:
    (source, source_size), (target, target_size) = (
        _steps(sizes, order, gap) for order, gap in zip(orders, gaps, strict=True)
    )
    kernel = Copy(tuple(sizes), source, target, 0, 0, source_size, target_size)
    _check(kernel, TARGETS[-1], pictures=2)


def _steps(sizes: list[int], order: list[int], gap: int) -> tuple[tuple[int, ...], int]:
    """Steps of an array whose dimensions lie in some order, and how large a picture is."""
    steps, size = [0] * len(sizes), 1
    for dimension in (place for place in order if place < len(sizes)):
        steps[dimension] = size
        size = size * sizes[dimension] + gap
    return tuple(steps), size


MAPS = np.random.default_rng(0).integers(-9, 9, (2, 5, 7, 6)).astype(np.float32)
BORDERED = MapLayout(5, 7, 6, 1, 2, 0, 3)


@pytest.mark.parametrize("accumulate", [False, True])
def test_a_map_with_a_border_is_copied_to_one_with_another(accumulate: bool) -> None:
    other = MapLayout(5, 7, 6, 0, 1, 2, 1)
    kernel = copied(BORDERED, other, accumulate=accumulate)
    before = in_layout(np.ones_like(MAPS), other, border=np.nan)
    source = in_layout(MAPS, BORDERED, border=np.nan)
    after = run_guarded(kernel, source, before, target=TARGETS[-1], count=len(MAPS))[1]
    expected = in_layout(MAPS + accumulate, other, border=np.nan)
    np.testing.assert_array_equal(after, expected)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("size", [1, 5, 16, 67, 300])
def test_zeros_fill_every_picture(size: int, target: str) -> None:
    (memory,) = run_guarded(Fill(size), np.full((3, size), 7, np.float32), target=target, count=3)
    assert not memory.any()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("elements", [1, 5, 16, 67, 300])
def test_zeros_fill_an_array_whatever_the_count(elements: int, target: str) -> None:
    before = np.full(elements, 7, np.float32)
    (memory,) = run_guarded(Clear(elements), before, target=target, count=9)
    assert not memory.any()


@pytest.mark.parametrize(
    "kernel", [Fill(37), Clear(37), COPIES["rows with a gap"], COPIES["turned, with gaps"]]
)
def test_code_for_another_processor(kernel: Copy) -> None:
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
