"""The page on konv design: what it quotes is said today, its Python runs, its options exist."""

import contextlib
import io
import re
import shlex

from documents import ROOT, in_an_empty_folder
from konv.cli.main import main

PAGE = (ROOT / "docs" / "how-to" / "design.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def blocks(kind):
    return [body for found, body in BLOCKS if found == kind]


def said_by(line):
    with in_an_empty_folder(), contextlib.redirect_stdout(io.StringIO()) as said:
        assert main([*shlex.split(line)[1:], "--lang", "en"]) == 0
    return said.getvalue()


def test_the_example_says_what_stands_below_it():
    assert said_by(blocks("sh")[0]) == blocks("text")[0]


def test_the_error_says_what_stands_below_it():
    from documents import with_messages

    assert with_messages(PAGE) == PAGE


def test_the_commands_have_these_options():
    usage = said_by("konv design --help") + said_by("konv train --help")
    options = re.findall(r"--[a-z][a-z-]+", PAGE)
    assert len(options) > 20
    assert [option for option in options if option not in usage and option != "--json"] == []


def test_the_python_runs():
    [code] = blocks("python")
    names = {}
    with in_an_empty_folder(), contextlib.redirect_stdout(io.StringIO()) as said:
        exec(code, names)
    assert said.getvalue().count("conv") >= 5
    assert names["model"].network.parameters <= 20_000


def test_the_table_holds_the_factors_of_the_code():
    from konv.design.search import merit

    table = PAGE[PAGE.index("## How they are ranked") :]
    for name in ("_WEIGHTS", "_MACS", "_SIDE", "_SEEN", "_NORMALIZED", "_OTHER_SQUARE"):
        assert f"{getattr(merit, name):.2f}" in table, name
    for ending in ("average", "hidden"):
        assert f"− {-merit._ENDING[ending]:.2f}" in table
