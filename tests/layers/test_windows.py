"""im2col and col2im: the order of a row, the adjoint, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given

from konv.errors import ParameterError, ShapeError
from konv.layers import col2im, im2col
from oracles import naive
from oracles.problems import WindowProblem, convolution_problems
from oracles.properties import examples

X = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]])


def options_of(problem):
    return {
        "stride": problem.stride,
        "padding": problem.padding,
        "dilation": problem.dilation,
    }


def naive_im2col(problem, x):
    """Rows in the order of pictures and windows; a row in the order of a stored kernel."""
    rows, columns = naive.output_size(problem)
    full = np.zeros((len(x), rows, columns, *problem.kernel, problem.channels), x.dtype)
    for i, j, u, v, row, column in naive.meetings(problem):
        full[:, i, j, u, v] = x[:, row, column]
    return full.reshape(len(x) * rows * columns, -1)


@given(convolution_problems())
@examples(150)
def test_a_row_is_a_window_and_col2im_is_the_adjoint(problem):
    x = problem.integers((problem.pictures, *problem.size, problem.channels), 1)
    columns = im2col(x, problem.kernel, **options_of(problem))
    assert np.array_equal(columns, naive_im2col(problem, x))
    assert columns.dtype == x.dtype
    c = problem.integers(columns.shape, 2)
    back = col2im(c, x.shape, problem.kernel, **options_of(problem))
    assert back.shape == x.shape
    assert back.dtype == c.dtype
    assert (columns * c).sum() == (x * back).sum()


def test_the_windows_of_the_tutorial_as_rows():
    assert im2col(X, 3).tolist() == [
        [1, 2, 3, 0, 1, 2, 3, 0, 1],
        [2, 3, 0, 1, 2, 3, 0, 1, 2],
        [0, 1, 2, 3, 0, 1, 2, 3, 0],
        [1, 2, 3, 0, 1, 2, 3, 0, 1],
    ]


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (1, 4, 5, 1)])
def test_maps_of_every_rank_are_taken_and_given_back(shape):
    x = np.arange(20).reshape(shape)
    columns = im2col(x, (2, 3), stride=(1, 2))
    assert columns.shape == (3 * 2, 2 * 3)
    assert col2im(columns, shape, (2, 3), stride=(1, 2)).shape == shape


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32, np.float64])
def test_the_dtype_is_kept_and_the_result_is_new(dtype):
    x = np.arange(12, dtype=dtype).reshape(3, 4)
    columns = im2col(x, 1)
    assert columns.dtype == dtype
    assert not np.shares_memory(columns, x)
    assert columns.flags.c_contiguous
    assert col2im(columns, (3, 4), 1).dtype == dtype


def test_lists_are_taken_as_arrays():
    assert im2col([[1, 2], [3, 4]], 2).tolist() == [[1, 2, 3, 4]]
    assert col2im([[1, 2, 3, 4]], [2, 2], 2).tolist() == [[1, 2], [3, 4]]


def test_no_pictures_give_no_rows():
    assert im2col(np.zeros((0, 5, 5, 2)), 3).shape == (0, 18)
    assert col2im(np.zeros((0, 18)), (0, 5, 5, 2), 3).shape == (0, 5, 5, 2)


@pytest.mark.parametrize("name", ["kernel", "stride", "dilation"])
@pytest.mark.parametrize("value", [0, -1, 2**31, 2**62, 1.5, "3", None, (1, 2, 3), (2, 10**5000)])
def test_windows_out_of_range_are_refused(name, value):
    options = {"kernel": 2, name: value}
    with pytest.raises(ParameterError, match=name) as caught:
        im2col(X, **options)
    assert caught.value.where == "im2col"
    with pytest.raises(ParameterError, match=name) as caught:
        col2im(np.ones((9, 4)), (4, 4), **options)
    assert caught.value.where == "col2im"


@pytest.mark.parametrize("value", [-1, 2**62, "sam", (1,), ((1, 2), (3, -1)), None])
def test_paddings_out_of_range_are_refused(value):
    with pytest.raises(ParameterError, match="padding"):
        im2col(X, 2, padding=value)


@pytest.mark.parametrize("shape", [(), (4,), (1, 1, 4, 4, 1)])
def test_other_ranks_are_refused(shape):
    with pytest.raises(ShapeError) as caught:
        im2col(np.ones(shape), 1)
    assert caught.value.code == "K102"
    with pytest.raises(ParameterError, match="shape must be 2 or 3 or 4 values"):
        col2im(np.ones((16, 1)), shape, 1)


@pytest.mark.parametrize(
    "shape",
    [5, None, "44", ("a", "b"), (4, 4.5), (4, -4), (4, True), (2**62, 4), (4, None), {4: 4}],
    ids=repr,
)
def test_a_shape_that_is_none_is_refused(shape):
    with pytest.raises(ParameterError, match="shape"):
        col2im(np.ones((9, 4)), shape, 2)


@pytest.mark.parametrize("shape", [(9, 5), (8, 4), (36,), (9, 2, 2), ()])
def test_columns_of_another_shape_are_refused(shape):
    with pytest.raises(ShapeError) as caught:
        col2im(np.ones(shape), (4, 4), 2)
    assert caught.value.code == "K106"
    assert "(9, 4)" in caught.value.what


@pytest.mark.parametrize("shape", [(2, 9), (9, 2), (0, 0), (0, 5)])
def test_a_kernel_that_does_not_fit_is_refused_with_the_arithmetic(shape):
    with pytest.raises(ShapeError) as caught:
        im2col(np.ones(shape), 3)
    assert caught.value.code == "K104"
    assert caught.value.where == "im2col"
    assert [label for label, _text in caught.value.details] == ["height", "width"]


def test_how_often_each_element_takes_part():
    problem = WindowProblem.parse("h=4 w=4 k=3x3")
    counts = col2im(np.ones((4, 9), int), (4, 4), problem.kernel)
    assert counts.tolist() == [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]
