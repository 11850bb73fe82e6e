"""Maps rounded to bfloat16: every bit, the border, and the channels that fill it up."""

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.bf16_map import Bf16Map, filled_up
from oracles.bf16 import FOREIGN, HERE, bits
from oracles.machine import in_layout, run_guarded

needs_unit = pytest.mark.skipif(not HERE, reason="no products of bfloat16 here")

MAPS = [
    # height, width, channels; border of x; border of what is written
    (1, 1, 1, (0, 0, 0, 0), (0, 0, 0, 0)),
    (3, 5, 7, (1, 1, 1, 1), (2, 0, 0, 3)),
    (2, 3, 16, (0, 0, 0, 0), (1, 1, 1, 1)),
    (2, 2, 31, (0, 2, 0, 1), (0, 0, 1, 0)),
    (4, 3, 32, (0, 0, 0, 0), (0, 0, 0, 0)),
    (3, 2, 33, (0, 0, 0, 0), (0, 1, 0, 0)),
    (1, 7, 96, (3, 3, 3, 3), (1, 1, 1, 1)),
    (2, 1, 200, (0, 0, 0, 0), (1, 1, 0, 0)),
]


def rounded_maps(x, layout):
    """The bits that are to be written."""
    more = ((0, 0),) * 3 + ((0, layout.channels - x.shape[-1]),)
    return in_layout(bits(np.pad(x, more)), layout)


@needs_unit
@pytest.mark.parametrize("map_", MAPS, ids=str)
def test_all_of_the_array_is_written(map_):
    height, width, channels, border, wider = map_
    x = np.random.default_rng(0).normal(size=(3, height, width, channels)).astype(np.float32)
    kernel = Bf16Map(
        MapLayout(height, width, channels, *border),
        MapLayout(height, width, filled_up(channels), *wider),
    )
    expected = rounded_maps(x, kernel.output)
    arrays = in_layout(x, kernel.input, border=np.nan), np.full_like(expected, 0xFFFF)
    _, given = run_guarded(kernel, *arrays, target=HERE[0], count=3)
    np.testing.assert_array_equal(given, expected)


SPECIAL = np.array(
    [
        *(0x3F800000, 0x3F808000, 0x3F808001, 0x3F818000, 0x3F817FFF),  # near 1: ties go to even
        *(0x00000000, 0x80000000, 0x00800000, 0x007FFFFF, 0x80000001),  # zeros; below 2⁻¹²⁶: zeros
        *(0x7F7F7FFF, 0x7F7F8000, 0xFF7FFFFF, 0x7F800000, 0xFF800000),  # to infinity and beyond
        *(0x7FC00000, 0x7F800001, 0xFFFFFFFF),  # not a number stays none
    ],
    np.uint32,
).view(np.float32)


@needs_unit
def test_ties_infinities_and_what_is_no_number():
    x = SPECIAL.reshape(1, 1, 1, -1)
    kernel = Bf16Map(MapLayout(1, 1, len(SPECIAL)), MapLayout(1, 1, 32))
    _, given = run_guarded(kernel, x, np.zeros((1, 1, 1, 32), np.uint16), target=HERE[0])
    np.testing.assert_array_equal(given[0, 0, 0, : len(SPECIAL)], bits(SPECIAL))
    assert given[0, 0, 0, 1] == 0x3F80
    assert given[0, 0, 0, 3] == 0x3F82


@pytest.mark.parametrize("target", FOREIGN, ids=lambda target: target.cpu)
def test_code_is_written_for_other_processors(target):
    kernel = Bf16Map(MapLayout(3, 5, 7), MapLayout(3, 5, 32, 1, 1, 1, 1))
    text = kernel_text(kernel, target)
    assert "fptrunc <16 x float>" in text
    assert object_code(text, target)
