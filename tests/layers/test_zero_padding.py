"""ZeroPadding2D writes zeros around, and cuts them off again on the way back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.errors import ParameterError
from konv.layers import ZeroPadding2D
from oracles.exact import assert_exact
from oracles.problems import WindowProblem
from oracles.properties import examples

SIDE = st.integers(0, 3)
PADDING = st.one_of(
    SIDE, st.tuples(SIDE, SIDE), st.tuples(st.tuples(SIDE, SIDE), st.tuples(SIDE, SIDE))
)


def four_sides(padding):
    """((top, bottom), (left, right)) of any way to write it."""
    pair = padding if isinstance(padding, tuple) else (padding, padding)
    return tuple(item if isinstance(item, tuple) else (item, item) for item in pair)


@given(PADDING, st.integers(1, 4), st.integers(1, 4), st.booleans())
@examples(100)
def test_it_writes_the_map_into_zeros(padding, height, width, channels_first):
    problem = WindowProblem(2, (height, width), 3, (1, 1), channels_first=channels_first)
    (top, bottom), (left, right) = four_sides(padding)
    x = problem.integers((2, height, width, 3), 1)
    y = np.zeros((2, top + height + bottom, left + width + right, 3), int)
    y[:, top : top + height, left : left + width] = x
    g = problem.integers(y.shape, 2)
    dx = g[:, top : top + height, left : left + width]
    layer = ZeroPadding2D(padding, data_format=problem.data_format)
    assert layer.output_shape(problem.input_shape) == problem.in_layout(y).shape[1:]
    assert_exact(layer, problem, given=(x, {}, g), expected=(y, dx, {}))


@pytest.mark.parametrize("word", ["valid", "same", "full"])
def test_a_word_is_no_padding_of_its_own(word):
    with pytest.raises(ParameterError, match="padding must be a whole number"):
        ZeroPadding2D(word)
