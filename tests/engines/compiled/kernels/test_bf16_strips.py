"""Strips: every output is in one, none is larger than what may wait, and few places are wasted."""

import pytest

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.bf16_strips import Strips, best_strips

MAPS = [
    # rows and columns of the output; border of the input; pool; stride
    ((1, 1), 0, (1, 1), (1, 1)),
    ((7, 7), 1, (1, 1), (1, 1)),
    ((14, 14), 1, (2, 2), (1, 1)),
    ((28, 28), 1, (1, 1), (1, 1)),
    ((13, 17), 2, (3, 3), (1, 1)),
    ((56, 112), 1, (2, 2), (1, 1)),
    ((5, 3000), 0, (1, 1), (1, 1)),
    ((3, 2000), 1, (2, 2), (2, 2)),
    ((2000, 3), 1, (1, 2), (1, 2)),
    ((9, 9), 0, (1, 9), (1, 1)),
]


def strips_of(size, border, pool, stride):
    input_ = MapLayout(size[0] * pool[0], size[1] * pool[1], 32, border, border, border, border)
    return best_strips(input_, MapLayout(*size, 16), pool, stride)


@pytest.mark.parametrize("map_", MAPS, ids=str)
def test_every_output_is_in_a_strip_and_no_strip_is_large(map_):
    (rows, columns), _border, pool, _stride = map_
    strips = strips_of(*map_)
    assert strips.down * strips.rows >= rows
    assert strips.across * strips.columns >= columns
    assert (strips.down - 1) * strips.rows < rows
    assert (strips.across - 1) * strips.columns < columns
    last = (strips.rows * pool[0] - 1) * strips.pitch + strips.columns * pool[1]
    assert last <= strips.lines * strips.slots <= 256


def test_a_small_map_is_one_line_through_its_border():
    # Seven rows of 7, each two apart from the next: 6 · 9 + 7 places, of which 49 are pixels.
    assert strips_of((7, 7), 1, (1, 1), (1, 1)) == Strips(7, 7, 1, 1, 1, 61, 9)


def test_rows_with_strides_are_lines_of_their_own():
    strips = strips_of((14, 14), 1, (1, 1), (2, 2))
    assert (strips.lines, strips.slots, strips.group, strips.groups) == (1, 14, 14, 14)


def test_the_smallest_of_the_strips_with_the_fewest_blocks_is_taken():
    # Each row of 28 is two groups and one block; more rows together give no fewer.
    assert strips_of((28, 28), 1, (1, 1), (1, 1)).rows == 1
    assert strips_of((28, 28), 1, (1, 1), (1, 1)).blocks == 28
