"""Values: how numbers lie, with the widest border that anybody asked for."""

import pytest

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.plan.values import CHANNELS_LAST, Value, plain_form


@pytest.mark.parametrize(
    ("shape", "form", "sizes"),
    [
        ((4, 5, 3), plain_form((4, 5, 3)), (4, 5, 3)),
        ((3, 4, 5), CHANNELS_LAST, (4, 5, 3)),
        ((7,), plain_form((7,)), (1, 1, 7)),
    ],
)
def test_sizes_are_those_in_memory(shape, form, sizes):
    value = Value("x", shape, form)
    assert value.sizes == sizes
    assert value.layout == value.dense_layout == MapLayout(*sizes)
    assert value.elements == sizes[0] * sizes[1] * sizes[2]


def test_a_border_is_as_wide_as_the_widest_that_was_asked_for():
    value = Value("x", (4, 5, 3), plain_form((4, 5, 3)))
    for border in ((1, 0, 2, 0), (0, 3, 1, 0)):
        value.widen(border)
    assert value.layout == MapLayout(4, 5, 3, 1, 3, 2, 0)
    assert value.layout.bordered
    assert not value.gradient_layout.bordered
    value.widen_gradient((0, 0, 0, 1))
    assert value.gradient_layout == MapLayout(4, 5, 3, 0, 0, 0, 1)
    assert not value.dense_layout.bordered


def test_values_are_themselves_and_no_others():
    one, other = (Value("x", (3,), (0,)) for _number in "12")
    assert one != other
    assert len({one, other}) == 2
