"""In which language a page is written: its folder or its name says it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["language_of", "setup"]


def language_of(docname: str) -> str:
    """ "ko" for pages in a folder ko or with a name that ends in .ko, "en" for all others.

    Example:
        >>> language_of("tutorial/ko/02-convolution"), language_of("reference/commands.ko")
        ('ko', 'ko')
        >>> language_of("errors")
        'en'
    """
    page = PurePosixPath(docname)
    return "ko" if "ko" in page.parent.parts or page.suffix == ".ko" else "en"


def _say_language(
    _app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """For screen readers and for the fonts of browsers: ``<html lang="ko">``."""
    context["language"] = language_of(pagename)


def setup(app: Sphinx) -> None:
    """Every page of the site says its language."""
    app.connect("html-page-context", _say_language)
