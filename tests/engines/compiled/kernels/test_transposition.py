"""Blocks of a matrix that are turned in registers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from konv.engines.compiled.emit.function import Function, Piece
from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.transposition import SIDE, interleaved, transpose
from konv.engines.compiled.record import record
from konv.engines.compiled.target import AARCH64
from oracles.machine import TARGETS, run_guarded
from oracles.matrices import integers, poisoned

ROOM = 32


@record
class Turned(Kernel):
    """Some of a matrix' columns, for the first ``count`` rows."""

    pointers: ClassVar[tuple[str, ...]] = ("matrix", "turned")

    step: int
    columns: int

    def emit(self, f: Function) -> None:
        transpose(
            f,
            *f.pointers.values(),
            step=self.step,
            rows=f.count,
            columns=self.columns,
            ragged=self.columns % SIDE != 0,
            room=ROOM,
        )


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rows", [1, 3, 16, 17, 31, 32])
@pytest.mark.parametrize(("step", "columns"), [(1, 1), (3, 2), (4, 4), (7, 7), (21, 10)])
def test_rows_become_lanes_and_the_last_one_fills_the_rest(
    rows: int, step: int, columns: int, target: str
) -> None:
    matrix = integers(rows * step, seed=1)[: (rows - 1) * step + columns]
    room = -(-columns // SIDE) * SIDE
    _, turned = run_guarded(
        Turned(step, columns), matrix, poisoned(room, ROOM), target=target, count=rows
    )
    lines = [matrix[min(row, rows - 1) * step :][:columns] for row in range(ROOM)]
    np.testing.assert_array_equal(turned[:columns], np.array(lines).T)


@record
class Interleaved(Kernel):
    """Some vectors, by turns."""

    pointers: ClassVar[tuple[str, ...]] = ("rows", "mixed")

    rows: int
    lanes: int

    def emit(self, f: Function) -> None:
        whole = Piece(0, self.lanes, self.lanes)
        rows, mixed = f.pointers.values()
        vectors = [f.load_vector(f.at(rows, row * self.lanes), whole) for row in range(self.rows)]
        for number, vector in enumerate(interleaved(f, vectors)):
            f.store_vector(vector, f.at(mixed, number * self.lanes), whole)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize("rows", [1, 2, 4, 8])
def test_vectors_take_turns_number_by_number(rows: int, lanes: int, target: str) -> None:
    numbers = integers(rows, lanes, seed=2)
    _, mixed = run_guarded(
        Interleaved(rows, lanes), numbers, poisoned(lanes, rows), target=target, count=1
    )
    np.testing.assert_array_equal(mixed, numbers.T)


def test_machine_code_for_other_processors_is_written() -> None:
    kernel = Turned(21, 10)
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
