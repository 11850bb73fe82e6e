"""Tables that line up on a screen, compared with rich's own count of places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from konv.language.tables import padded, places, printable, shortened, table

WORDS = st.text(st.sampled_from("abc é민들레日本ｱ─…"), max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("daisy", 5),
        ("민들레", 6),
        ("é", 1),
        ("e\u0301", 1),
        ("\u1106\u1175\u11ab", 2),  # 민 in pieces, as macOS stores it
        ("日本", 4),
        ("🌼", 2),
        ("━", 1),
    ],
)
def test_places_are_those_on_a_screen(text, expected):
    assert places(text) == expected


@given(WORDS)
def test_places_agree_with_rich(text):
    assert places(text) == cell_len(text)


@given(WORDS, st.integers(1, 10))
def test_a_shortened_text_fits_and_is_a_beginning(text, width):
    short = shortened(text, width)
    assert places(short) <= width
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
    if short != text:
        # One more character would not have fitted.
        assert places(short) + places(text[len(short) - 1]) > width


@given(WORDS, st.integers(0, 30))
def test_padding_goes_to_the_side_that_is_asked_for(text, width):
    left, right = padded(text, width), padded(text, width, right=True)
    assert places(left) == places(right) == max(width, places(text))
    assert left.startswith(text)
    assert right.endswith(text)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\nb", "a�b"),
        ("\x1b[31m", "�[31m"),
        ("\u202eabc", "�abc"),
        ("a\tb", "a�b"),
        ("é 민", "é 민"),
    ],
)
def test_nothing_that_controls_a_screen_is_shown(hostile, shown):
    assert printable(hostile) == shown


def test_columns_line_up_whatever_the_script():
    lines = table([["", "a", "정밀도"], ["꽃", "1", "22"], ["daisy", "333", ""]])
    assert lines == [
        "         a  정밀도",
        "꽃       1      22",
        "daisy  333",
    ]


def test_more_columns_may_begin_at_the_left():
    assert table([["a", "b", "1"], ["cc", "dd", "22"]], left=2) == ["a   b    1", "cc  dd  22"]


def test_no_rows_are_no_lines():
    assert table([]) == []
