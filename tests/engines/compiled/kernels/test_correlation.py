"""Loops over windows: which of them are one, and what a turn of the innermost loads."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from konv.engines.compiled.emit.function import Function, Piece
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.correlation import Turn, WindowLoop, joined, window_sums
from konv.engines.compiled.record import record
from konv.engines.compiled.target import AARCH64
from oracles.machine import TARGETS, run_guarded


@pytest.mark.parametrize(
    ("loops", "expected"),
    [
        # a whole row of pixels of 4 channels: columns and channels follow each other
        ([(3, 40, 48), (3, 4, 16), (4, 1, 4)], [(3, 40, 48), (12, 1, 4)]),
        # a map as wide as the kernel: everything does
        ([(3, 12, 48), (3, 4, 16), (4, 1, 4)], [(36, 1, 4)]),
        # a kernel that is turned around: rows and columns do, channels do not
        ([(3, 12, -48), (3, 4, -16), (4, 1, 4)], [(9, 4, -16), (4, 1, 4)]),
        # loops of one turn go
        ([(1, 40, 48), (1, 4, 16), (4, 1, 4)], [(4, 1, 4)]),
        ([(2, 40, 48), (1, 4, 16), (1, 1, 4)], [(2, 40, 48)]),
        ([(1, 5, 6), (1, 7, 8)], [(1, 7, 8)]),
    ],
)
def test_axes_without_a_gap_become_one(
    loops: list[tuple[int, int, int]], expected: list[tuple[int, int, int]]
) -> None:
    result = joined([WindowLoop(*loop) for loop in loops])
    assert result == [WindowLoop(*loop) for loop in expected]


@record
class _RowSums(Kernel):
    """Four neighbouring pixels of a row, windows of two rows and three columns."""

    pointers: ClassVar[tuple[str, ...]] = ("x", "kernel", "y")

    written_out: bool
    row: int = 9
    filters: int = 5

    def emit(self, f: Function) -> None:
        width = 1 << (self.filters - 1).bit_length()
        width = min(width, f.target.vector)
        pieces = [
            Piece(i, min(width, self.filters - i), width) for i in range(0, self.filters, width)
        ]
        rows = WindowLoop(2, self.row, 3 * self.filters)
        columns = WindowLoop(3, 1, self.filters)
        elements = [(tap, tap * self.filters) for tap in range(3)] if self.written_out else [(0, 0)]
        sums = window_sums(
            f,
            [rows] if self.written_out else [rows, columns],
            f.pointers["x"],
            f.pointers["kernel"],
            turn=Turn(range(4), pieces, elements),
            start=[f.constant(0, piece.width) for piece in pieces] * 4,
        )
        for number, value in enumerate(sums):
            pixel, piece = divmod(number, len(pieces))
            place = pixel * self.filters + pieces[piece].start
            f.store_vector(value, f.at(f.pointers["y"], place), pieces[piece])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("written_out", [False, True])
def test_sums_are_those_of_the_windows(written_out: bool, target: str) -> None:
    x = np.arange(18, dtype=np.float32).reshape(2, 9) % 7
    kernel = np.arange(30, dtype=np.float32).reshape(2, 3, 5) % 11
    y = np.full((4, 5), np.nan, np.float32)
    result = run_guarded(_RowSums(written_out), x, kernel, y, target=target)
    windows = np.lib.stride_tricks.sliding_window_view(x, 3, axis=1)[:, :4]
    np.testing.assert_array_equal(result[2], np.einsum("rpc,rcf->pf", windows, kernel))


def test_numbers_that_pixels_share_are_loaded_once() -> None:
    """Four pixels with three columns each meet six numbers, not twelve."""
    text = kernel_text(_RowSums(written_out=True, filters=4), AARCH64)
    assert text.count("load float,") == 6
