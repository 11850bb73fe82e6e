"""Names of files and classes: which are hidden, how they sort, how they are written."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from konv.constraints import did_you_mean
from konv.errors import DataError
from konv.language import translate as _

__all__ = ["Listing", "is_hidden", "list_folder", "missing", "natural_key", "written"]

# What operating systems and tools leave behind, beside everything that begins with a dot.
_LEFT_BEHIND = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin"}
)
_UNSHOWN = ("Cc", "Zl", "Zp")
# int() refuses thousands of digits, and no numbering needs them.
_NUMBER = re.compile(r"([0-9]{1,18})")


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is none of the person's data.

    Example:
        >>> [is_hidden(name) for name in (".DS_Store", "Thumbs.db", "__MACOSX", "daisy")]
        [True, True, True, False]
    """
    return name.startswith(".") or name.casefold() in _LEFT_BEHIND


def natural_key(name: str) -> tuple[object, ...]:
    """A sort key by which numbers inside names count as numbers.

    Example:
        >>> sorted(["img10", "img2", "Img1", "img"], key=natural_key)
        ['img', 'Img1', 'img2', 'img10']
    """
    # re.split puts the numbers at the odd places, so that like meets like when keys are compared.
    pieces = _NUMBER.split(unicodedata.normalize("NFC", name).casefold())
    numbered = (int(piece) if place % 2 else piece for place, piece in enumerate(pieces))
    return tuple(numbered), name


def written(name: str | os.PathLike[str]) -> str:
    """``name`` as text that any screen and any file can hold.

    macOS stores Hangul in pieces (NFD); bytes that are no UTF-8 reach Python as lone surrogates.

    Example:
        >>> len("한글"), len(unicodedata.normalize("NFD", "한글"))
        (2, 6)
        >>> written(unicodedata.normalize("NFD", "한글")) == "한글"
        True
    """
    text = os.fspath(name).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    # Control characters and line ends in a name could rewrite what a terminal shows.
    text = "".join("�" if unicodedata.category(c) in _UNSHOWN else c for c in text)
    return unicodedata.normalize("NFC", text)


@dataclass(frozen=True)
class Listing:
    """What a folder holds, one level deep, each naturally sorted."""

    folders: tuple[Path, ...]
    files: tuple[Path, ...]
    hidden: tuple[Path, ...]


def list_folder(folder: Path) -> Listing:
    """Look into ``folder``; links are followed, a link that leads nowhere is a file.

    Raises:
        DataError: K501, when the folder cannot be listed.
    """
    folders, files, hidden = [], [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_hidden(entry.name):
                    hidden.append(entry.name)
                elif _is_folder(entry):
                    folders.append(entry.name)
                else:
                    files.append(entry.name)
    except OSError as error:
        raise DataError(
            _("the folder cannot be listed: {reason}", reason=error.strerror or error),
            code="K501",
            where=written(folder),
            fix=_("give a folder that you may read"),
        ) from error
    return Listing(*(_sorted(folder, names) for names in (folders, files, hidden)))


def _sorted(folder: Path, names: list[str]) -> tuple[Path, ...]:
    return tuple(folder / name for name in sorted(names, key=natural_key))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def missing(path: Path) -> DataError:
    """The error for a path where nothing is, with the nearest name that exists."""
    parent = path.parent
    hint = ""
    if os.path.isdir(parent):
        siblings = [child.name for child in (*list_folder(parent).folders, *parent.glob("*.npz"))]
        hint = did_you_mean(path.name, siblings)
    else:
        hint = _("; the folder {parent} does not exist either", parent=written(parent))
    return DataError(
        _("there is nothing at this path") + hint,
        code="K501",
        where=written(path),
        fix=_("give a path that exists"),
    )
