"""Size arithmetic equals an enumeration of windows, and Keras's table for "same"."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.errors import ParameterError, ShapeError
from konv.layers import dropped_size, output_size, padding_size
from konv.layers.size import AxisPaddingConstraint, window_axis
from konv.limits import MAX_SIDE
from oracles.naive import window_starts, zeros_around
from oracles.properties import examples

SIDE = st.integers(0, 5)
AXES = st.fixed_dictionaries(
    {
        "size": st.integers(1, 14),
        "kernel": st.integers(1, 6),
        "stride": st.integers(1, 7),
        "dilation": st.integers(1, 4),
        "padding": st.one_of(
            st.sampled_from(["valid", "same", "full"]), SIDE, st.tuples(SIDE, SIDE)
        ),
    }
)
FUNCTIONS = pytest.mark.parametrize("function", [output_size, padding_size, dropped_size])


def rows_behind(size, kernel, dilation, starts):
    """How many rows of the map come after the last element of the last window."""
    return len([row for row in range(size) if row > starts[-1] + (kernel - 1) * dilation])


@given(AXES)
@examples(500)
def test_it_equals_an_enumeration_of_windows(axis):
    values = (axis["size"], axis["kernel"], axis["stride"], axis["dilation"])
    zeros = zeros_around(*values, axis["padding"])
    starts = window_starts(*values, zeros)
    size, options = axis["size"], {name: axis[name] for name in axis if name != "size"}
    if not starts:
        for function in (output_size, padding_size, dropped_size):
            with pytest.raises(ShapeError) as caught:
                function(size, **options)
            assert caught.value.code == "K104"
        return
    assert output_size(size, **options) == len(starts)
    assert padding_size(size, **options) == zeros
    assert dropped_size(size, **options) == rows_behind(
        size, axis["kernel"], axis["dilation"], starts
    )


@given(AXES)
@examples(300)
def test_a_kernel_that_does_not_fit_comes_with_the_largest_that_does(axis):
    size, options = axis["size"], {name: axis[name] for name in axis if name != "size"}
    try:
        output_size(size, **options)
    except ShapeError as error:
        most = int(error.fix.split("at most ")[1].split(",")[0])
        assert output_size(size, **{**options, "kernel": most}) >= 1
        with pytest.raises(ShapeError):
            output_size(size, **{**options, "kernel": most + 1})


@pytest.mark.parametrize("size", range(1, 13))
def test_same_is_that_of_tensorflow(size):
    for kernel in range(1, 6):
        for stride in range(1, 5):
            for dilation in (1, 2):
                options = {"kernel": kernel, "stride": stride, "dilation": dilation}
                output = math.ceil(size / stride)
                reach = (kernel - 1) * dilation + 1
                total = max((output - 1) * stride + reach - size, 0)
                before, after = padding_size(size, padding="same", **options)
                assert output_size(size, padding="same", **options) == output
                assert before + after == total
                assert after - before in (0, 1), "the odd zero stands at the bottom or right"


# Worked out by hand: size, kernel, stride -> output, (before, after).
BY_HAND = [
    (7, 3, 2, 4, (1, 1)),  # ⌈7 / 2⌉ = 4; (4 − 1)·2 + 3 − 7 = 2
    (6, 3, 2, 3, (0, 1)),  # ⌈6 / 2⌉ = 3; (3 − 1)·2 + 3 − 6 = 1
    (28, 5, 1, 28, (2, 2)),
    (28, 2, 1, 28, (0, 1)),
    (5, 1, 3, 2, (0, 0)),  # ⌈5 / 3⌉ = 2; (2 − 1)·3 + 1 − 5 < 0
    (5, 4, 4, 2, (1, 2)),  # ⌈5 / 4⌉ = 2; (2 − 1)·4 + 4 − 5 = 3
    (1, 5, 1, 1, (2, 2)),
    (224, 7, 2, 112, (2, 3)),  # 111·2 + 7 − 224 = 5
]


@pytest.mark.parametrize(("size", "kernel", "stride", "output", "zeros"), BY_HAND)
def test_same_by_hand(size, kernel, stride, output, zeros):
    assert output_size(size, kernel=kernel, stride=stride, padding="same") == output
    assert padding_size(size, kernel=kernel, stride=stride) == zeros


@pytest.mark.parametrize(
    ("size", "options", "dropped"),
    [
        (7, {"kernel": 2, "stride": 2}, 1),
        (8, {"kernel": 2, "stride": 2}, 0),
        (9, {"kernel": 4, "stride": 4}, 1),
        (11, {"kernel": 4, "stride": 4}, 3),
        (10, {"kernel": 4, "stride": 4, "padding": (0, 1)}, 2),  # one of the three is a zero
        (11, {"kernel": 4, "stride": 4, "padding": "same"}, 0),
        (1, {"kernel": 1, "stride": 6, "padding": (5, 0)}, 1),  # the only window sees a zero
    ],
)
def test_rows_that_no_window_reaches_are_counted(size, options, dropped):
    assert dropped_size(size, **options) == dropped


HOSTILE = (0, -1, MAX_SIDE + 1, 2**31, 2**62, 2**63 - 1, 10**5000, 1.5, "3", None, True, (3,))


@FUNCTIONS
@pytest.mark.parametrize("name", ["size", "kernel", "stride", "dilation"])
def test_values_out_of_range_are_refused(function, name):
    for value in HOSTILE:
        options = {"size": 9, "kernel": 3, name: value}
        with pytest.raises(ParameterError) as caught:
            function(options.pop("size"), **options)
        assert caught.value.code == "K201"
        assert caught.value.what.startswith(f"{name}=")
        assert caught.value.where == function.__name__


@FUNCTIONS
@pytest.mark.parametrize("value", AxisPaddingConstraint().bad_values(), ids=repr)
def test_paddings_out_of_range_are_refused(function, value):
    with pytest.raises(ParameterError) as caught:
        function(9, kernel=3, padding=value)
    assert '"valid", "same", "full"' in caught.value.fix


@pytest.mark.parametrize("padding", ["valid", "same", "full", MAX_SIDE, (MAX_SIDE, 0)])
def test_the_largest_values_are_whole_numbers_of_any_size(padding):
    axis = window_axis(MAX_SIDE, MAX_SIDE, stride=1, padding=padding, dilation=MAX_SIDE)
    assert axis.span == (MAX_SIDE - 1) * MAX_SIDE + 1
    assert axis.output == MAX_SIDE + axis.before + axis.after - axis.span + 1
    assert all(isinstance(value, int) for value in (axis.output, axis.room, axis.dropped))


@pytest.mark.parametrize(
    ("axis", "text"),
    [
        (window_axis(4, 5), "(4 + 2·0 − 5) / 1 + 1 = 0"),
        (window_axis(3, 5), "(3 + 2·0 − 5) / 1 + 1 = −1"),
        (window_axis(28, 5, padding=2), "(28 + 2·2 − 5) / 1 + 1 = 28"),
        (window_axis(7, 2, stride=2), "⌊(7 + 2·0 − 2) / 2⌋ + 1 = 3"),
        (window_axis(6, 3, stride=2, padding="same"), "(6 + 0 + 1 − 3) / 2 + 1 = 3"),
        (window_axis(9, 3, dilation=2), "(9 + 2·0 − ((3 − 1)·2 + 1)) / 1 + 1 = 5"),
    ],
)
def test_the_arithmetic_is_shown_and_right(axis, text):
    assert axis.arithmetic() == text


@given(AXES)
@examples(200)
def test_the_arithmetic_that_is_shown_is_a_true_equation(axis):
    made = window_axis(
        axis["size"],
        axis["kernel"],
        stride=axis["stride"],
        padding=axis["padding"],
        dilation=axis["dilation"],
    )
    left, right = made.arithmetic().replace("·", "*").replace("−", "-").rsplit(" = ", 1)
    if "⌊" in left:
        left = left.replace("⌊", "math.floor(").replace("⌋", ")")
    assert eval(left, {"math": math}) == int(right)


@pytest.mark.parametrize(
    ("size", "kernel", "options", "unseen"),
    [
        (9, 3, {}, 0),
        (9, 2, {"stride": 2}, 1),  # the last row
        (8, 2, {"stride": 3}, 2),  # rows 2 and 5, between windows
        (8, 2, {"stride": 2, "dilation": 2}, 4),  # 1, 3, 5 between elements, and 7
        (6, 1, {"stride": 2, "padding": 1}, 3),  # windows on a zero, and on rows 1, 3, 5
        (5, 2, {"stride": 4, "padding": (3, 0)}, 3),  # row 0 between windows, 3 and 4 behind them
    ],
)
def test_rows_that_no_window_sees_are_counted_wherever_they_are(size, kernel, options, unseen):
    assert window_axis(size, kernel, **options).unseen == unseen
