"""The page on konv design: what it quotes is said today, its Python runs, its options exist."""

import re

from documents import (
    ROOT,
    blocks,
    commands,
    in_an_empty_folder,
    output_of,
    printed_by,
    with_messages,
)

PAGE = (ROOT / "docs" / "how-to" / "design.md").read_text("utf-8")


def said_by(words):
    with in_an_empty_folder():
        return output_of(*words)


def test_the_example_says_what_stands_below_it():
    assert said_by(commands(PAGE)[0]) == blocks(PAGE, "text")[0]


def test_the_error_says_what_stands_below_it():
    assert with_messages(PAGE) == PAGE


def test_the_commands_have_these_options():
    usage = output_of("design", "--help") + output_of("train", "--help")
    options = re.findall(r"--[a-z][a-z-]+", PAGE)
    assert len(options) > 20
    assert [option for option in options if option not in usage and option != "--json"] == []


def test_the_python_runs():
    [code] = blocks(PAGE, "python")
    names = {}
    with in_an_empty_folder():
        assert printed_by(code, names).count("conv") >= 5
    assert names["model"].network.parameters <= 20_000


def test_the_table_holds_the_factors_of_the_code():
    from konv.design.search import merit

    table = PAGE[PAGE.index("## How they are ranked") :]
    for name in ("_WEIGHTS", "_MACS", "_SIDE", "_SEEN", "_NORMALIZED", "_OTHER_SQUARE"):
        assert f"{getattr(merit, name):.2f}" in table, name
    for ending in ("average", "hidden"):
        assert f"− {-merit._ENDING[ending]:.2f}" in table
