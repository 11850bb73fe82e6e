"""Lists of pages that grow by themselves: a page that is added to docs/ is in the navigation.

Globs of toctrees do this for the folder that a list stands in. These places are for pages
elsewhere: what is right in docs/ and has no other list, and folders that have no list of their own.
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx

__all__ = ["setup"]

# In a toctree; * stands for any name in that folder. A place that no page matches is empty.
_PLACE = re.compile(r"^<!-- pages docs/(?P<pattern>[\w*/]+) -->$", re.MULTILINE)
# Pages right in docs/ that are listed by their names.
_NAMED = {"decisions", "errors", "index", "rules", "symptoms"}


def _list_pages(app: Sphinx, _docname: str, source: list[str]) -> None:
    def listed(place: re.Match[str]) -> str:
        pattern = re.compile(place["pattern"].replace("*", "[^/]+"))
        pages = [page for page in sorted(app.env.found_docs) if pattern.fullmatch(page)]
        if "*" in place["pattern"]:
            pages = [page for page in pages if page not in _NAMED]
        return "\n".join(f"/{page}" for page in pages)

    source[0] = _PLACE.sub(listed, source[0])


def setup(app: Sphinx) -> None:
    """Fill the places before a page is read."""
    app.connect("source-read", _list_pages)
