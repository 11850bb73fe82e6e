"""The code of a Jupyter notebook, with the cell and the line that each line stands in."""

from __future__ import annotations

from typing import Any

from konv.errors import FormatError, LimitError
from konv.formats.code_reading.listing import Listing
from konv.formats.code_reading.printed import without_other_languages
from konv.formats.json_text import read_json
from konv.language import translate as _
from konv.limits import MAX_NOTEBOOK_BYTES

__all__ = ["notebook_listing"]

_OTHER_LANGUAGES = ("%%bash", "%%sh", "%%html", "%%javascript", "%%writefile", "%%latex", "%%svg")


def notebook_listing(text: str, source: str) -> Listing:
    """The code cells of a notebook, one behind the other.

    Raises:
        FormatError: K401, it is not a notebook.
        LimitError: K604, it holds too much.
    """
    cells = _cells(_content(text, source))
    if cells is None:
        raise FormatError(
            _("this is JSON, but no notebook"),
            code="K401",
            where=source,
            fix=_("a notebook as Jupyter saves it, with its cells"),
        )
    lines: list[str] = []
    places: list[tuple[int, int]] = []
    for number, cell in enumerate(cells, start=1):
        written = _source(cell)
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        if written.lstrip().startswith(_OTHER_LANGUAGES):
            continue
        kept = without_other_languages(written.split("\n"))
        lines += kept
        places += [(number, line) for line in range(1, len(kept) + 1)]
    return Listing("\n".join(lines), source, tuple(places) or ((0, 0),))


def _content(text: str, source: str) -> Any:
    part = _("notebook")
    try:
        return read_json(text, where=source, part=part, most_bytes=MAX_NOTEBOOK_BYTES)
    except LimitError as error:
        error.fix = _("clear the outputs of the notebook, and save it again")
        raise
    except FormatError as error:
        error.fix = _("a notebook as Jupyter saves it, with its cells")
        raise


def _cells(content: Any) -> list[Any] | None:
    """The cells, also of the form that notebooks had before 2015."""
    if not isinstance(content, dict):
        return None
    if isinstance(content.get("cells"), list):
        return content["cells"]
    sheets = content.get("worksheets")
    if isinstance(sheets, list) and sheets and isinstance(sheets[0], dict):
        cells = sheets[0].get("cells")
        return cells if isinstance(cells, list) else None
    return None


def _source(cell: Any) -> str:
    if not isinstance(cell, dict):
        return ""
    written = cell.get("source", cell.get("input", ""))
    if isinstance(written, list):
        return "".join(line for line in written if isinstance(line, str))
    return written if isinstance(written, str) else ""
