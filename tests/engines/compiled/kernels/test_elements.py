"""Walking over elements: as few loops as the gaps in memory allow."""

from __future__ import annotations

import llvmlite.ir as ir
import pytest

from konv.engines.compiled.emit.function import Function
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.elements import (
    Dimension,
    joined_dimensions,
    map_dimensions,
)
from konv.engines.compiled.target import AARCH64

DENSE = MapLayout(4, 5, 6)


@pytest.fixture
def f() -> Function:
    return Function(ir.Module("test"), "test", (), AARCH64)


@pytest.mark.parametrize(
    ("layout", "loops"),
    [
        (DENSE, 1),
        (MapLayout(4, 5, 6, top=1, bottom=2), 2),
        (MapLayout(4, 5, 6, right=1), 2),  # the next picture begins where another row would
        (MapLayout(4, 5, 6, 1, 1, 1, 1), 3),
        (MapLayout(1, 5, 6, 1, 1, 1, 1), 2),
        (MapLayout(4, 1, 1, left=2), 2),
    ],
    ids=repr,
)
def test_what_follows_without_a_gap_is_one_loop(f: Function, layout: MapLayout, loops: int) -> None:
    assert len(joined_dimensions(f, map_dimensions(f, [layout]))) == loops


def test_a_gap_in_any_array_keeps_loops_apart(f: Function) -> None:
    bordered = MapLayout(4, 5, 6, 1, 1, 1, 1)
    dimensions = map_dimensions(f, [DENSE, DENSE, bordered])
    assert joined_dimensions(f, dimensions) == dimensions


def test_the_last_dimension_keeps_its_steps_even_if_it_is_a_single_number(f: Function) -> None:
    dimensions = [Dimension(7, (4,)), Dimension(1, (3,)), Dimension(1, (1,))]
    assert joined_dimensions(f, dimensions) == [Dimension(7, (4,)), Dimension(1, (1,))]


def test_a_single_outer_turn_is_no_loop(f: Function) -> None:
    dimensions = [Dimension(1, (99,)), Dimension(5, (3,))]
    assert joined_dimensions(f, dimensions) == [Dimension(5, (3,))]
