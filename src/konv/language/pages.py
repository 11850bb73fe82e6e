"""Pages that explain codes: one section of Markdown for each, in every language.

They lie in ``pages/`` beside this file, so that ``konv explain-code`` has them where konv is
installed; the pages of the same names in ``docs/`` are the English ones. Tests run their examples.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from konv.language import current_language

__all__ = ["PAGES", "Section", "sections"]

PAGES = ("errors", "rules", "symptoms")
_FOLDER = Path(__file__).parent / "pages"
_SECTION = re.compile(r"^### ([A-Z]\d{3}): ([^\n]+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Section:
    """What is to be said of one code.

    Args:
        code: it.
        title: in a few words.
        body: Markdown: what it means, an example with what konv says of it, the fix.
    """

    code: str
    title: str
    body: str


def sections() -> dict[str, Section]:
    """Code -> what is to be said of it, in the current language."""
    return _sections(current_language())


@cache
def _sections(language: str) -> dict[str, Section]:
    pages = [(_FOLDER / f"{page}.{language}.md").read_text("utf-8") for page in PAGES]
    return {
        code: Section(code, title, body.strip())
        for page in pages
        for code, title, body in _SECTION.findall(page)
    }
