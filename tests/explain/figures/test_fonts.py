import pytest
from matplotlib import font_manager

from konv.explain.figures import fonts
from konv.explain.figures.fonts import BASE_FAMILY, Face, lettering_for

INSTALLED_FACES, NEW_FACES = fonts.installed_faces, fonts.new_faces


@pytest.mark.parametrize(
    "text", ["", "daisy", "5 × 5 → 7 · −0.4 … “x”", "Grün, naïve, Łódź", "Ελλάδα Киев"]
)
def test_the_font_of_matplotlib_is_enough_for_european_letters(text):
    lettering = lettering_for([text])
    assert lettering.families == (BASE_FAMILY,)
    assert lettering.draws(text)


def test_letters_that_no_font_has_are_known_before_they_are_drawn():
    lettering = lettering_for(["daisy 민들레", "🐶"])
    assert lettering.missing == frozenset("민들레🐶")
    assert lettering.draws("daisy")
    assert not lettering.draws("민")


def test_a_font_is_found_by_its_glyphs(install):
    install("Test Latin", "abc")
    install("Test Hangul", "민들레")
    lettering = lettering_for(["민들레 daisy"])
    assert lettering.families == (BASE_FAMILY, "Test Hangul")
    assert lettering.missing == frozenset()


def test_several_fonts_are_taken_together_the_most_useful_first(install):
    install("Test One", "민")
    install("Test Two", "민들")
    install("Test Three", "레")
    lettering = lettering_for(["민들레犬"])
    assert lettering.families == (BASE_FAMILY, "Test Two", "Test Three")
    assert lettering.missing == frozenset("犬")


def test_a_blank_glyph_is_no_glyph(install):
    install("Test Blank", "들", blank="민")
    assert lettering_for(["민들"]).missing == frozenset("민")


def test_a_file_that_is_no_font_draws_nothing(tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a font")
    assert Face("Broken", str(broken)).drawn("ab") == frozenset()
    assert Face("Absent", str(tmp_path / "absent.ttf")).drawn("ab") == frozenset()


def test_fonts_without_a_regular_face_are_passed_over(install):
    face = install("Test Heavy", "민", weight=700)
    assert face.family not in [known.family for known in INSTALLED_FACES()]


def test_placeholder_fonts_are_passed_over():
    names = [entry.name for entry in font_manager.fontManager.ttflist]
    offered = [face.family for face in INSTALLED_FACES()]
    assert BASE_FAMILY not in offered
    assert not [name for name in offered if "last" in name.lower()]
    assert set(offered) < set(names)


def test_fonts_for_korean_come_first(install):
    install("A Test Font", "민")
    install("NanumGothic", "민")
    offered = [face.family for face in INSTALLED_FACES()]
    assert offered[0] == "NanumGothic"
    assert "A Test Font" in offered[1:]


def test_a_font_installed_after_matplotlib_made_its_list_is_found(make_font, monkeypatch, tmp_path):
    file = make_font("Test Newcomer", "민")
    (tmp_path / "noise.ttf").write_bytes(b"not a font")
    files = [str(tmp_path / "noise.ttf"), file]
    before = list(font_manager.fontManager.ttflist)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: files)
    monkeypatch.setattr(fonts, "new_faces", NEW_FACES)
    try:
        assert lettering_for(["민"]).families == (BASE_FAMILY, "Test Newcomer")
    finally:
        font_manager.fontManager.ttflist[:] = before
