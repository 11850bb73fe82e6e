"""Small things that a screen needs: values, help, drawings."""

import numpy as np
import pytest

from konv.cli.help import definition_lines, wrapped
from konv.cli.terminal import plain_data
from konv.cli.terminal_pictures import drawn, side_by_side
from konv.cli.values import SIZE, Value
from konv.constraints import Choice, Integer, Optional, Real
from konv.errors import ParameterError
from konv.language.tables import places


@pytest.mark.parametrize(
    ("text", "size"), [("32", (32, 32)), ("24x32", (24, 32)), ("1×16384", (1, 16384))]
)
def test_sizes_are_read(text, size):
    assert SIZE.convert(text, None, None) == size


@pytest.mark.parametrize("value", SIZE.constraint.bad_values())
def test_other_sizes_are_refused(value):
    with pytest.raises(ParameterError):
        SIZE.convert(value, None, None)


@pytest.mark.parametrize(
    ("constraint", "text", "value"),
    [
        (Integer(0, 9), "7", 7),
        (Real(), "1e-3", 0.001),
        (Real(), "2", 2.0),
        (Optional(Integer(1, 9)), "3", 3),
        (Choice(("a", "1")), "1", "1"),
    ],
)
def test_texts_become_what_constraints_accept(constraint, text, value):
    assert Value(constraint).convert(text, None, None) == value


def test_an_option_that_is_given_is_never_none():
    with pytest.raises(ParameterError) as caught:
        Value(Optional(Integer(1, 9))).convert("none", None, None)
    assert "None" not in caught.value.fix


def test_values_that_json_does_not_have_become_those_it_has():
    facts = {1: np.float32(0.5), "a": [np.int64(3), float("inf")], "b": np.arange(2), "c": None}
    assert plain_data(facts) == {"1": 0.5, "a": [3, None], "b": [0, 1], "c": None}


@pytest.mark.parametrize("text", ["word " * 40, "합성곱 층의 특징 맵 " * 12, "x" * 200])
def test_paragraphs_are_wrapped_at_80_places(text):
    lines = wrapped(text, "    ")
    assert " ".join(line.strip() for line in lines) == text.strip()
    assert all(places(line) <= 80 for line in lines if " " in line.strip())


def test_definitions_line_up_in_any_script():
    lines = definition_lines([("인자", "하나"), ("--long-option", "two"), ("b", "three")], 6)
    assert lines == [
        "  인자    하나",
        "  --long-option",
        "          two",
        "  b       three",
    ]


def test_the_darkest_pixel_is_empty_and_the_brightest_is_full():
    levels = np.array([[0, 64, 128, 191, 255]], np.uint8)
    assert drawn(levels, plain=False) == ["  ░░▒▒▓▓██"]
    assert drawn(levels[..., None], plain=True) == ["  ..::**##"]


def test_blocks_of_any_height_stand_beside_each_other():
    assert side_by_side([["가", "b"], ["c"], []]).splitlines() == ["가   c", "b"]
