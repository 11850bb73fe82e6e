"""Names and texts of people in C: nothing that they hold can end a comment or a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import MappingProxyType

__all__ = ["identifiers", "quoted"]

# C99 promises to tell identifiers apart by their first 63 characters.
_MOST_CHARACTERS = 40
_SIGNS = MappingProxyType({"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t", "\r": r"\r"})


def quoted(text: str) -> str:
    """A text of C between its quotation marks, which may also stand in a comment.

    Letters of all scripts stay as they are, in UTF-8. What cannot be seen is written as octal
    bytes, which have an end, unlike hexadecimal ones. No two question marks stand side by side,
    since with a third sign they mean another one (trigraphs); no star stands beside a slash.

    Example:
        >>> print(quoted('고양이 "??/" */'))
        "고양이 \\"?\\?/\\" *\\057"
    """
    pieces = []
    for sign, before in zip(text, ("", *text), strict=False):
        pair = before + sign
        if pair in ("*/", "/*"):
            pieces.append(_octal(sign))
        elif pair == "??":
            pieces.append(r"\?")
        elif sign in _SIGNS:
            pieces.append(_SIGNS[sign])
        else:
            pieces.append(sign if sign.isprintable() else _octal(sign))
    return f'"{"".join(pieces)}"'


def _octal(sign: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in sign.encode("utf-8"))


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """A name of C for each of these: different ones for different names.

    Example:
        >>> identifiers(["conv2d_1/kernel", "a-b", "a b", "합성곱", "9"])
        {'conv2d_1/kernel': 'conv2d_1_kernel', 'a-b': 'a_b', 'a b': 'a_b_2', '합성곱': 'array', ...}
    """
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        word = re.sub(r"[^A-Za-z0-9]+", "_", name)[:_MOST_CHARACTERS].strip("_")
        if not re.match("[A-Za-z]", name) or word.startswith("konv_"):  # as functions do
            word = f"array_{word}".rstrip("_")
        number, free = 1, word
        while free in taken:
            number += 1
            free = f"{word}_{number}"
        taken.add(free)
        chosen[name] = free
    return chosen
