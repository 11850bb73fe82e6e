"""The page on maps: its Python prints what stands below it, its commands have these options."""

from documents import ROOT, blocks, commands, printed_by, unknown_options

PAGE = (ROOT / "docs" / "how-to" / "maps.md").read_text("utf-8")


def test_the_example_prints_what_stands_below_it():
    assert printed_by(blocks(PAGE, "python")[0]) == blocks(PAGE, "text")[0]


def test_the_commands_have_these_options():
    lines = commands(PAGE)
    assert [line[0] for line in lines] == ["maps"] * 7
    assert unknown_options("maps", lines) == []
