"""The experiments run; their pages say what was measured, and no more."""

import importlib
import json
import re
import string
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from experiments import pages
from experiments.measuring import apart, moved, spread, text_of
from experiments.program import work
from experiments.sharing import written_out

from oracles.tutorial_numbers import K2, NINE, NINES

EXPERIMENTS = {name: importlib.import_module(f"experiments.{name}") for name in pages.NAMES}
each = pytest.mark.parametrize("name", pages.NAMES)
each_page = pytest.mark.parametrize(
    ("name", "language"), [(n, word) for n in pages.NAMES for word in pages.LANGUAGES]
)
HANGUL = re.compile("[가-힣]")


@each
def test_a_tiny_one_measures_prints_and_writes(name, tmp_path, capsys, monkeypatch):
    experiment = EXPERIMENTS[name]
    for constant, few in (("TIMED", 64), ("COUNTS", (50, 100)), ("SEEN", 100)):
        if hasattr(experiment, constant):
            monkeypatch.setattr(experiment, constant, few)
    words = ["--seeds", "2", "--epochs", "1", "--limit", "120", "--out", str(tmp_path)]
    result = work(experiment, words)
    assert json.loads((tmp_path / f"{name}.json").read_text("utf-8")) == result
    assert (result["data"], result["pictures"], result["seeds"]) == ("digits", 120, 2)
    ElementTree.parse(tmp_path / f"{name}.svg")
    rows = experiment.table(result["found"])
    assert len(rows) > 2
    printed = capsys.readouterr().out
    assert all(row[0] in printed for row in rows)
    assert set(experiment.claims(result["found"])) == set(
        experiment.claims(pages.result_of(name)["found"])
    )


@each
def test_what_is_committed_was_measured_on_mnist_with_several_seeds(name):
    result = pages.result_of(name)
    assert result["experiment"] == name
    assert result["data"] == "mnist"
    assert result["test_pictures"] == 10_000
    assert result["seeds"] >= 3
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", result["date"])
    assert set(result["machine"]) == {"processor", "instructions", "threads", "python", "konv"}


@each
def test_every_claim_of_a_page_is_borne_out(name):
    claims = EXPERIMENTS[name].claims(pages.result_of(name)["found"])
    assert [claim for claim, holds in claims.items() if not holds] == []


@each_page
def test_a_page_quotes_the_numbers_that_were_measured(name, language):
    text = pages.where(name, language).read_text("utf-8")
    assert text == pages.page(name, language), "run python -m experiments.pages"
    assert bool(HANGUL.search(text)) == (language == "ko")


def fields(name, language):
    return {field for _t, field, *_r in string.Formatter().parse(pages.template(name, language))}


@each
def test_both_languages_quote_the_same_numbers(name):
    english, korean = (fields(name, language) for language in pages.LANGUAGES)
    assert english == korean
    assert {"table", "how"} < english


@each
def test_words_of_a_page_hold_no_number_of_accuracy_that_was_typed(name):
    """A percentage with decimals in a template would not follow the next measurement."""
    for language in pages.LANGUAGES:
        template = re.sub(r"\{[^}]*\}", "", pages.template(name, language))
        assert re.findall(r"\d\.\d+ ?%", template) == []


@each
def test_a_figure_is_small_and_shown_on_both_pages(name):
    figure = pages.PAGES / f"{name}.svg"
    assert 1_000 < figure.stat().st_size < 200_000
    ElementTree.parse(figure)
    for language in pages.LANGUAGES:
        assert f"{name}.svg)" in pages.where(name, language).read_text("utf-8")


def test_the_list_of_experiments_is_whole():
    for folder in (pages.PAGES, pages.PAGES / "ko"):
        text = (folder / "README.md").read_text("utf-8")
        assert re.findall(r"\]\((\w+)\.md\)", text) == list(pages.NAMES)


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        (0, 0, [[0, 1, 2], [3, 4, 5], [6, 7, 8]]),
        (1, 0, [[0, 0, 0], [0, 1, 2], [3, 4, 5]]),
        (0, -1, [[1, 2, 0], [4, 5, 0], [7, 8, 0]]),
        (-2, 2, [[0, 0, 6], [0, 0, 0], [0, 0, 0]]),
    ],
)
def test_pictures_are_moved(rows, columns, expected):
    x = NINE.astype(np.uint8)[None, :, :, None]
    assert moved(x, rows, columns)[0, :, :, 0].tolist() == expected
    # Among others, each its own way.
    three = moved(np.repeat(x, 3, axis=0), [0, rows, 0], [0, columns, 0])
    assert [p[:, :, 0].tolist() for p in three] == [NINE.tolist(), expected, NINE.tolist()]


def test_a_convolution_is_written_out_as_a_dense_layer():
    _name, _fields, expected = NINES[0]
    matrix = written_out(K2, 3)
    assert (NINE.ravel() @ matrix).reshape(2, 2).tolist() == expected
    assert matrix[:, 0].tolist() == [1, 2, 0, 3, 4, 0, 0, 0, 0]


def test_seeds_are_apart_only_if_none_of_them_overlap():
    low, high = spread([0.5, 0.7]), spread([0.75, 0.8])
    assert apart(low, high)
    assert not apart(spread([0.5, 0.76]), high)
    assert text_of(low) == "60.00% (50.00 … 70.00)"


def test_a_bad_command_line_is_refused(capsys, tmp_path):
    with pytest.raises(SystemExit):
        work(EXPERIMENTS["poolings"], ["--seeds", "0"])
    assert "at least 1" in capsys.readouterr().err
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SystemExit, match=r"--out .*file: "):
        work(EXPERIMENTS["poolings"], ["--out", str(tmp_path / "file")])
    with pytest.raises(SystemExit, match="DataError K50"):
        work(EXPERIMENTS["poolings"], ["no/such/folder"])
