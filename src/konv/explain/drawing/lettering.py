"""How wide a text is, without asking for fonts: never less than any usual font needs.

A drawing is shown in whatever sans-serif font a reader has. The widths below are those of DejaVu
Sans Bold, the widest of the usual ones, rounded up to a twentieth of the size of the letters: what
fits by them fits in Arial, Segoe UI, Noto Sans and their like, and so does what is not bold.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from konv.language.tables import printable

__all__ = ["clean_text", "fitted", "lines_of", "text_width"]

# In hundredths of the size of the letters.
_WIDTHS = {
    35: " 'ijl",
    40: ",./:;IJ\\|·",
    45: "-f¹²",
    50: "!()[]_`rt⌈⌉",
    55: '"*',
    60: "?csz",
    65: "Lx",
    70: "$0123456789EFTaekovy√",
    75: "CPSYZbdghnpqu{}",
    80: "ABKRVX",
    85: "#+<=>DGHNU^~×−→≤",
    90: "&OQ",
    95: "w",
    100: "@M…",
    105: "%m",
    115: "W",
}
_WIDTH_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_OTHER = 105  # a Hangul syllable or a Chinese character fills the square of its size
_EMOJI = 140
# Vowels and final consonants of Korean that join the consonant before them.
_JOINING = range(0x1160, 0x1200)


def text_width(text: str, size_px: float) -> float:
    """How wide a text is at most, in pixels.

    Example:
        >>> text_width("iii", 10), text_width("한글", 10)
        (10.5, 21.0)
    """
    return size_px * sum(map(_letter_width, text)) / 100


@cache
def _letter_width(letter: str) -> int:
    """In hundredths of the size."""
    if letter in _WIDTH_OF:
        return _WIDTH_OF[letter]
    if ord(letter) in _JOINING or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    base = unicodedata.normalize("NFD", letter)[0]
    if base in _WIDTH_OF:  # an accent makes no letter wider
        return _WIDTH_OF[base]
    is_emoji = unicodedata.category(letter) == "So"
    return _EMOJI if is_emoji else _OTHER


def clean_text(text: str) -> str:
    """A text on one line, composed; what could not be seen is �, which XML can hold too."""
    return printable(unicodedata.normalize("NFC", text))


def fitted(text: str, width_px: float, size_px: float) -> str:
    """A text that fits: its middle is left out, its ends are kept.

    Example:
        >>> fitted("batch_normalization_12", 80, 10)
        'batch…on_12'
    """
    if text_width(text, size_px) <= width_px:
        return text
    head, tail = "", ""
    # Letters are taken from both ends in turn; the head, which says what it is, begins.
    for front, back in zip(text, reversed(text), strict=True):
        if text_width(f"{head}{front}…{tail}", size_px) > width_px:
            break
        head += front
        if text_width(f"{head}…{back}{tail}", size_px) > width_px:
            break
        tail = back + tail
    return f"{head}…{tail}"


def lines_of(words: Iterable[str], width_px: float, size_px: float) -> Iterator[str]:
    """Words in lines that fit, broken between them; a word that is too long is shortened.

    Example:
        >>> list(lines_of(["3×3 kernel,", "20 filters"], 100, 10))
        ['3×3 kernel,', '20 filters']
    """
    line = ""
    for word in words:
        longer = f"{line} {word}".strip()
        if line and text_width(longer, size_px) > width_px:
            yield line
            longer = word
        line = fitted(longer, width_px, size_px)
    if line:
        yield line
