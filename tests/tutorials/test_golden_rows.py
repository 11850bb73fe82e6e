"""Every number of the tutorials: from the command line in both languages, and from Python."""

import json
import re

import numpy as np
import pytest

from konv.cli.main import main
from tutorials import network_rows, value_rows
from tutorials.rows import file_name

ROWS = (*network_rows.ROWS, *value_rows.ROWS)
# The rows that there are: G4, G6, G8, G14, G16, G25 and V3 are none of their own.
ALL = {
    *(f"G{n}" for n in (1, 2, 3, 5, 7, 9, 10, 11, 12, 13, 15, 17, 18, 19, 20, 21, 22, 23, 24)),
    *("G5b", "G26", "G27"),
    *(f"V{n}" for n in (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)),
}
HANGUL = re.compile("[가-힣]")
each_row = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("golden")
    for name, config in {**network_rows.FILES, **value_rows.FILES}.items():
        (path / f"{name}.json").write_text(json.dumps(config), "utf-8")
    for name, code in network_rows.CODE.items():
        (path / f"{name}.py").write_text(code, "utf-8")
    for name, (numbers, model) in value_rows.MODELS.items():
        np.savetxt(path / f"{file_name(name)}.csv", numbers, "%g", ",")
        model().save(path / f"{file_name(name)}.konv")
    return path


@pytest.fixture
def said(folder, capsys, monkeypatch):
    """What a command line prints, on either stream."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))

    def run(line, *options):
        capsys.readouterr()
        assert main([*line.words, *options]) == line.code
        captured = capsys.readouterr()
        return captured.out if "--json" in options else captured.out + captured.err

    return run


def test_no_row_is_left_out():
    assert {row.name.split()[0] for row in ROWS} == ALL
    assert set(value_rows.TYPED) < ALL
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("language", ["en", "ko"])
@each_row
def test_the_command_line_says_it(said, row, language):
    for line in row.lines:
        text = said(line, "--lang", language)
        for shown in line.shown:
            assert shown in text, line.words
        assert bool(HANGUL.search(text)) == (language == "ko")


@each_row
def test_the_command_line_gives_it_as_data(said, row):
    answers = [json.loads(said(line, "--json")) for line in row.lines]
    assert row.read(answers) == row.expected


@each_row
def test_python_gives_it(row):
    assert row.python() == row.expected
