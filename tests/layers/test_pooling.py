"""The pools equal nested loops on whole numbers, ties and padding included."""

import numpy as np
import pytest
from hypothesis import given

from konv.errors import ShapeError
from konv.layers import AveragePooling2D, Context, MaxPooling2D, MinPooling2D
from oracles import naive
from oracles.exact import assert_exact
from oracles.problems import WindowProblem, pool_problems
from oracles.properties import examples

EDGES = [
    "h=5 w=4 c=3 k=5x4",  # the pool is the picture
    "n=2 h=6 w=5 c=4 k=1x1",
    "h=6 w=5 c=2 k=1x1 s=3x2",
    "h=7 w=7 c=2 k=2x2 s=2x2",  # a row and a column dropped
    "h=7 w=7 c=2 k=2x2 s=2x2 p=same",
    "h=4 w=4 k=3x3 s=1x1 p=same",
    "h=2 w=3 k=4x4 s=1x1 p=full",
    "h=4 w=5 k=3x2 p=2,1 s=2x3",
    "h=4 w=5 k=3x3 p=0,2,2,1 s=3x2 layout=first",
    "h=1 w=9 k=1x2 s=1x4 c=2",
]
EACH_EDGE = pytest.mark.parametrize("line", EDGES)
POOLS = (MaxPooling2D, MinPooling2D, AveragePooling2D)
EACH_POOL = pytest.mark.parametrize("pool", POOLS)


def layer_of(pool, problem):
    return pool(problem.kernel, problem.stride, problem.padding, data_format=problem.data_format)


def check_extremes(problem):
    # Numbers from −2 to 2: most windows hold their maximum more than once.
    x = problem.integers((problem.pictures, *problem.size, problem.channels), 1, low=-2, high=2)
    g = problem.integers((problem.pictures, *naive.output_size(problem), problem.channels), 3)
    for pool in (MaxPooling2D, MinPooling2D):
        y, dx = naive.extreme_pool(problem, x, g, largest=pool is MaxPooling2D)
        layer = layer_of(pool, problem)
        assert_exact(layer, problem, given=(x, {}, g), expected=(y, dx, {}))


def check_average(problem):
    times = naive.window_counts(problem)
    x = problem.integers((problem.pictures, *problem.size, problem.channels), 1, times=times)
    shape = (problem.pictures, *naive.output_size(problem), problem.channels)
    g = problem.integers(shape, 3, times=times)
    y, dx = naive.average_pool(problem, x, g)
    layer = layer_of(AveragePooling2D, problem)
    assert_exact(layer, problem, given=(x, {}, g), expected=(y, dx, {}))


@EACH_EDGE
def test_extreme_pools_equal_nested_loops_at_the_edges(line):
    check_extremes(WindowProblem.parse(line))


@EACH_EDGE
def test_average_pools_equal_nested_loops_at_the_edges(line):
    check_average(WindowProblem.parse(line))


@given(pool_problems())
@examples(150)
def test_extreme_pools_equal_nested_loops(problem):
    check_extremes(problem)


@given(pool_problems())
@examples(150)
def test_average_pools_equal_nested_loops(problem):
    check_average(problem)


@given(pool_problems())
@examples(100)
def test_the_size_is_that_of_counting_and_the_cost_nothing(problem):
    rows, columns = naive.output_size(problem)
    first, last = (problem.channels, rows, columns), (rows, columns, problem.channels)
    for pool in POOLS:
        layer = layer_of(pool, problem)
        shape = layer.output_shape(problem.input_shape)
        assert shape == (first if problem.channels_first else last)
        assert layer.weight_specs(problem.input_shape) == ()
        assert layer.macs(problem.input_shape) == 0


@EACH_POOL
def test_without_strides_the_windows_lie_side_by_side(pool):
    assert pool((3, 2)).output_shape((9, 9, 1)) == (3, 4, 1)
    assert pool((3, 2), None).strides is None
    assert pool().output_shape((9, 9, 1)) == (4, 4, 1)


@EACH_POOL
@pytest.mark.parametrize(
    ("pool_size", "padding", "most"),
    [(2, 2, 1), (3, ((0, 0), (0, 3)), 2), (1, 1, 0), ((2, 4), (2, 1), 1), (2, 16_384, 1)],
)
def test_padding_as_wide_as_the_pool_is_refused(pool, pool_size, padding, most):
    with pytest.raises(ShapeError) as caught:
        pool(pool_size, 1, padding).output_shape((8, 8, 1))
    assert caught.value.code == "K105"
    assert caught.value.fix == f"padding of at most {most}"
    assert pool(pool_size, 1, most).output_shape((8, 8, 1))[2] == 1


def test_padding_never_wins_and_is_never_counted():
    x = -np.ones((1, 2, 2, 1))
    expected = {MaxPooling2D: -1.0, AveragePooling2D: -1.0}
    for pool, value in expected.items():
        output, _saved = pool(3, 1, "same").forward({}, (x,), Context())
        assert output.ravel().tolist() == [value] * 4
    output, _saved = MinPooling2D(3, 1, "same").forward({}, (-x,), Context())
    assert output.ravel().tolist() == [1.0] * 4


@EACH_POOL
def test_what_is_not_a_number_is_passed_on(pool):
    x = np.ones((1, 4, 4, 1))
    x[0, 0, 0, 0] = np.nan
    output, _saved = pool(2).forward({}, (x,), Context())
    assert np.isnan(output[0, :, :, 0]).tolist() == [[True, False], [False, False]]
