"""Pictures without labels: what a trained network is asked about."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from konv.data.decoding import Decoding, Progress
from konv.data.folders import ENDINGS, is_picture_name
from konv.data.labelled import FilePart, Labelled
from konv.data.names import list_folder, missing, written
from konv.data.preprocessing import Preprocessing
from konv.data.reasons import attributed, check_count
from konv.errors import DataError
from konv.language import translate as _

__all__ = ["ReadPictures", "find_pictures", "read_arrays"]

AnyPath = str | os.PathLike[str]
# Deeper than any collection, and far from the longest path that systems allow.
_MAX_DEPTH = 64


class ReadPictures(NamedTuple):
    """``images`` is uint8 (N, H, W, C), ``paths`` the N files, ``skipped`` (path, reason)."""

    images: npt.NDArray[np.uint8]
    paths: list[Path]
    skipped: tuple[tuple[Path, str], ...]


def find_pictures(paths: AnyPath | Iterable[AnyPath]) -> list[Path]:
    """The pictures that files and folders stand for.

    Args:
        paths: one or several. A file stands for itself, whatever its name; a folder for the
            pictures in it and in its folders, naturally sorted, without what is hidden. Links to
            folders inside a folder are not followed.

    Returns:
        Each file once, in the order of ``paths``.

    Raises:
        DataError: K501, when a path does not exist or nothing is found.
    """
    found: dict[Path, None] = {}
    given = [Path(paths)] if isinstance(paths, (str, os.PathLike)) else [*map(Path, paths)]
    for path in given:
        if os.path.isdir(path):
            found.update(dict.fromkeys(_inside(path, 0)))
        elif os.path.lexists(path):
            found[path] = None
        else:
            raise missing(path)
        check_count(len(found), written(path))
    if not found:
        endings = ", ".join(sorted(ENDINGS))
        raise DataError(
            _("no pictures here"),
            code="K501",
            where=", ".join(written(path) for path in given),
            details=[(_("expected"), _("files that end in {endings}", endings=endings))],
            fix=_("give pictures, or folders that hold some"),
        )
    return list(found)


def _inside(folder: Path, depth: int) -> Iterator[Path]:
    listing = list_folder(folder)
    yield from (file for file in listing.files if is_picture_name(file))
    for inner in listing.folders:
        if depth < _MAX_DEPTH and not inner.is_symlink():
            yield from _inside(inner, depth + 1)


def read_arrays(
    paths: Sequence[Path], preprocessing: Preprocessing, progress: Progress | None = None
) -> ReadPictures:
    """Read pictures at the network's size, by several threads, in the order of ``paths``.

    Args:
        paths: the files.
        preprocessing: that of the network.
        progress: called as progress(done, total), in pictures.

    Returns:
        The pictures that can be read and their paths; the others are ``skipped``.

    Raises:
        LimitError: K603, when they do not fit into memory.
    """
    labels = np.zeros(len(paths), dtype=np.int64)
    labelled = Labelled((), {"test": FilePart(tuple(map(Path, paths)), labels)})
    with attributed(_("{count:,} pictures", count=len(paths))):
        decoded = Decoding(labelled, preprocessing).in_memory(progress)
    return ReadPictures(decoded.images, list(decoded.paths or ()), decoded.skipped)
