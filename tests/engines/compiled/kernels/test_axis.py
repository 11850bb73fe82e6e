"""Strips against the definition of a convolution, output by output and tap by tap."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.engines.compiled.kernels.axis import Axis, convolution_axis, input_gradient_axis
from oracles.properties import examples

SMALL = st.integers(1, 5)
AXES = st.tuples(st.integers(1, 20), SMALL, SMALL, SMALL, st.integers(0, 9))


def _outputs(size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    """How many windows there are, with ``padding`` zeros on both sides."""
    return (size + 2 * padding - (kernel - 1) * dilation - 1) // stride + 1


def _meetings(axis: Axis, most: int) -> Iterator[tuple[int, int, int]]:
    """(output, input, kernel element) for all strips."""
    for strips in axis.strips(most):
        assert len({strip.count for strip in strips}) == 1
        for strip in strips:
            assert 1 <= strip.count <= most
            for t in range(strip.count):
                for m in range(strip.taps):
                    place = strip.input + t * axis.input_step + m * axis.apart
                    output = strip.output + t * axis.output_step
                    yield output, place, strip.tap + m * axis.tap_step


@given(AXES, st.integers(1, 7), st.booleans())
@examples(200)
def test_a_convolution_meets_every_element_of_the_map_that_its_windows_cover(
    problem: tuple[int, ...], most: int, flipped: bool
) -> None:
    size, kernel, stride, dilation, padding = problem
    outputs = _outputs(*problem)
    if outputs < 1:
        return
    axis = convolution_axis((size, outputs), kernel, stride, dilation, padding)
    axis = axis.flipped(kernel) if flipped else axis
    expected = {
        (i, i * stride + k * dilation - padding, kernel - 1 - k if flipped else k)
        for i in range(outputs)
        for k in range(kernel)
    }
    _check(axis, most, expected)


@given(AXES, st.integers(1, 7), st.booleans())
@examples(200)
def test_an_input_gradient_meets_what_the_convolution_met(
    problem: tuple[int, ...], most: int, flipped: bool
) -> None:
    size, kernel, stride, dilation, padding = problem
    outputs = _outputs(*problem)
    if outputs < 1:
        return
    axis = input_gradient_axis((outputs, size), kernel, stride, dilation, padding)
    axis = axis.flipped(kernel) if flipped else axis
    expected = {
        (i * stride + k * dilation - padding, i, kernel - 1 - k if flipped else k)
        for i in range(outputs)
        for k in range(kernel)
    }
    _check(axis, most, {(h, i, k) for h, i, k in expected if 0 <= h < size})


def _check(axis: Axis, most: int, expected: set[tuple[int, int, int]]) -> None:
    """No meeting inside the map is missing, none comes twice, none is outside what is reached."""
    meetings = list(_meetings(axis, most))
    inside = [meeting for meeting in meetings if 0 <= meeting[1] < axis.size]
    assert len(set(meetings)) == len(meetings)
    assert set(inside) == {meeting for meeting in expected if 0 <= meeting[1] < axis.size}
    before, after = axis.reach()
    assert all(-before <= place < axis.size + after for _, place, _ in meetings)


@given(AXES, st.integers(1, 7))
@examples(100)
def test_every_output_is_in_one_strip_of_one_of_two_sizes(
    problem: tuple[int, ...], most: int
) -> None:
    size, kernel, stride, dilation, padding = problem
    axis = input_gradient_axis(
        (max(1, _outputs(*problem)), size), kernel, stride, dilation, padding
    )
    groups = axis.strips(most)
    outputs = [
        strip.output + t * axis.output_step
        for strips in groups
        for strip in strips
        for t in range(strip.count)
    ]
    assert sorted(outputs) == list(range(size))
    assert len(groups) <= 2


@pytest.mark.parametrize("pool", [2, 3])
def test_the_outputs_of_a_pool_share_their_taps(pool: int) -> None:
    axis = convolution_axis((8, 8 // pool), 3, 1, 1, 1, pool=pool)
    (strips,) = axis.strips(1)
    assert [strip.input for strip in strips] == [i * pool - 1 for i in range(8 // pool)]
    assert {strip.taps for strip in strips} == {3}


def test_taps_that_meet_only_the_border_are_left_out() -> None:
    axis = input_gradient_axis((4, 6), 3, 1, 1, 0)
    (strips,) = axis.strips(1)
    assert [strip.taps for strip in strips] == [1, 2, 3, 3, 2, 1]
    assert [strip.tap for strip in strips] == [0, 1, 2, 2, 2, 2]
    assert [strip.input for strip in strips] == [0, 0, 0, 1, 2, 3]
