"""Reading figures back, and fonts made for a test: no test depends on the fonts of a computer."""

import html
import logging
import re

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.font_manager import fontManager
from PIL import Image

from konv.explain.figures import fonts

UNIT = 1000  # of a font, per em


@pytest.fixture(autouse=True)
def no_other_fonts(monkeypatch):
    """Only the font that comes with Matplotlib is installed."""
    monkeypatch.setattr(fonts, "installed_faces", list)
    monkeypatch.setattr(fonts, "new_faces", list)


@pytest.fixture(autouse=True)
def nothing_is_said(caplog, capfd):
    """Matplotlib neither logs nor prints, whatever is drawn."""
    yield
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []
    assert capfd.readouterr().err == ""


@pytest.fixture
def make_font(tmp_path):
    """Write a font with a box of its own for each letter; a blank glyph for each of ``blank``."""

    def make(family, letters, *, blank="", weight=400):
        glyphs = {".notdef": 0, **{f"u{ord(letter):X}": i for i, letter in enumerate(letters, 1)}}
        glyphs |= {f"u{ord(letter):X}": 0 for letter in blank}
        builder = FontBuilder(UNIT, isTTF=True)
        builder.setupGlyphOrder(list(glyphs))
        builder.setupCharacterMap({ord(letter): f"u{ord(letter):X}" for letter in letters + blank})
        builder.setupGlyf({name: box(size) for name, size in glyphs.items()})
        builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (UNIT, 0)))
        builder.setupHorizontalHeader(ascent=800, descent=-200)
        style = "Regular" if weight == 400 else "Bold"
        builder.setupNameTable({"familyName": family, "styleName": style})
        builder.setupOS2(usWeightClass=weight, sTypoAscender=800, sTypoDescender=-200)
        builder.setupPost()
        path = tmp_path / f"{family}.ttf"
        builder.save(path)
        return str(path)

    return make


def box(size):
    pen = TTGlyphPen(None)
    if size:
        right = 300 + size % 600
        pen.moveTo((100, 0))
        for corner in ((100, 700), (right, 700), (right, 0)):
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()


@pytest.fixture
def install(make_font, monkeypatch):
    """Make a font and let Matplotlib and the figures know it, until the test ends."""
    before = list(fontManager.ttflist)
    faces = []

    def add(family, letters, **options):
        file = make_font(family, letters, **options)
        fontManager.addfont(file)
        faces.append(fonts.Face(family, file))
        monkeypatch.setattr(fonts, "installed_faces", lambda: faces)
        return faces[-1]

    yield add
    fontManager.ttflist[:] = before


@pytest.fixture
def texts_of(tmp_path):
    """Draw a figure as SVG; what is written on it: Matplotlib leaves each text as a comment."""

    def texts(draw, *args, **options):
        path = draw(*args, tmp_path / "texts.svg", **options)
        return [html.unescape(text) for text in re.findall("<!-- (.*?) -->", path.read_text())]

    return texts


@pytest.fixture
def pixels_of(tmp_path):
    """Draw a figure as PNG; its pixels (height, width, 3)."""

    def pixels(draw, *args, **options):
        with Image.open(draw(*args, tmp_path / "pixels.png", **options)) as image:
            return np.asarray(image.convert("RGB")).astype(int)

    return pixels


@pytest.fixture
def blocks():
    """The middles (row, column) of large areas of one colour, from the top and the left."""
    from scipy.ndimage import center_of_mass, label

    def find(pixels, colour, *, least_px=1_500):
        mask = (np.abs(pixels - np.array(colour)) <= 1).all(axis=2)
        labels, count = label(mask)
        large = [i for i in range(1, count + 1) if (labels == i).sum() >= least_px]
        return [tuple(map(round, middle)) for middle in center_of_mass(mask, labels, large)]

    return find
