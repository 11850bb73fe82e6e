import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.explain.figures.fonts import lettering_for
from konv.explain.figures.names import clean, distinct, shown_label, shown_names


def shown(*names):
    cleaned = [clean(name) for name in names]
    return shown_names(cleaned, lettering_for(cleaned))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rose", "rose"),
        (7, "7"),
        (" two\n\twords ", "two words"),
        ("bell\a", "bell�"),
        ("lone \udc80", "lone �"),
        ("right\u202eleft", "rightleft"),
        (unicodedata.normalize("NFD", "민들레"), "민들레"),
    ],
)
def test_cleans_what_cannot_be_drawn_on_one_line(name, text):
    assert clean(name) == text


def test_a_name_of_a_million_letters_is_cut():
    assert len(clean("x" * 10**6)) == 200


def test_names_stay_when_a_font_has_their_letters(install):
    install("Test Hangul", "민들레")
    assert shown("민들레", "rose") == shown("민들레", "rose")
    assert shown("민들레", "rose").texts == ("민들레", "rose")
    assert shown("민들레", "rose").notes == ()


def test_hangul_is_romanised_without_a_font_and_a_note_says_so():
    names = shown("민들레", "rose")
    assert names.texts == ("mindeulle", "rose")
    [note] = names.notes
    assert "romanised" in note


def test_names_in_other_scripts_are_numbered_from_0_and_a_note_says_so():
    names = shown("rose", "犬", "猫 cat")
    assert names.texts == ("rose", "class 1", "class 2")
    [note] = names.notes
    assert "counted from 0" in note


def test_symbols_are_left_out_when_letters_remain():
    assert shown("🐶 dog", "🐶").texts == ("dog", "class 1")


def test_names_that_would_look_alike_get_their_number():
    assert shown("빛", "빗", "rose").texts == ("bit (0)", "bit (1)", "rose")


def test_a_label_that_cannot_be_drawn_keeps_the_letters_that_can():
    label = "층 犬 1"
    assert shown_label(label, lettering_for([label])) == "cheung ? 1"


@given(st.lists(st.text(max_size=8), unique_by=clean, max_size=6))
def test_what_is_shown_can_be_drawn_and_is_never_blank(names):
    texts = shown(*names).texts
    assert lettering_for(texts).missing == frozenset()
    assert all(text.strip() for text in texts)


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=6))
def test_distinct_texts_are_distinct(texts):
    assert len(set(distinct(texts))) == len(texts)
