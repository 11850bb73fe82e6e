"""Names that other people gave, as a figure can show them: whole, romanised or numbered."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from konv.explain.figures.fonts import Lettering
from konv.explain.figures.romanization import romanized
from konv.language import translate as _

__all__ = ["ShownNames", "clean", "distinct", "shown_label", "shown_names"]

_LONGEST = 200


@dataclass(frozen=True)
class ShownNames:
    """Names as they can be drawn.

    Args:
        texts: one for each name, all different if the names are.
        notes: what a reader must know about them.
    """

    texts: tuple[str, ...]
    notes: tuple[str, ...] = ()


def clean(name: object) -> str:
    """A name on one line, composed, without what cannot be seen.

    Hangul in names of files from a Mac is decomposed; line breaks, control characters and lone
    surrogates would break the picture.

    Example:
        >>> clean(" red" + chr(10) + "rose" + chr(7)), clean(7)
        ('red rose�', '7')
    """
    composed = unicodedata.normalize("NFC", " ".join(str(name)[: 2 * _LONGEST].split()))
    seen = (letter for letter in composed if unicodedata.category(letter) != "Cf")
    return "".join(letter if letter.isprintable() else "�" for letter in seen)[:_LONGEST]


def shown_names(names: Sequence[str], lettering: Lettering) -> ShownNames:
    """Clean names as these fonts can draw them.

    A name that cannot be drawn is romanised if it is in Hangul; symbols without letters are left
    out; if letters are still missing, it becomes "class 3", counted from 0.
    """
    texts = []
    romanised = numbered = False
    for index, name in enumerate(names):
        text = _drawable(name, lettering)
        numbered |= text is None
        romanised |= text is not None and not lettering.draws(name) and romanized(name) != name
        texts.append(_("class {index}", index=index) if text is None else text)
    notes = []
    if romanised:
        notes.append(
            _("Names in Hangul are romanised: to show them, a font such as NanumGothic is needed.")
        )
    if numbered:
        notes.append(
            _("“class 3” and the like, counted from 0: no font here has the letters of such names.")
        )
    return ShownNames(distinct(texts), tuple(notes))


def shown_label(label: str, lettering: Lettering) -> str:
    """A clean name that is not of a class, such as a layer's: letters that no font has are "?"."""
    text = _drawable(label, lettering)
    if text is None:
        return "".join(letter if lettering.draws(letter) else "?" for letter in romanized(label))
    return text


def _drawable(name: str, lettering: Lettering) -> str | None:
    if not lettering.draws(name):
        name = romanized(name)
        lost = [letter for letter in name if not lettering.draws(letter)]
        if any(letter.isalnum() for letter in lost):
            return None
        name = "".join(letter for letter in name if letter not in lost)
    return name.strip() or None


def distinct(texts: Sequence[str]) -> tuple[str, ...]:
    """Texts of which none is like another: those that are get the number of their class.

    Example:
        >>> distinct(["bit", "rose", "bit"])
        ('bit (0)', 'rose', 'bit (2)')
    """
    counts = Counter(texts)
    return tuple(
        f"{text} ({index})" if counts[text] > 1 else text for index, text in enumerate(texts)
    )
