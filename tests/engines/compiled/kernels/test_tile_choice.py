"""The choice of tiles: it fits the registers, and is right where one can tell by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.engines.compiled.kernels.axis import convolution_axis, input_gradient_axis
from konv.engines.compiled.kernels.tile_choice import Work, best_choice
from konv.engines.compiled.kernels.tiles import Tile
from konv.engines.compiled.target import AARCH64, Target, target_of
from oracles.machine import TARGETS
from oracles.properties import examples

PROCESSORS = [*map(target_of, TARGETS), AARCH64]
WIDE = Target("wide", "", "", "", 16, 32)


def _work(size: tuple[int, int], kernel: int, filters: int, *, pool: int = 1) -> Work:
    rows, columns = (
        convolution_axis((n, (n - kernel + 1) // pool), kernel, 1, 1, 0, pool=pool) for n in size
    )
    return Work(rows, columns, 8, -(-filters // 16), 4 * filters)


@given(
    st.sampled_from(PROCESSORS),
    st.tuples(st.integers(7, 70), st.integers(7, 70)),
    st.integers(1, 7),
    st.integers(1, 600),
    st.sampled_from([1, 2, 3]),
)
@examples(40)
def test_all_sums_fit_the_registers(
    target: Target, size: tuple[int, int], kernel: int, filters: int, pool: int
) -> None:
    if min(size) - kernel + 1 < pool:
        return
    choice = best_choice(target, _work(size, kernel, filters, pool=pool))
    sums = choice.tile.outputs * pool * pool * choice.vectors
    needed = sums + choice.vectors * choice.written_out + 1
    smallest = choice.tile == Tile(1, 1, 1) and choice.vectors == 1
    assert needed <= target.registers or smallest
    assert choice.written_out in (1, kernel)


def test_one_pixel_is_taken_from_several_pictures() -> None:
    """A map of one pixel gives too few sums to hide what a multiply-add takes."""
    choice = best_choice(WIDE, _work((3, 3), 3, 16))
    assert choice.tile == Tile(4, 1, 1)


def test_neighbours_share_what_they_load_if_there_is_one_vector_only() -> None:
    """28 sums of one vector would need 29 loads per turn for 14 cycles of multiply-adds."""
    assert best_choice(WIDE, _work((60, 60), 5, 16)).written_out == 5


def test_strips_have_no_small_remainders() -> None:
    """13 columns in tiles of at most 12 are 7 + 6, not 12 + 1."""
    choice = best_choice(WIDE, _work((13, 13), 1, 32))
    assert choice.tile.rows * choice.tile.columns >= 6


def test_a_pool_that_fits_no_registers_is_taken_with_one_vector() -> None:
    choice = best_choice(WIDE, _work((22, 22), 1, 100, pool=7))
    assert (choice.vectors, choice.tile) == (1, Tile(1, 1, 1))


@pytest.mark.parametrize("target", PROCESSORS, ids=lambda target: target.name)
def test_edges_of_small_maps_are_worth_a_tile_of_their_own(target: Target) -> None:
    """dx of 6 columns from 4 of dz: whole rows would spend half their work on the border."""
    rows, columns = (input_gradient_axis((n - 2, n), 3, 1, 1, 0) for n in (8, 6))
    assert best_choice(target, Work(rows, columns, 60, 3, 160)).tile.columns <= 3
