"""Add and Concatenate: sums and places by hand, and inputs that do not belong together."""

import numpy as np
import pytest

from konv.errors import ShapeError
from konv.layers import Add, Concatenate, Context

MAPS = [np.arange(n, n + 24).reshape(1, 2, 3, 4) for n in (0, 100, 1000)]


@pytest.mark.parametrize("count", [2, 3])
def test_add_sums_and_gives_every_input_the_gradient(count):
    output, saved = Add().forward({}, tuple(MAPS[:count]), Context())
    assert np.array_equal(output, sum(MAPS[:count]))
    g = np.full_like(output, 3)
    flowing, weights = Add().backward({}, saved, g)
    assert len(flowing) == count
    assert all(np.array_equal(item, g) for item in flowing)
    assert weights == {}


@pytest.mark.parametrize("axis", [1, 2, 3, -1, -2, -3])
def test_concatenate_puts_side_by_side_and_cuts_the_gradient_at_the_same_places(axis):
    layer = Concatenate(axis)
    sizes = (1, 2, 3)
    position = axis if axis > 0 else axis + 4
    inputs, place = [], 0
    whole = np.arange(2 * 6 * 6 * 6).reshape(2, 6, 6, 6)
    for size in sizes:
        inputs.append(np.take(whole, range(place, place + size), axis=position))
        place += size
    output, saved = layer.forward({}, tuple(inputs), Context())
    assert np.array_equal(output, whole)
    assert layer.output_shape(*(item.shape[1:] for item in inputs)) == (6, 6, 6)
    flowing, _weights = layer.backward({}, saved, whole)
    assert all(np.array_equal(a, b) for a, b in zip(flowing, inputs, strict=True))


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (Add(), [(4, 4, 3), (4, 4, 4)]),
        (Add(), [(4, 4, 3), (4, 4, 3), (3, 4, 4)]),
        (Add(), [(4, 4, 1), (16,)]),
        (Concatenate(), [(4, 4, 3), (4, 5, 3)]),
        (Concatenate(1), [(3, 4, 4), (3, 4, 5)]),
        (Concatenate(), [(4, 4, 3), (3,)]),
        (Concatenate(1), [(3,), (4, 4, 3)]),
    ],
)
def test_inputs_that_do_not_belong_together_are_all_shown(layer, shapes):
    with pytest.raises(ShapeError) as caught:
        layer.output_shape(*shapes)
    assert caught.value.code == "K106"
    assert [text for _label, text in caught.value.details] == [str(shape) for shape in shapes]


@pytest.mark.parametrize(
    ("axis", "shape"), [(2, (5,)), (-2, (5,)), (3, (5,)), (-3, (5,)), (-3, (4, 5))]
)
def test_an_axis_that_does_not_exist_is_refused_with_those_that_do(axis, shape):
    with pytest.raises(ShapeError) as caught:
        Concatenate(axis).output_shape(shape, shape)
    assert caught.value.code == "K107"
    axes = {1: "[-1, 1]", 2: "[-2, -1, 1, 2]"}[len(shape)]
    assert caught.value.details == (("axes", f"0 is the batch; the others are {axes}"),)
    for fixed in (-1, 1):
        assert f"axis={fixed}" in caught.value.fix
        assert Concatenate(fixed).output_shape(shape, shape)
