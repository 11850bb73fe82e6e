"""Which kind of source a path is, and what was expected when it is none."""

from __future__ import annotations

import os
from pathlib import Path

from konv.data.cifar import CifarFolder
from konv.data.digits import Digits
from konv.data.folders import ClassFolder, ClassFolders, is_picture_name
from konv.data.idx import IdxFolder
from konv.data.labelled import Source
from konv.data.names import list_folder, missing, written
from konv.data.npz import NpzFile
from konv.errors import DataError, KonvError, ParameterError
from konv.language import translate as _

__all__ = ["open_source"]

KINDS: tuple[type[Source], ...] = (NpzFile, IdxFolder, CifarFolder, ClassFolders)
_ARCHIVES = frozenset([".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"])
# How deep, and through how many folders, a better path is searched for a hint.
_HINT_DEPTH, _HINT_FOLDERS = 3, 200


def open_source(source: str | os.PathLike[str]) -> Source:
    """Find out what ``source`` is; only names are looked at.

    Args:
        source: a folder of class folders, of IDX files or of CIFAR batches, an .npz file, or the
            word ``"digits"`` (a folder of that name is ``"./digits"``).

    Raises:
        DataError: K501, with a hint, when it is none of these.
        ParameterError: K201, when it is no path.

    Example:
        >>> len(open_source("digits").read().parts["train"].labels)
        1797
    """
    if not isinstance(source, (str, os.PathLike)):
        raise ParameterError(
            _("source={value}", value=repr(source)[:60]),
            code="K201",
            where="load",
            fix=_("a path, or the word {word}", word=f'"{Digits.name}"'),
        )
    if source == Digits.name:
        return Digits()
    path = Path(source)
    if not os.path.exists(path):
        raise missing(path)
    for kind in KINDS:
        if (opened := kind.found(path)) is not None:
            return opened
    hint = _folder_hint(path) if os.path.isdir(path) else _file_hint(path)
    raise _no_pictures(path, hint)


def _no_pictures(path: Path, hint: str) -> DataError:
    """The error that shows every layout in which pictures are found."""
    return DataError(
        _("no labelled pictures here"),
        code="K501",
        where=written(path),
        details=[
            (_("expected"), _("a folder with {files}", files="daisy/1.jpg, rose/2.png, …")),
            (_("or"), _("a folder with {files}", files="train/daisy/1.jpg, …, val/…, test/…")),
            (_("or"), _("a folder with {files}", files="train-images-idx3-ubyte.gz, …")),
            (_("or"), _("a folder with {files}", files="data_batch_1.bin, …, test_batch.bin")),
            (_("or"), _("an .npz file with x_train and y_train; the word {word}", word="digits")),
        ],
        fix=hint or _("make a folder for each class and put its pictures into it"),
    )


def _file_hint(path: Path) -> str:
    ending = path.suffix.lower()
    if is_picture_name(path):
        return _("this is one picture: give the folder that holds the class folders")
    if ending == ".npy":
        return _("save pictures and labels together: numpy.savez(path, x=…, y=…)")
    if _labelled(path.parent) is not None:
        return _("did you mean its folder, {folder}?", folder=written(path.parent))
    return _("unpack it, and give the folder") if ending in _ARCHIVES else ""


def _folder_hint(path: Path) -> str:
    if any(is_picture_name(file) for file in list_folder(path).files):
        parent = Path(os.path.abspath(path)).parent
        above = _labelled(parent)
        if isinstance(above, ClassFolders) and len(above.class_names) > 1:
            return _(
                "its pictures are of one class; did you mean {folder}?", folder=written(parent)
            )
        return _("the pictures lie one level too high: make a folder for each class")
    deeper = _deeper(path)
    if deeper is not None:
        return _("the pictures lie deeper; did you mean {folder}?", folder=written(deeper))
    others = [file for folder in _folders(path) for file in ClassFolder.at(folder).others]
    if others:
        return _("save {file} and the like as JPEG or PNG", file=written(others[0].name))
    return ""


def _deeper(path: Path) -> Path | None:
    """The first folder below ``path`` that holds labelled pictures, level by level."""
    level = [path]
    looked_at = 0
    for _depth in range(_HINT_DEPTH):
        level = [child for folder in level for child in _folders(folder)][:_HINT_FOLDERS]
        for folder in level:
            looked_at += 1
            if looked_at > _HINT_FOLDERS:
                return None
            if _labelled(folder) is not None:
                return folder
    return None


def _folders(folder: Path) -> tuple[Path, ...]:
    try:
        return list_folder(folder).folders
    except DataError:
        return ()


def _labelled(folder: Path) -> Source | None:
    for kind in KINDS:
        try:
            if (source := kind.found(folder)) is not None:
                return source
        except KonvError:  # a hint is worth no error of its own
            return None
    return None
