"""The page on drawings shows what is drawn today, and its Python runs."""

import re

import pytest
from tools.gallery import PAGE, PICTURES, pictures, with_texts

from documents import in_an_empty_folder
from konv.explain.drawing import STYLES

TEXT = PAGE.read_text("utf-8")


@pytest.mark.parametrize(("path", "text"), list(pictures()), ids=PICTURES)
def test_a_picture_is_what_is_drawn(path, text):
    assert path.read_text("utf-8") == text, "run python -m tools.gallery"


def test_every_picture_is_shown_and_no_other():
    shown = re.findall(r"!\[[^\]]+\]\(drawings/([^)]+)\)", TEXT)
    assert sorted(shown) == sorted(PICTURES)
    assert sorted(path.name for path in PAGE.with_suffix("").iterdir()) == sorted(PICTURES)


def test_its_texts_are_what_is_printed():
    assert with_texts(TEXT) == TEXT, "run python -m tools.gallery"
    assert "block_2_shortcut" in TEXT
    assert "flowchart TD" in TEXT


def test_its_table_lists_the_styles():
    assert tuple(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) == STYLES


def test_its_python_runs(capsys):
    with in_an_empty_folder():
        for code in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
            exec(code, {})
    assert "lenet5: 32×32×1 → 10" in capsys.readouterr().out
