"""The pages on converting: every format has its row, and their commands are konv's."""

import re

import pytest

from documents import ROOT, blocks, commands, unknown_options
from konv.formats.code_reading.files import CODE_ENDINGS
from konv.formats.targets import TARGETS
from konv.limits import MAX_WEIGHTS_IN_C

PAGES = {
    name: (ROOT / "docs" / "how-to" / name).read_text("utf-8")
    for name in ("convert.md", "convert.ko.md")
}
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)


def first_cells(page, number):
    """What stands between backticks in the first cells of a table."""
    table = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)[number]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


@each_page
def test_every_format_that_is_written_has_a_row(page):
    assert sorted(first_cells(page, 0)) == sorted(TARGETS)


@each_page
def test_the_files_that_are_read_have_rows(page):
    read = {*CODE_ENDINGS, ".onnx", ".keras", ".h5", ".safetensors", ".pt"} - {".markdown"}
    assert read <= set(first_cells(page, 1))


@each_page
def test_its_commands_are_those_of_konv(page):
    lines = commands(page)
    assert {line[0] for line in lines} == {"convert", "evaluate"}
    assert unknown_options("convert", lines) == []
    assert {line[line.index("--to") + 1] for line in lines if "--to" in line} <= set(TARGETS)


@each_page
def test_its_numbers_are_the_limits(page):
    assert f"{MAX_WEIGHTS_IN_C:,}" in page


def test_both_languages_show_the_same():
    english, korean = PAGES.values()
    without = re.compile(r"\s*#.*")
    for first, second in zip(blocks(english, "sh"), blocks(korean, "sh"), strict=True):
        assert without.sub("", first) == without.sub("", second)
    assert first_cells(english, 0) == first_cells(korean, 0)
