"""Python in a process of its own."""

import numpy as np
import pytest

from konv.formats.exchange import apart
from konv.formats.exchange.apart import ApartError, run_apart

ROW = np.float32([[1, -2]])


def test_words_come_before_the_files_and_the_environment_is_told():
    program = """
import os, sys
import numpy
word, given, made = sys.argv[1:]
numpy.save(made, float(word) * numpy.load(given))
print(os.environ["FACTOR"])
"""
    outputs, printed = run_apart(program, ["3"], ROW, environment={"FACTOR": "three"})
    assert (outputs.tolist(), printed) == ([[3, -6]], "three\n")


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; print('first'); sys.exit('the last line')", "the last line"),
        ("raise SystemExit(7)", "7"),
        ("raise ValueError('\x1b[31mred')", r"\\x1b\[31mred"),
    ],
)
def test_a_program_that_fails_says_why_in_its_last_line(program, reason):
    with pytest.raises(ApartError, match=reason):
        run_apart(program, [], ROW)


def test_a_program_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(apart, "_MOST_SECONDS", 0.5)
    with pytest.raises(ApartError, match=r"0\.5 seconds"):
        run_apart("while True: pass", [], ROW)
