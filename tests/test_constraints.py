"""Constraints: what they accept and in which form, what they refuse, how they say it."""

import decimal
import enum
import fractions
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.constraints import (
    Boolean,
    Choice,
    Integer,
    Optional,
    Pair,
    Real,
    RefusalError,
    Text,
    Tuple,
    did_you_mean,
    nearest_word,
)
from oracles.properties import examples


class Word(enum.StrEnum):
    RELU = "relu"


SMALL = Integer(1, 9)
SHARE = Real(0, 1, below_maximum=True)
WORD = Choice(("relu", "tanh"))

ACCEPTED = [
    (SMALL, 1, 1),
    (SMALL, 9, 9),
    (SMALL, np.int64(5), 5),
    (SMALL, np.uint8(5), 5),
    (SMALL, np.array(5), 5),
    (Integer(-3, 3), -3, -3),
    (SHARE, 0, 0.0),
    (Real(-1, 2), -1, -1.0),
    (Real(-1, 2), 2, 2.0),
    (SHARE, 0.5, 0.5),
    (SHARE, np.float32(0.5), 0.5),
    (SHARE, np.int8(0), 0.0),
    (SHARE, fractions.Fraction(1, 4), 0.25),
    (Real(), -1e300, -1e300),
    (Real(), 10**300, 1e300),
    (Real(0, above_minimum=True), 5e-324, 5e-324),
    (Boolean(), True, True),
    (Boolean(), np.bool_(False), False),
    (WORD, "relu", "relu"),
    (WORD, np.str_("relu"), "relu"),
    (WORD, Word.RELU, "relu"),
    (Choice(("a",), none_means="a"), None, "a"),
    (Text(5), "한글", "한글"),
    (Text(5), np.str_("abc"), "abc"),
    (Pair(SMALL), 3, (3, 3)),
    (Pair(SMALL), (3, 4), (3, 4)),
    (Pair(SMALL), [3, np.int16(4)], (3, 4)),
    (Pair(WORD), "relu", ("relu", "relu")),
    (Tuple(SMALL, lengths=(1, 3)), 2, (2,)),
    (Tuple(SMALL, lengths=(1, 3)), [2, 3, 4], (2, 3, 4)),
    (Optional(SMALL), None, None),
    (Optional(SMALL), 3, 3),
]

REFUSED = [
    (SMALL, [0, 10, -1, 2**63, 10**5000, 1.0, "1", True, np.True_, None, [1], np.array([1]), 1j]),
    (
        SHARE,
        [
            1,
            -1e-300,
            math.nan,
            math.inf,
            -math.inf,
            10**5000,
            "0.5",
            b"0",
            bytearray(b"0"),
            memoryview(b"0"),
            True,
            np.True_,
            None,
            [0.5],
            np.array([0.5]),
            1j,
            decimal.Decimal("0.5"),
        ],
    ),
    (Boolean(), [0, 1, "True", None, 1.0, [], np.int8(1)]),
    (WORD, ["Relu", "relu ", "", None, 0, b"relu", ["relu"], ("relu",), 10**5000, object]),
    (Text(5), ["", "   ", "abcdef", "a\tb", "a\x00", "\ud800", b"abc", None, 3, ["a"]]),
    (Pair(SMALL), [0, (), (1,), (1, 2, 3), (1, 0), ((1, 2), 3), "12", {1: 2, 3: 4}, None]),
    (Tuple(SMALL, lengths=(1, 3)), [0, (), (1, 2), (1, 2, 3, 4), (1, 2, 0), None, "123"]),
    (Optional(SMALL), [0, "None", False]),
]

EVERY = [
    SMALL,
    Integer(0, 2**31),
    Integer(-3, 3),
    SHARE,
    Real(),
    Real(0, above_minimum=True),
    Real(-5, 5),
    Boolean(),
    WORD,
    Choice(("a", "b"), none_means="a"),
    Text(10),
    Pair(SMALL),
    Pair(SHARE),
    Pair(WORD),
    Tuple(SMALL, lengths=(2,)),
    Tuple(SHARE, lengths=(1, 3)),
    Optional(SMALL),
    Optional(Pair(SMALL)),
    Optional(WORD),
]


@pytest.mark.parametrize(("constraint", "value", "held"), ACCEPTED, ids=repr)
def test_a_value_is_held_in_its_normal_form(constraint, value, held):
    accepted = constraint.accept(value)
    assert accepted == held
    assert type(accepted) is type(held)
    assert constraint.accept(accepted) == held
    assert constraint.accept(constraint.plain(accepted)) == held


@pytest.mark.parametrize(("constraint", "values"), REFUSED, ids=lambda value: type(value).__name__)
def test_other_values_are_refused_with_what_is_allowed(constraint, values):
    for value in values:
        with pytest.raises(RefusalError) as caught:
            constraint.accept(value)
        assert str(caught.value).startswith(constraint.describe())


@pytest.mark.parametrize("constraint", EVERY, ids=repr)
def test_every_constraint_refuses_its_own_bad_values(constraint):
    values = constraint.bad_values()
    assert len(values) >= 5
    for value in values:
        with pytest.raises(RefusalError):
            constraint.accept(value)


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        (Integer(1, 16_384), "a whole number from 1 to 16,384"),
        (Real(), "a finite number"),
        (Real(0), "a number ≥ 0"),
        (Real(maximum=1, below_maximum=True), "a number < 1"),
        (Real(0, 1, above_minimum=True), "a number > 0 and ≤ 1"),
        (Boolean(), "True or False"),
        (WORD, 'one of "relu", "tanh"'),
        (Text(9), "a printable text of 1 to 9 characters"),
        (Pair(SMALL), "a whole number from 1 to 9, or a pair (rows, columns) of them"),
        (Tuple(SMALL, (1, 3)), "1 or 3 values, each a whole number from 1 to 9"),
        (Optional(SMALL), "a whole number from 1 to 9, or None"),
    ],
)
def test_a_constraint_says_what_it_allows(constraint, text):
    assert constraint.describe() == text


@pytest.mark.parametrize(
    ("value", "plain"), [((3, 3), 3), ((3, 4), [3, 4])], ids=["alike", "different"]
)
def test_a_pair_is_written_as_shortly_as_it_can_be(value, plain):
    assert Pair(SMALL).plain(value) == plain
    assert Optional(Pair(SMALL)).plain(value) == plain
    assert Optional(Pair(SMALL)).plain(None) is None


@given(st.integers(), st.integers(), st.integers())
@examples(200)
def test_an_integer_is_accepted_exactly_between_its_ends(low, high, value):
    low, high = sorted((low, high))
    constraint = Integer(low, high)
    if low <= value <= high:
        assert constraint.accept(value) == value
    else:
        with pytest.raises(RefusalError):
            constraint.accept(value)


@given(st.floats(), st.booleans(), st.booleans())
@examples(200)
def test_a_real_is_accepted_exactly_between_its_ends(value, open_below, open_above):
    constraint = Real(-1, 2, above_minimum=open_below, below_maximum=open_above)
    inside = (-1 < value < 2) or (value == -1 and not open_below) or (value == 2 and not open_above)
    if inside:
        assert constraint.accept(value) == value
    else:
        with pytest.raises(RefusalError):
            constraint.accept(value)


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("rleu", "relu"),
        ("tahn", "tanh"),
        ("RELU", None),
        ("xyz", None),
        ("", None),
        ("relu", "relu"),
    ],
)
def test_the_word_that_was_meant_is_found(word, nearest):
    assert nearest_word(word, ("relu", "tanh")) == nearest
    hint = f'; did you mean "{nearest}"?' if nearest else ""
    assert did_you_mean(word, ("relu", "tanh")) == hint


def test_a_giant_word_takes_no_time():
    assert nearest_word("relu" * 10**6, ["relu", "r" * 90]) is None
    with pytest.raises(RefusalError) as caught:
        WORD.accept("relu" * 10**6)
    assert len(str(caught.value)) < 100
