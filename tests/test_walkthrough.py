"""The notebooks in examples/: valid, the same code in both languages, and they run from the top."""

import ast
import contextlib
import io
import json
import re
from pathlib import Path

import pytest

import konv

EXAMPLES = Path(__file__).parents[1] / "examples"
NOTEBOOKS = {path.name: json.loads(path.read_text("utf-8")) for path in EXAMPLES.glob("*.ipynb")}
each = pytest.mark.parametrize("name", sorted(NOTEBOOKS))
HANGUL = re.compile("[가-힣]")


def cells(name, kind):
    return ["".join(c["source"]) for c in NOTEBOOKS[name]["cells"] if c["cell_type"] == kind]


def shown(code, names):
    """Run a cell; its last expression is what a notebook shows below it."""
    *before, last = ast.parse(code).body
    value = None
    if isinstance(last, ast.Expr):
        exec(compile(ast.Module(before, []), "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    else:
        exec(compile(code, "cell", "exec"), names)
    return value


def test_there_is_one_in_each_language_with_the_same_code():
    assert sorted(NOTEBOOKS) == ["walkthrough.ipynb", "walkthrough.ko.ipynb"]
    english, korean = (cells(name, "code") for name in sorted(NOTEBOOKS))
    assert english == korean
    assert len(cells("walkthrough.ko.ipynb", "markdown")) == len(
        cells("walkthrough.ipynb", "markdown")
    )


@each
def test_it_is_written_as_the_format_asks_and_holds_no_results(name):
    """What nbformat 4.5 demands of a notebook, and of each kind of cell."""
    notebook = NOTEBOOKS[name]
    assert notebook.keys() == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    identities = [cell["id"] for cell in notebook["cells"]]
    assert len(set(identities)) == len(identities)
    assert all(re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", identity) for identity in identities)
    for cell in notebook["cells"]:
        usual = {"cell_type", "id", "metadata", "source"}
        if cell["cell_type"] == "code":
            assert cell.keys() == usual | {"execution_count", "outputs"}
            assert (cell["execution_count"], cell["outputs"]) == (None, [])
        else:
            assert (cell["cell_type"], cell.keys()) == ("markdown", usual)
        assert all(line.endswith("\n") for line in cell["source"][:-1])


@each
def test_its_words_are_of_its_language(name):
    for text in cells(name, "markdown"):
        assert bool(HANGUL.search(text)) == name.endswith(".ko.ipynb")


def test_it_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        values = [shown(code, names) for code in cells("walkthrough.ipynb", "code")]
    table, drawing, settings = (value for value in values if value is not None)
    assert "conv2d_1" in table._repr_html_()
    assert drawing._repr_svg_().startswith("<svg")
    assert {"kernel=5", "kernel=2, stride=2"} <= set(map(str, settings))
    assert names["refused"].code == "K104"
    assert {finding.code for finding in names["findings"]} >= {"D101", "D201"}
    assert names["evaluation"]["accuracy"] > 0.9
    explanation = names["explanation"]
    assert explanation.sum == pytest.approx(explanation.value, rel=1e-5)
    assert names["made"].tolist() == [[15, 16], [6, 15]]
    assert (
        names["answers"].tolist()
        == names["model"].predict_classes(names["digits"].test.images[:10]).tolist()
    )
    assert "2 ÷ 1" in printed.getvalue()
    assert isinstance(names["loaded"], konv.Model)
