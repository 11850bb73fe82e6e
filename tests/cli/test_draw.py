"""konv draw: any word that names a network, in every style; nothing is overwritten unasked."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

PICTURES = ("blocks", "volumes", "graph")


@pytest.mark.parametrize("style", PICTURES)
def test_a_picture_is_written_beside_where_one_is(style, konv, tmp_path):
    result = konv("draw", "tutorial-39x31", "--style", style)
    assert result.code == 0
    assert f"tutorial-39x31-{style}.svg" in result.out
    root = ET.fromstring((tmp_path / f"tutorial-39x31-{style}.svg").read_text("utf-8"))
    assert "64,620" in " ".join(root.itertext())


def test_without_a_style_it_is_blocks(konv, tmp_path):
    konv("draw", "simple")
    assert (tmp_path / "simple-blocks.svg").exists()


@pytest.mark.parametrize("style", ["mermaid", "text"])
def test_text_is_printed(style, konv, tmp_path):
    result = konv("draw", "lenet5", "--style", style)
    assert result.code == 0
    assert "48,000 weights" in result.out
    assert list(tmp_path.iterdir()) == []


def test_plain_text_fits_80_columns(konv):
    assert max(map(len, konv("draw", "resnet8", "--style", "text").out.splitlines())) <= 80


def test_a_network_file_and_a_model_file_are_drawn_alike(konv, network_file, model, tmp_path):
    konv("draw", network_file)
    konv("draw", model)
    drawn = [path.read_text("utf-8") for path in sorted(tmp_path.glob("*-blocks.svg"))]
    assert len(drawn) == 2
    assert drawn[0] == drawn[1]


def test_a_name_in_hangul_is_kept(konv, network_file, tmp_path):
    network_file.rename(tmp_path / "손글씨.yaml")
    assert "손글씨-graph.svg" in konv("draw", "손글씨.yaml", "--style", "graph").out
    assert (tmp_path / "손글씨-graph.svg").exists()


def test_a_file_of_someone_else_is_not_replaced_unasked(konv, tmp_path):
    mine = tmp_path / "simple-blocks.svg"
    mine.write_text("mine")
    result = konv("draw", "simple")
    assert result.code == 2
    assert "K405" in result.err
    assert "--out simple-blocks.svg" in result.err
    assert mine.read_text() == "mine"
    assert konv("draw", "simple", "--out", "simple-blocks.svg").code == 0
    assert mine.read_text().startswith("<svg")
    assert konv("draw", "simple").code == 0  # the same again costs nothing


@pytest.mark.parametrize("kind", ["folder", "link to nowhere"])
def test_what_is_no_file_is_left_alone(kind, konv, tmp_path):
    place = tmp_path / "simple-blocks.svg"
    if kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("nowhere")
    result = konv("draw", "simple")
    assert (result.code, "K405" in result.err) == (2, True)
    assert place.is_dir() or place.is_symlink()


@pytest.mark.parametrize("style", ["blocks", "mermaid"])
def test_a_dash_prints_it(style, konv, tmp_path):
    text = konv("draw", "simple", "--style", style, "--out", "-").out
    assert text.startswith(("<svg", "flowchart"))
    assert list(tmp_path.iterdir()) == []


def test_a_screen_without_the_letters_gets_their_numbers():
    code = "from konv.cli.main import main; main(['draw', 'simple', '--out', '-'])"
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
    ).stdout
    assert "28×28×1" in " ".join(ET.fromstring(said).itertext())


def test_data_says_where_the_picture_is_or_holds_the_text(konv, tmp_path):
    facts = json.loads(konv("draw", "simple", "--out", "new/a.svg", "--json").out)
    text = (tmp_path / "new" / "a.svg").read_text("utf-8")
    assert facts == {"style": "blocks", "file": "new/a.svg", "characters": len(text)}
    facts = json.loads(konv("draw", "simple", "--style", "text", "--json").out)
    assert facts["file"] is None
    assert facts["characters"] == len(facts["text"])
    assert "592,074" in facts["text"]


def test_it_speaks_korean(konv, tmp_path):
    result = konv("draw", "simple", "--lang", "ko")
    assert (result.code, "simple-blocks.svg" in result.out) == (0, True)
    assert "가중치 800" in (tmp_path / "simple-blocks.svg").read_text("utf-8")
