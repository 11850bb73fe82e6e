"""The list of places at which any of some rows is not zero."""

from typing import ClassVar

import numpy as np
import pytest

from konv.engines.compiled.emit.function import INDEX, Function
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.live_numbers import live_numbers
from konv.engines.compiled.record import record
from oracles.machine import TARGETS, run_guarded

ROOM_BEHIND = 16


@record
class ListOfLiveNumbers(Kernel):
    """Writes the list for ``count`` numbers of some rows, and its length."""

    pointers: ClassVar[tuple[str, ...]] = ("x", "places", "length")

    rows: int
    step: int

    def emit(self, f: Function) -> None:
        starts = [row * self.step for row in range(self.rows)]
        live = live_numbers(f, f.pointers["x"], starts, f.count, f.pointers["places"])
        f.builder.store(live.count, f.at(f.pointers["length"], 0, INDEX), align=8)


def places_of(x: np.ndarray, target: str) -> list[int]:
    rows, count = x.shape
    room = np.full(count + ROOM_BEHIND, -1, np.int32)
    length = np.zeros(1, np.int64)
    kernel = ListOfLiveNumbers(rows, count)
    _x, room, length = run_guarded(kernel, x, room, length, target=target, count=count)
    return room[: length[0]].tolist()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rows", [1, 3, 8])
@pytest.mark.parametrize("count", [1, 4, 15, 16, 17, 48, 100])
@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_places_where_any_row_is_not_zero_are_listed_in_rising_order(rows, count, share, target):
    generator = np.random.default_rng(count)
    x = generator.normal(size=(rows, count)) * (generator.random((rows, count)) < share)
    x = x.astype(np.float32)
    assert places_of(x, target) == np.flatnonzero((x != 0).any(0)).tolist()


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_not_a_number_is_live_and_a_negative_zero_is_not(target):
    x = np.array([[0, np.nan, -0.0, np.inf, 0, 1e-45]], np.float32)
    assert places_of(x, target) == [1, 3, 5]
