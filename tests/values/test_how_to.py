"""The page on explanations: its Python prints what stands below it, its options exist."""

import konv
from documents import ROOT, blocks, commands, printed_by, unknown_options

PAGE = (ROOT / "docs" / "how-to" / "explain.md").read_text("utf-8")


def test_the_example_prints_what_stands_below_it():
    assert printed_by(blocks(PAGE, "python")[0]) == blocks(PAGE, "text")[0]


def test_the_counts_are_right():
    code = blocks(PAGE, "python")[1]
    once, full = (eval(line.split("#")[0], {"konv": konv}) for line in code.splitlines())
    assert (once[0, 0], once[1, 1]) == (1, 4)
    assert (full == 9).all()


def test_the_commands_have_these_options():
    lines = commands(PAGE)
    assert [line[0] for line in lines] == ["explain"] * 6
    assert unknown_options("explain", lines) == []
