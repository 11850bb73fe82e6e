"""A drawing that is done: saved, printed, shown in a notebook."""

import pytest

import konv
from konv.explain.drawing import Drawing

SVG, MERMAID, TEXT = Drawing("graph", "<svg/>"), Drawing("mermaid", "flow\n"), Drawing("text", "a")


@pytest.mark.parametrize(
    ("drawing", "name"),
    [
        (SVG, "a.svg"),
        (SVG, "그림.SVG"),
        (MERMAID, "a.mmd"),
        (MERMAID, "a.mermaid"),
        (TEXT, "a.txt"),
    ],
)
def test_it_is_saved_and_replaces_what_was_there(drawing, name, tmp_path):
    path = tmp_path / "new" / name
    path.parent.mkdir()
    path.write_text("before")
    assert drawing.save(str(path)) == path
    assert path.read_text() == drawing.text


@pytest.mark.parametrize(
    ("drawing", "name", "fix"),
    [
        (SVG, "a.png", ".svg"),
        (SVG, "a", ".svg"),
        (TEXT, "a.svg", ".txt"),
        (MERMAID, "a.md", ".mmd"),
    ],
)
def test_another_ending_is_refused_with_those_that_are_right(drawing, name, fix, tmp_path):
    with pytest.raises(konv.FormatError, match="K404") as caught:
        drawing.save(tmp_path / name)
    assert fix in caught.value.fix
    assert list(tmp_path.iterdir()) == []


def test_only_a_picture_is_svg():
    assert (SVG.svg, MERMAID.svg, TEXT.svg) == ("<svg/>", None, None)


def test_a_notebook_shows_a_picture_as_one_and_text_as_text():
    assert SVG._repr_svg_() == "<svg/>"
    assert SVG._repr_markdown_() is None
    assert MERMAID._repr_svg_() is None
    assert MERMAID._repr_markdown_() == "```mermaid\nflow\n```"


def test_print_shows_the_text_and_repr_does_not():
    assert str(TEXT) == "a"
    assert repr(SVG) == "<Drawing graph: 6 characters>"


def test_a_notebook_shows_a_network_as_it_shows_a_model():
    model = konv.Sequential([konv.Input((4,)), konv.Dense(2)])
    assert "<table>" in model.network._repr_html_()
    assert model.network._repr_html_() == model._repr_html_()
