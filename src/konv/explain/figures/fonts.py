"""Which letters can be drawn here: fonts are found by the glyphs that they really have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.font_manager import FontEntry
    from matplotlib.ft2font import FT2Font

__all__ = ["BASE_FAMILY", "Face", "Lettering", "lettering_for"]

BASE_FAMILY = "DejaVu Sans"  # comes with Matplotlib

# Looked at first. The rest follows by name.
_PREFERRED = (
    "NanumGothic",
    "NanumBarunGothic",
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "AppleGothic",
    "UnDotum",
    "Baekmuk Dotum",
)
# Matplotlib complains about a family that has no face of regular weight.
_REGULAR = (400, "normal", "regular", "book")


@dataclass(frozen=True)
class Face:
    """The regular face of a family of fonts.

    Args:
        family: as Matplotlib calls it.
        file: where it is.
    """

    family: str
    file: str

    def drawn(self, characters: Iterable[str]) -> frozenset[str]:
        """Those of the characters that it has a visible glyph for."""
        from matplotlib.font_manager import get_font

        try:
            font = get_font(self.file)
            return frozenset(character for character in characters if _draws(font, character))
        except (OSError, RuntimeError, NotImplementedError):
            return frozenset()


def _draws(font: FT2Font, character: str) -> bool:
    if not font.get_char_index(ord(character)):
        return False
    # A blank glyph is as little use as none.
    font.load_char(ord(character))
    return len(font.get_path()[0]) > 0


@dataclass(frozen=True)
class Lettering:
    """The fonts that draw some texts together.

    Args:
        families: for Matplotlib, which takes each glyph from the first that has it.
        missing: the characters that none of them has.
    """

    families: tuple[str, ...]
    missing: frozenset[str]

    def draws(self, text: str) -> bool:
        """Whether all of a text that was asked for can be drawn."""
        return self.missing.isdisjoint(text)


def lettering_for(texts: Iterable[str]) -> Lettering:
    """The fonts that draw as many letters of the texts as can be drawn here.

    Example:
        >>> lettering_for(["5 × 5 → 7"])
        Lettering(families=('DejaVu Sans',), missing=frozenset())
    """
    missing = frozenset(letter for text in texts for letter in text if not letter.isspace())
    families = [BASE_FAMILY]
    for faces in (_base_face, installed_faces, new_faces):
        if missing:
            found, missing = _covering(missing, faces)
            families += found
    return Lettering(tuple(dict.fromkeys(families)), missing)


def _covering(
    missing: frozenset[str], faces: Callable[[], Iterable[Face]]
) -> tuple[list[str], frozenset[str]]:
    """The families of the fewest faces, and what they leave missing (greedy)."""
    drawn_by: list[tuple[str, frozenset[str]]] = []
    for face in faces():
        drawn = face.drawn(missing)
        if drawn == missing:
            return [face.family], frozenset()
        drawn_by.append((face.family, drawn))
    families = []
    while drawn_by and missing:
        family, drawn = max(drawn_by, key=lambda item: len(item[1] & missing))
        if not drawn & missing:
            break
        families.append(family)
        missing -= drawn
    return families, missing


def _base_face() -> list[Face]:
    return [_face(BASE_FAMILY)]


def installed_faces() -> list[Face]:
    """The regular faces that Matplotlib knows, those that suit Korean first."""
    from matplotlib.font_manager import fontManager

    families = {entry.name for entry in fontManager.ttflist if _is_usable(entry)}
    preferred = [family for family in _PREFERRED if family in families]
    others = sorted(families - {*preferred, BASE_FAMILY})
    return [_face(family) for family in (*preferred, *others)]


def new_faces() -> Iterator[Face]:
    """Faces of font files that were installed after Matplotlib made its list."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {entry.fname for entry in fontManager.ttflist}
    before = len(fontManager.ttflist)
    for file in sorted({*findSystemFonts()} - known):
        try:
            fontManager.addfont(file)
        except (OSError, RuntimeError, NotImplementedError):
            continue
    families = dict.fromkeys(e.name for e in fontManager.ttflist[before:] if _is_usable(e))
    yield from (_face(family) for family in families)


def _is_usable(entry: FontEntry) -> bool:
    # Fonts "of last resort" have a box for every letter.
    placeholder = entry.name.replace(" ", "").replace(".", "").lower().startswith("lastresort")
    regular = entry.weight in _REGULAR and entry.style == "normal"
    return regular and not placeholder


def _face(family: str) -> Face:
    """The very file that Matplotlib takes for this family."""
    from matplotlib.font_manager import FontProperties, fontManager

    properties = FontProperties(family=[family], weight=400)
    return Face(family, fontManager.findfont(properties, fallback_to_default=False))
