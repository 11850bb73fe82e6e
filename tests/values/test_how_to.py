"""The page on explanations: its Python prints what stands below it, its options exist."""

import contextlib
import io
import re
import shlex

import konv
from documents import ROOT
from konv.cli.main import main

PAGE = (ROOT / "docs" / "how-to" / "explain.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_prints_what_stands_below_it():
    code, said = (next(body for kind, body in BLOCKS if kind == k) for k in ("python", "text"))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {})
    assert printed.getvalue() == said


def test_the_counts_are_right():
    code = [body for kind, body in BLOCKS if kind == "python"][1]
    once, full = (eval(line.split("#")[0], {"konv": konv}) for line in code.splitlines())
    assert (once[0, 0], once[1, 1]) == (1, 4)
    assert (full == 9).all()


def test_the_commands_have_these_options():
    with contextlib.redirect_stdout(io.StringIO()) as usage:
        assert main(["explain", "--help"]) == 0
    lines = [line for kind, body in BLOCKS if kind == "sh" for line in body.splitlines()]
    assert len(lines) == 6
    for line in lines:
        words = shlex.split(line)
        assert words[:2] == ["konv", "explain"]
        for word in words:
            assert not word.startswith("--") or word in usage.getvalue(), word
