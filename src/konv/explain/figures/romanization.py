"""Hangul in Latin letters, for figures on a computer that has no font with Hangul.

A syllable is 가 + (initial · 21 + vowel) · 28 + final. Each part has its letters; before a vowel, a
final is written as the initial that it is spoken as, and ㄹㄹ is ll.

Source: Revised Romanization of Korean, Ministry of Culture and Tourism, 2000.
"""

from __future__ import annotations

__all__ = ["romanized"]

_Parts = tuple[int, int, int]  # initial, vowel, final

# The letters of initials, vowels and finals in the order of Unicode; and of finals before a vowel,
# where the last consonant is spoken with the vowel and ㅎ is silent.
_INITIALS, _VOWELS, _FINALS, _CARRIED = (
    row.split()
    for row in (
        "g kk n d tt r m b pp s ss - j jj ch k t p h",
        "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i",
        "- k k k n n n t l k m l l l p l m p p t t ng t t k t p t",
        "- g kk ks n nj n d r lg lm lb ls lt lp r m b ps s ss ng j ch k t p -",
    )
)
_SINGLE = dict(
    zip(
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ",
        (part.replace("-", "ng") for part in (*_INITIALS, *_VOWELS)),
        strict=True,
    )
)
_FIRST, _COUNT = 0xAC00, 11_172
_SILENT = _INITIALS.index("-")


def romanized(text: str) -> str:
    """``text`` with its Hangul in Latin letters; all else stays.

    Example:
        >>> [romanized(word) for word in ("강아지", "민들레", "목요일", "dog 3")]
        ['gangaji', 'mindeulle', 'mogyoil', 'dog 3']
    """
    syllables = [_parts(letter) for letter in text]
    letters = []
    for i, (letter, parts) in enumerate(zip(text, syllables, strict=True)):
        before = syllables[i - 1] if i else None
        after = syllables[i + 1] if i + 1 < len(text) else None
        letters.append(_spelled(parts, before, after) if parts else _SINGLE.get(letter, letter))
    return "".join(letters)


def _parts(letter: str) -> _Parts | None:
    place = ord(letter) - _FIRST
    if not 0 <= place < _COUNT:
        return None
    return place // 588, place // 28 % 21, place % 28


def _spelled(parts: _Parts, before: _Parts | None, after: _Parts | None) -> str:
    initial, vowel, final = parts
    begins_with_vowel = after is not None and after[0] == _SILENT
    doubled = before is not None and _FINALS[before[2]] == "l" and _INITIALS[initial] == "r"
    start = "l" if doubled else _INITIALS[initial]
    ending = _CARRIED[final] if begins_with_vowel else _FINALS[final]
    return (start + _VOWELS[vowel] + ending).replace("-", "")
