"""Lists of pages that grow by themselves: a page that is added to docs/ is in the navigation.

Globs do this for a folder that has a list. These places are for the pages that have none.
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx

__all__ = ["setup"]

# In a toctree: the pages right in docs/, or those in a folder.
_PLACE = re.compile(r"^<!-- pages right in docs/(?P<folder>[\w/]*) -->$", re.MULTILINE)
# Pages right in docs/ that another list has.
_ELSEWHERE = {"decisions", "errors", "index", "rules"}


def _list_pages(app: Sphinx, _docname: str, source: list[str]) -> None:
    def listed(place: re.Match[str]) -> str:
        pages = (page for page in sorted(app.env.found_docs) if page not in _ELSEWHERE)
        right_there = re.compile(re.escape(place["folder"]) + r"[^/]+")
        return "\n".join(f"/{page}" for page in pages if right_there.fullmatch(page))

    source[0] = _PLACE.sub(listed, source[0])


def setup(app: Sphinx) -> None:
    """Fill the places before a page is read."""
    app.connect("source-read", _list_pages)
