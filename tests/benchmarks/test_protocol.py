import pytest
from benchmarks.suite.protocol import as_line, from_line


def test_a_message_is_one_line_whatever_it_holds():
    message = {"do": "burst", "configuration": "a\nb «ü»", "calls": 3, "seconds": 0.125}
    line = as_line(message)
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert from_line(line) == message


def test_numbers_that_are_none_come_through():
    assert str(from_line(as_line({"groups": [[float("nan"), float("inf")]]}))["groups"]) == (
        "[[nan, inf]]"
    )


@pytest.mark.parametrize("line", ["", "[1]", "3", "{", "loading libraries …"])
def test_a_line_that_holds_no_message_is_refused(line):
    with pytest.raises(ValueError, match=r"."):
        from_line(line)
