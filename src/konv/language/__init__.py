"""What a person reads, in Korean or English.

Source texts are English; the Korean catalogue is ``locale/ko/LC_MESSAGES/konv.po`` (gettext).
Values are filled in after translation, so a sentence can change its order of words::

    translate("a {kernel} kernel does not fit a {input} input", kernel="5×5", input="4×3")
"""

from __future__ import annotations

import gettext
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "LANGUAGES",
    "current_language",
    "marked",
    "set_language",
    "translate",
    "using_language",
]

LANGUAGES = ("en", "ko")
_LOCALE_FOLDER = Path(__file__).parent / "locale"
_language: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("konv", _LOCALE_FOLDER, languages=[language], fallback=True)


def translate(text: str, /, **values: Any) -> str:
    """``text`` in the current language, with ``{name}`` fields filled from ``values``."""
    language = _language.get()
    if language != "en" and text:
        text = _catalogue(language).gettext(text)
    return text.format(**values) if values else text


def marked(text: str) -> str:
    """``text`` itself, noted for the catalogue: for tables, translated when they are shown."""
    return text


def current_language() -> str:
    """``"en"`` or ``"ko"``."""
    return _language.get()


def set_language(language: str) -> None:
    """Choose the language of messages and tables for this context.

    Args:
        language: ``"en"`` or ``"ko"``.

    Raises:
        ValueError: for any other language.
    """
    _language.set(_checked(language))


@contextmanager
def using_language(language: str) -> Iterator[None]:
    """The same for the body of a ``with`` statement."""
    token = _language.set(_checked(language))
    try:
        yield
    finally:
        _language.reset(token)


def _checked(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"language={language!r}: one of {', '.join(LANGUAGES)} is needed")
    return language
