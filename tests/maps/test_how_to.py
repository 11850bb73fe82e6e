"""The page on maps: its Python prints what stands below it, its commands have these options."""

import contextlib
import io
import re
import shlex

from documents import ROOT
from konv.cli.main import main

PAGE = (ROOT / "docs" / "how-to" / "maps.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_prints_what_stands_below_it():
    code, said = (next(body for kind, body in BLOCKS if kind == k) for k in ("python", "text"))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {})
    assert printed.getvalue() == said


def test_the_commands_have_these_options():
    with contextlib.redirect_stdout(io.StringIO()) as usage:
        assert main(["maps", "--help", "--lang", "en"]) == 0
    lines = [line for kind, body in BLOCKS if kind == "sh" for line in body.splitlines()]
    assert len(lines) == 7
    for line in lines:
        words = shlex.split(line, comments=True)
        assert words[:2] == ["konv", "maps"]
        assert all(word in usage.getvalue() for word in words if word.startswith("--"))
