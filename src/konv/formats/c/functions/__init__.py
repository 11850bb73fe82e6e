"""The functions that networks in C consist of: one file for each, as C that anybody can read.

They are written in the part of C99 that ``konv.formats.object_code`` compiles too: ``int``,
``float`` and pointers to them, one struct, loops and conditions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

__all__ = ["needed_functions"]

_FOLDER = Path(__file__).parent
_OWN_NAME = re.compile(r"\bkonv_\w+")


def needed_functions(names: Iterable[str]) -> list[str]:
    """The texts of some functions and of all that they use, each behind what it uses.

    Args:
        names: such as ``"konv_convolve"``.
    """
    found: dict[str, str] = {}
    for name in sorted(names):
        _find(name, found)
    return list(found.values())


def _find(name: str, found: dict[str, str]) -> None:
    text = _text(name)
    for used in sorted({*_OWN_NAME.findall(text)} - {name}):
        if used not in found:
            _find(used, found)
    found.setdefault(name, text)


@cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.c").read_text("utf-8")
