"""konv size: the arithmetic forward, and the other way round."""

import json

import pytest


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["28", "--kernel", "5"], "(28 + 2·0 − 5) / 1 + 1 = 24"),
        (["28", "--kernel", "5", "--stride", "1", "--padding", "2"], "28 → 28"),
        (["7", "--kernel", "3", "--stride", "2", "--padding", "same"], "7 → 4"),
        (["9", "--kernel", "2", "--stride", "2"], "1 of 9"),
        (["28", "--kernel", "2", "--padding", "same"], "0 before, 1 after"),
        (["28", "--kernel", "3", "--dilation", "2"], "((3 − 1)·2 + 1)"),
        (["4", "--kernel", "3", "--padding", "full"], "4 → 6"),
        (["39x31", "--kernel", "4"], "columns 31 → 28"),
    ],
)
def test_windows_are_counted_with_their_arithmetic(konv, arguments, said):
    result = konv("size", *arguments)
    assert result.code == 0
    assert said in result.out


def test_the_same_is_data(konv):
    answer = json.loads(konv("size", "39x31", "--kernel", "2", "--stride", "2", "--json").out)
    assert (answer["rows"]["output"], answer["columns"]["output"]) == (19, 15)
    assert (answer["rows"]["unseen"], answer["columns"]["unseen"]) == (1, 1)


def test_a_size_is_asked_for_and_the_simplest_windows_come_first(konv):
    result = konv("size", "28", "--to", "14")
    title, _head, first, *_more = result.out.splitlines()
    assert title == "28 → 14"
    assert first.split() == ["2", "2", "valid", "1", "none", "none"]
    settings = json.loads(konv("size", "28", "--to", "14", "--json").out)["settings"]
    assert settings[0] == {"kernel": 2, "stride": 2}
    assert len(settings) == 12


def test_both_axes_get_the_same_windows_if_any_do_both(konv):
    answer = json.loads(konv("size", "39x31", "--to", "36x28", "--json").out)
    assert answer["settings"][0] == {"kernel": 4}


def test_otherwise_each_axis_gets_its_own(konv):
    result = konv("size", "39x31", "--to", "18x7")
    assert "rows 39 → 18" in result.out
    assert "columns 31 → 7" in result.out
    assert json.loads(konv("size", "39x31", "--to", "18x7", "--json").out).get("settings") is None


def test_answers_can_be_narrowed(konv):
    answer = json.loads(
        konv(
            "size", "28", "--to", "14", "--kernel", "3", "--padding", "1", "--most", "1", "--json"
        ).out
    )
    assert answer["settings"] == [{"kernel": 3, "stride": 2, "padding": 1}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["28"], "--kernel is missing"),
        (["28", "--kernel", "3", "--most", "2"], "--most needs --to"),
        (["28", "--kernel", "40"], "at most 28"),
        (["0", "--kernel", "3"], "whole number from 1 to 16,384"),
        (["28", "--kernel", "3", "--padding", "sam"], '"same"'),
        (
            ["28", "--to", "13", "--kernel", "3", "--stride", "1", "--dilation", "1"],
            "26, with kernel=3",
        ),
        (["28", "--to", "x"], "a size in pixels"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(konv, arguments, said):
    result = konv("size", *arguments)
    assert result.code == 2
    assert said in result.err
    assert "Traceback" not in result.err


def test_korean(konv):
    assert "패딩" in konv("size", "28", "--to", "14", "--lang", "ko").out


def test_lines_are_short(konv):
    for arguments in (["28", "--to", "14"], ["39x31", "--to", "18x7"]):
        assert max(map(len, konv("size", *arguments).out.splitlines())) <= 80
