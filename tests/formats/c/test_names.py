"""Names of people in C: nothing in them ends a comment, a text or an identifier."""

import re

import pytest

from konv.formats.c.names import identifiers, quoted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat", '"cat"'),
        ("고양이 é", '"고양이 é"'),
        ('say "cat"', r'"say \"cat\""'),
        ("back\\slash", r'"back\\slash"'),
        ("two\nlines\r\t", r'"two\nlines\r\t"'),
        ("??/ ??' ???", r'''"?\?/ ?\?' ?\?\?"'''),
        ("*/ int x; /*", r'"*\057 int x; /\052"'),
        ("/*/", r'"/\052\057"'),
        ("bell\x071", r'"bell\0071"'),
        ("\u202eright to left", r'"\342\200\256right to left"'),
        ("line\u2028break", r'"line\342\200\250break"'),
        ("\U000e0001tag", r'"\363\240\200\201tag"'),
        ("%s %n", '"%s %n"'),
        ("", '""'),
    ],
)
def test_a_text_in_c(text, expected):
    assert quoted(text) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["conv2d_1/kernel"], ["conv2d_1_kernel"]),
        (["a-b/bias", "a b/bias", "a_b/bias"], ["a_b_bias", "a_b_bias_2", "a_b_bias_3"]),
        (["a/b", "a_b_2", "a-b"], ["a_b", "a_b_2", "a_b_3"]),
        (["합성곱", "풀링"], ["array", "array_2"]),
        (["합성곱/kernel", "풀링/kernel"], ["array_kernel", "array_kernel_2"]),
        (["9/kernel"], ["array_9_kernel"]),
        (["konv/window", "konv_/bias"], ["array_konv_window", "array_konv_bias"]),
        (["__x__/bias"], ["array_x_bias"]),
        (["x" * 120 + "/bias", "x" * 120 + "/kernel"], ["x" * 40, "x" * 40 + "_2"]),
    ],
)
def test_names_in_c_are_safe_and_differ(names, expected):
    assert identifiers(names) == dict(zip(names, expected, strict=True))
    assert all(re.fullmatch("[a-z]\\w{0,62}", name, re.ASCII) for name in expected)
