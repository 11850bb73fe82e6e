"""How often each place takes part: as many as a loop over all windows counts."""

import numpy as np
import pytest
from hypothesis import given

import konv
from oracles.naive import meetings
from oracles.problems import convolution_problems


@given(convolution_problems())
def test_it_is_what_a_loop_over_all_windows_counts(problem):
    counted = np.zeros(problem.size, int)
    for _i, _j, _u, _v, row, column in meetings(problem):
        counted[row, column] += 1
    found = konv.participation(
        problem.size,
        problem.kernel,
        stride=problem.stride,
        padding=problem.padding,
        dilation=problem.dilation,
    )
    assert found.tolist() == counted.tolist()


@pytest.mark.parametrize("size", [7, (7, 7), [7, 7]])
def test_one_number_stands_for_rows_and_columns(size):
    assert konv.participation(size, 7).tolist() == [[1] * 7] * 7


def test_a_stride_larger_than_the_kernel_leaves_places_out():
    assert konv.participation((1, 5), (1, 1), stride=2).tolist() == [[1, 0, 1, 0, 1]]
