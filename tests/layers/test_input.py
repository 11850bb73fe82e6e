"""Input: what a shape may be, and the tensor that stands for it."""

import numpy as np
import pytest

from konv.errors import ParameterError
from konv.layers import Context, Input
from konv.limits import MAX_ELEMENTS_PER_MAP, MAX_SIDE, MAX_UNITS


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        ((28, 28, 1), (28, 28, 1)),
        ([1, 28, 28], (1, 28, 28)),
        ((784,), (784,)),
        ((np.int64(5), np.uint8(6), 7), (5, 6, 7)),
        ((MAX_SIDE, MAX_SIDE, 1), (MAX_SIDE, MAX_SIDE, 1)),
        ((MAX_UNITS,), (MAX_UNITS,)),
    ],
)
def test_a_shape_is_a_tuple_of_whole_numbers(given, shape):
    layer = Input(given)
    assert layer.shape == layer.output_shape() == shape
    assert all(type(size) is int for size in layer.shape)


def test_a_shape_without_channels_is_refused_with_the_one_that_was_meant():
    with pytest.raises(ParameterError) as caught:
        Input((28, 30))
    assert "(28, 30, 1), with the number of channels" in caught.value.fix
    assert Input((28, 30, 1)).shape == (28, 30, 1)


@pytest.mark.parametrize("shape", [(10**5000, 28), ("a\nb" * 99, {}), (None, None)])
def test_two_values_of_any_kind_are_refused_in_short_lines(shape):
    with pytest.raises(ParameterError) as caught:
        Input(shape)
    assert len(str(caught.value).splitlines()) == 2
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("shape", [(MAX_SIDE, MAX_SIDE, 2), (MAX_SIDE,) * 3])
def test_a_shape_of_too_many_numbers_is_refused(shape):
    with pytest.raises(ParameterError, match=f"at most {MAX_ELEMENTS_PER_MAP:,} numbers"):
        Input(shape)


def test_each_input_has_one_tensor_of_its_own():
    first, second = Input((4, 4, 1)), Input((4, 4, 1))
    assert first == second
    assert first.tensor is first.tensor
    assert first.tensor is not second.tensor
    assert (first.tensor.layer, first.tensor.inputs, first.tensor.shape) == (first, (), (4, 4, 1))


def test_pictures_pass():
    x = np.ones((2, 3, 3, 1))
    output, saved = Input((3, 3, 1)).forward({}, (x,), Context())
    assert np.array_equal(output, x)
    assert np.array_equal(Input((3, 3, 1)).backward({}, saved, x)[0][0], x)
