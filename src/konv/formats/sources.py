"""Model files of all kinds that konv reads, told apart by how they begin, not by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from konv.formats.exchange.imported import Imported
from konv.formats.foreign import HEAD_BYTES
from konv.formats.konv_file import read_model

__all__ = ["read_any_model"]


@dataclass(frozen=True)
class Source:
    """A kind of model file.

    Args:
        head: how it begins.
        read: what reads it.
    """

    head: bytes
    read: Callable[[str | os.PathLike[str]], Imported]


SOURCES: tuple[Source, ...] = ()


def read_any_model(path: str | os.PathLike[str]) -> Imported:
    """The model in a file of konv's own, or of another tool. Nothing in it is run.

    Raises:
        FormatError: K404, it cannot be read; K410, it holds what konv does not have, all of it;
            others as those that read each kind.
        LimitError: it is too large.
    """
    head = _head(path)
    for source in SOURCES:
        if re.match(source.head, head, re.DOTALL):
            return _recorded(source.read(path))
    return Imported(read_model(path), "konv")


def _recorded(imported: Imported) -> Imported:
    """The same; where it comes from travels with the model from now on."""
    notes = [str(note) for note in imported.notes]
    record = {**imported.contents.record, "imported": {"from": imported.source, "notes": notes}}
    return replace(imported, contents=replace(imported.contents, record=record))


def _head(path: str | os.PathLike[str]) -> bytes:
    """How a file begins; nothing where it cannot be read: what reads it will say so."""
    if not os.path.isfile(path):
        return b""
    try:
        with open(path, "rb") as file:
            return file.read(HEAD_BYTES)
    except (OSError, ValueError):
        return b""
