import os
import subprocess
import sys
import threading

import matplotlib
import numpy as np
import pytest

from konv.errors import FormatError
from konv.explain.figures import confusion_figure
from konv.explain.figures.page_file import new_page
from konv.explain.figures.style import INNER_WIDTH_IN
from konv.language import translate as _
from konv.language import using_language

COUNTS = np.array([[3, 1], [0, 2]])


def draw(path, name="cat"):
    return confusion_figure(COUNTS, [name, "dog"], path)


@pytest.mark.parametrize("name", ["figure.pdf", "figure", "figure.png.gz", "figure.jpg"])
def test_other_endings_are_refused(tmp_path, name):
    with pytest.raises(FormatError, match=r"K405 (.|\n)*ends in \.png or \.svg"):
        draw(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_ending_in_capitals_and_a_path_as_text_are_fine(tmp_path):
    draw(os.path.join(tmp_path, "new folder", "FIGURE.PNG"))
    assert (tmp_path / "new folder" / "FIGURE.PNG").read_bytes().startswith(b"\x89PNG")


def test_an_error_while_drawing_leaves_the_former_file_and_the_settings(tmp_path):
    path = tmp_path / "figure.png"
    path.write_bytes(b"before")
    settings = dict(matplotlib.rcParams)
    with pytest.raises(RuntimeError, match="lay_out comes first"), new_page(path) as page:
        page.text(0, 0, "too early")
    assert path.read_bytes() == b"before"
    assert dict(matplotlib.rcParams) == settings
    assert list(tmp_path.iterdir()) == [path]


def test_settings_of_a_user_neither_matter_nor_change(tmp_path):
    plain = draw(tmp_path / "plain.png").read_bytes()
    strange = {
        "figure.facecolor": "black",
        "font.size": 30,
        "savefig.dpi": 37,
        "savefig.bbox": "tight",
        "image.interpolation": "bicubic",
        "text.usetex": True,
        "axes.unicode_minus": False,
    }
    with matplotlib.rc_context(strange):
        assert draw(tmp_path / "strange.png").read_bytes() == plain
        assert {name: matplotlib.rcParams[name] for name in strange} == strange


def test_threads_do_not_disturb_each_other(tmp_path):
    alone = draw(tmp_path / "alone.svg").read_bytes()
    settings = dict(matplotlib.rcParams)
    threads = [
        threading.Thread(target=draw, args=[tmp_path / f"{i}.svg", "cat" if i % 2 else "猫"])
        for i in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(tmp_path / f"{i}.svg").read_bytes() for i in (1, 3, 5)] == [alone] * 3
    assert dict(matplotlib.rcParams) == settings


def test_pyplot_is_never_imported_and_matplotlib_only_when_it_is_needed(tmp_path):
    program = """
import sys, numpy as np
from konv.explain.figures import confusion_figure, filters_figure, learning_curves
assert "matplotlib" not in sys.modules
learning_curves([{"epoch": 1, "loss": 2.0, "val_loss": 1.0}], "a.png")
confusion_figure(np.eye(3, dtype=int), "abc", "b.svg")
filters_figure(np.ones((3, 3, 1, 2)), "c.png")
assert "matplotlib.figure" in sys.modules
assert "matplotlib.pyplot" not in sys.modules
"""
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_words_are_korean_when_a_font_has_hangul(install, texts_of, monkeypatch):
    install("Test Hangul", "가값글봤한힘실제클래스")
    translated(monkeypatch, {"true class": "실제 클래스"})
    with using_language("ko"):
        texts = texts_of(confusion_figure, COUNTS, ["한", "dog"])
    assert "실제 클래스" in texts
    assert "한" in texts
    assert not [text for text in texts if "Hangul" in text or "NanumGothic" in text]


def test_words_are_english_without_such_a_font_and_a_note_says_so(texts_of, monkeypatch):
    translated(monkeypatch, {"true class": "실제 클래스"})
    with using_language("ko"):
        texts = texts_of(confusion_figure, COUNTS, ["한", "dog"])
        assert _("true class") == "실제 클래스"
    assert "true class" in texts
    assert "han" in texts
    assert len([text for text in texts if "NanumGothic" in text]) == 2
    assert "".join(texts).isascii() or not any("가" <= letter <= "힣" for letter in "".join(texts))


def translated(monkeypatch, words):
    class Catalogue:
        def gettext(self, text):
            return words.get(text, text)

    monkeypatch.setattr("konv.language._catalogue", lambda language: Catalogue())


def test_glyphs_come_from_the_font_that_has_them(install, pixels_of, tmp_path):
    # The letters of the font are black boxes, one wider than the other.
    install("Test Boxes", "민들")
    with new_page(tmp_path / "boxes.png", ["민", "들"]) as page:
        page.lay_out("", body_in=3)
        page.text(1, 1, page.names[0], size_pt=72, color="#000000")
        assert page.width_in("민", 72) == pytest.approx(1.0, abs=0.02)
    dark = (pixels_of(lambda path: tmp_path / "boxes.png") == 0).all(axis=2)
    rows, columns = np.nonzero(dark)
    # 100…301 of 1,000 units to the right, 0…700 up, at 140 dots per inch.
    assert columns.max() - columns.min() == pytest.approx(0.201 * 140, abs=3)
    assert rows.max() - rows.min() == pytest.approx(0.7 * 140, abs=3)


@pytest.fixture
def page(tmp_path):
    names = ["Canis lupus familiaris, adult", "Canis lupus familiaris, young", "cat", "W" * 150]
    with new_page(tmp_path / "page.png", names) as page:
        yield page
        page.lay_out("", body_in=1)


def test_short_names_fit_and_differ(page):
    for width_in in (3.0, 1.5, 0.8):
        short = page.short_names([0, 1, 2, 3, 2], width_in)
        assert sorted(short) == [0, 1, 2, 3]
        assert len(set(short.values())) == 4
        assert all(page.width_in(text) <= width_in for text in short.values())
    assert page.short_names([2], 1.0) == {2: "cat"}
    assert page.short_names([0], 1.5)[0].startswith("Canis")


def test_names_that_differ_only_in_the_middle_get_their_numbers(page):
    page.names = ("same beginning, one, same end", "same beginning, two, same end")
    short = page.short_names([0, 1], 1.2)
    assert short[0].endswith(" (0)")
    assert short[1].endswith(" (1)")
    assert all(page.width_in(text) <= 1.2 for text in short.values())


def test_long_texts_are_wrapped_and_no_line_is_too_wide(page):
    text = "one two three " * 20 + "W" * 300
    lines = page.wrapped(text, 11)
    assert len(lines) > 2
    assert all(page.width_in(line, 11) <= INNER_WIDTH_IN for line in lines)
    assert " ".join(lines[:-1]) in text
    assert page.wrapped("", 11) == []
