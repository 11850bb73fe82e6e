"""Lists of pages that grow by themselves: a page that is added to docs/ is in the navigation."""

from __future__ import annotations

from sphinx.application import Sphinx

__all__ = ["setup"]

# Where a list of the pages right in docs/ stands, and those that another list has.
_PLACE = "<!-- the pages right in docs/ -->"
_ELSEWHERE = {"decisions", "errors", "index", "rules"}


def _list_pages(app: Sphinx, _docname: str, source: list[str]) -> None:
    if _PLACE in source[0]:
        right_here = (page for page in sorted(app.env.found_docs) if "/" not in page)
        listed = "\n".join(f"/{page}" for page in right_here if page not in _ELSEWHERE)
        source[0] = source[0].replace(_PLACE, listed)


def setup(app: Sphinx) -> None:
    """Fill the place before the page is read."""
    app.connect("source-read", _list_pages)
