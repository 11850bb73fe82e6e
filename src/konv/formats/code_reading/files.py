"""From a file to the listing in it, by its ending."""

from __future__ import annotations

from pathlib import Path

from konv.errors import FormatError, LimitError
from konv.formats.code_reading.listing import Listing
from konv.formats.code_reading.notebook import notebook_listing
from konv.formats.code_reading.printed import as_listing, program_listing
from konv.formats.code_reading.syntax import check_size
from konv.formats.opening import opened
from konv.language import translate as _
from konv.limits import MAX_CODE_BYTES, MAX_NOTEBOOK_BYTES

__all__ = ["CODE_ENDINGS", "listing_of_file"]

CODE_ENDINGS = (".py", ".ipynb", ".md", ".markdown", ".txt")
# How texts in Korean were saved before UTF-8 was usual.
_ENCODINGS = ("utf-8-sig", "cp949")


def listing_of_file(path: Path) -> Listing:
    """The code in a file.

    Raises:
        FormatError: K401, K404: it cannot be read.
        LimitError: K602, K604: it is too large.
    """
    ending, source = path.suffix.lower(), str(path)
    if ending not in CODE_ENDINGS:
        raise FormatError(
            _("{ending} is no ending of a file with Keras code", ending=repr(path.suffix)[:60]),
            code="K404",
            where=source,
            fix=_("one of {names}", names=", ".join(CODE_ENDINGS)),
        )
    most = MAX_NOTEBOOK_BYTES if ending == ".ipynb" else MAX_CODE_BYTES
    text = _decoded(_content(path, most), source)
    if ending == ".ipynb":
        return notebook_listing(text, source)
    check_size(text, source)
    return program_listing(text, source) if ending == ".py" else as_listing(text, source)


def _content(path: Path, most: int) -> bytes:
    with opened(path, str(path)) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise LimitError(
            _("larger than {most} bytes", most=f"{most:,}"),
            code="K602",
            where=str(path),
            fix=_("keep only the lines that describe the network"),
        )
    return content


def _decoded(content: bytes, source: str) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FormatError(_("no UTF-8"), code="K401", where=source, fix=_("save it as UTF-8"))
