"""How a map is cut for Winograd's way along rows, what lies where, and what it costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konv.engines.compiled.kernels.row_tiling import RowTiling
from konv.engines.compiled.kernels.row_tiling_cost import picture_cycles, weights_cycles
from konv.engines.compiled.kernels.winograd_chunks import FilterChunk, FilterChunks
from konv.engines.compiled.target import Target

WIDE = Target("avx512", "", "x86-64-v4", "", vector=16, registers=32)
# 24×24 sums of windows of 5×5 on one channel, 32 filters in one chunk of two vectors, pools of 2×2
SIMPLE = RowTiling(24, 24, 4, (5, 5), 1, FilterChunks(32, 16, 2), together=2, most=20)


def test_register_tiles_are_of_about_equal_height_and_hold_whole_pools():
    # 20 vectors of sums are 10 rows of two vectors: three tiles of 8 rows
    assert (SIMPLE.points, SIMPLE.across, SIMPLE.high) == (8, 6, 8)
    assert replace(SIMPLE, rows=26).high == 10
    assert replace(SIMPLE, together=4).high == 8
    assert replace(SIMPLE, together=1, rows=7).high == 7
    assert replace(SIMPLE, together=24, most=3).high == 24  # a pool is never cut


def test_a_band_is_what_has_its_inputs_near():
    assert SIMPLE.row == 32  # 6 tiles 4 apart, in whole lines of 16
    assert SIMPLE.band == 24
    # 12 channels: 72 numbers of a row in 80; of 96 KiB there is room for 38 rows of 8 points
    wide = replace(SIMPLE, channels=12, rows=200)
    assert (wide.row, wide.high, wide.band) == (80, 10, 30)
    assert replace(wide, channels=500).band == 10


def test_channels_lie_side_by_side_where_they_are_few():
    assert not SIMPLE.tile_by_tile
    assert replace(SIMPLE, channels=4).tile == 16
    assert replace(SIMPLE, channels=5).tile == 5


def test_what_the_last_tile_meets_if_not_all_of_it_is_wanted():
    ragged = replace(SIMPLE, columns=26, channels=3)
    assert (ragged.across, ragged.whole, ragged.last) == (7, 6, (2 + 4) * 3)


def test_every_part_has_room():
    parts = SIMPLE.parts
    assert parts["weights"] == 32 * 8 * 5 * 2  # a channel more than there is
    assert parts["line"] == 16
    assert parts["inputs"] == 8 * (28 * 32 + 16)
    assert parts["products"] == 8 * 8 * 32
    chunk = FilterChunk(0, 32, 16)
    last = 7 * SIMPLE.weights_point(chunk) + SIMPLE.channel(chunk)
    assert last <= parts["weights"]


def test_cycles_are_products_and_transforms():
    # 3 register tiles × 6 × 8 points of 8·2·5 multiply-adds, two per cycle; 28 rows of 2 vectors
    # at 8 points; 24·6·8·2 vectors of products; 12·12·2 outputs
    expected = 1.08 * 144 * 40 + 3.0 * 28 * 2 * 8 + 2.35 * 2304 + 3.3 * 288
    assert picture_cycles(SIMPLE, WIDE, (2, 2)) == pytest.approx(expected)
    assert weights_cycles(SIMPLE) == 2.5 * 8 * 5 * 2


def test_products_wait_for_loads_and_latency_where_tiles_are_low():
    # a single row of one vector: each of 5 taps' numbers is met once
    low = replace(SIMPLE, rows=1, together=1, chunks=FilterChunks(16, 16, 1))
    fewer = replace(low, kernel=(1, 5))
    products = [
        picture_cycles(each, WIDE, (1, 1)) - 3.0 * each.kernel[0] * 2 * 8 - 2.35 * 48 - 3.3 * 24
        for each in (low, fewer)
    ]
    assert products == pytest.approx([1.08 * 48 * 5, 1.08 * 48 * 4])
