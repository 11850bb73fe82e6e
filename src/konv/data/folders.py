"""A folder with one folder of pictures per class, perhaps under train/, val/ and test/.

The pictures of a class lie directly in its folder. Folders with the same name once Hangul is put
together (NFC) are one class. What is hidden, and what does not end like a picture, is left out.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from konv.constraints import did_you_mean
from konv.data.labelled import FilePart, Labelled
from konv.data.names import list_folder, natural_key, written
from konv.data.reasons import check_count
from konv.errors import DataError, LimitError
from konv.language import translate as _
from konv.limits import MAX_CLASSES

__all__ = ["ENDINGS", "ClassFolder", "ClassFolders", "is_picture_name"]

ENDINGS = frozenset(
    [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff"]
)
_SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
_SHOWN = 5  # names in a note


def _split_named(folder: Path) -> str | None:
    """The split that a folder of this name holds."""
    return _SPLIT_NAMES.get(folder.name.casefold())


def is_picture_name(path: Path) -> bool:
    """Whether a file of this name should be a picture."""
    return path.suffix.lower() in ENDINGS


@dataclass(frozen=True)
class ClassFolder:
    """One folder of pictures of one class."""

    path: Path
    pictures: tuple[Path, ...]
    others: tuple[Path, ...]
    inner: tuple[Path, ...]
    hidden: tuple[Path, ...]

    @property
    def name(self) -> str:
        return written(self.path.name)

    @classmethod
    def at(cls, path: Path) -> Self:
        listing = list_folder(path)
        pictures = [file for file in listing.files if is_picture_name(file)]
        others = [file for file in listing.files if not is_picture_name(file)]
        return cls(path, tuple(pictures), tuple(others), listing.folders, listing.hidden)


@dataclass(frozen=True)
class ClassFolders:
    """``splits`` maps "train", and perhaps "validation" and "test", to class folders.

    ``outside`` is what lies beside the class folders and is not hidden.
    """

    root: Path
    splits: Mapping[str, tuple[ClassFolder, ...]]
    outside: tuple[Path, ...]
    hidden: tuple[Path, ...]

    @property
    def name(self) -> str:
        return written(self.root)

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(file for folder in self.folders for file in folder.pictures)

    @property
    def folders(self) -> tuple[ClassFolder, ...]:
        """The class folders of all splits."""
        return tuple(folder for folders in self.splits.values() for folder in folders)

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes that have pictures, naturally sorted."""
        return tuple(sorted({f.name for f in self.folders if f.pictures}, key=natural_key))

    @property
    def beside(self) -> tuple[Path, ...]:
        """Folders and pictures that lie outside, and that someone may miss."""
        return tuple(path for path in self.outside if is_picture_name(path) or path.is_dir())

    @classmethod
    def found(cls, path: Path) -> Self | None:
        if not os.path.isdir(path):
            return None
        listing = list_folder(path)
        by_split = _by_split(listing.folders, path)
        if by_split:
            inner = {split: list_folder(folder) for split, folder in by_split.items()}
            outside = [folder for folder in listing.folders if _split_named(folder) is None]
            levels = [listing, *inner.values()]
        else:
            inner, outside, levels = {"train": listing}, [], [listing]
        splits = {split: tuple(map(ClassFolder.at, own.folders)) for split, own in inner.items()}
        outside += [file for level in levels for file in level.files]
        hidden = tuple(file for level in levels for file in level.hidden)
        source = cls(path, splits, tuple(outside), hidden)
        return source if any(folder.pictures for folder in splits["train"]) else None

    @property
    def notes(self) -> tuple[str, ...]:
        empty = [folder.path for folder in self.folders if not folder.pictures]
        inner = [folder for own in self.folders for folder in own.inner]
        others = Counter(file.suffix.lower() for own in self.folders for file in own.others)
        notes = []
        if empty:
            notes.append(_("class folders without a picture: {names}", names=self._some(empty)))
        if inner:
            notes.append(
                _("folders inside class folders were left out: {names}", names=self._some(inner))
            )
        if others:
            counts = ", ".join(f"{ending or '?'} × {n:,}" for ending, n in others.most_common())
            notes.append(_("files that are no pictures were left out: {counts}", counts=counts))
        if self.beside:
            notes.append(_("beside the class folders lie: {names}", names=self._some(self.beside)))
        return tuple(notes)

    def _some(self, paths: Sequence[Path]) -> str:
        shown = [written(path.relative_to(self.root)) for path in paths[:_SHOWN]]
        return ", ".join([*shown, *(["…"] if len(paths) > _SHOWN else [])])

    def read(self) -> Labelled:
        check_count(len(self.files), self.name)
        if len(self.class_names) > MAX_CLASSES:
            raise LimitError(
                _("{count:,} classes", count=len(self.class_names)),
                code="K603",
                where=self.name,
                fix=_("at most {most:,}", most=MAX_CLASSES),
            )
        self._check_classes()
        return self.labelled()

    def labelled(self) -> Labelled:
        """The same without a check."""
        place = {name: index for index, name in enumerate(self.class_names)}
        parts = {}
        for split, folders in self.splits.items():
            paths = [file for folder in folders for file in folder.pictures]
            labels = [place[folder.name] for folder in folders for _file in folder.pictures]
            if paths:
                parts[split] = FilePart(tuple(paths), np.array(labels, dtype=np.int64))
        return Labelled(self.class_names, parts)

    def strangers(self) -> dict[str, list[str]]:
        """The classes of each other split that the training split does not have."""
        known = {folder.name for folder in self.splits["train"] if folder.pictures}
        others = {
            split: [f.name for f in folders if f.pictures and f.name not in known]
            for split, folders in self.splits.items()
        }
        return {split: names for split, names in others.items() if names}

    def _check_classes(self) -> None:
        for split, names in self.strangers().items():
            known = [name for name in self.class_names if name not in names]
            raise DataError(
                _(
                    "the {split} split has a class that the training split lacks: {name}",
                    split=split,
                    name=names[0],
                )
                + did_you_mean(names[0], known),
                code="K507",
                where=self.name,
                details=[(_("classes"), ", ".join(known))],
                fix=_("give a class the same folder name in every split"),
            )


def _by_split(folders: Sequence[Path], root: Path) -> dict[str, Path]:
    """The folder of each split, if the folders are those of splits and not of classes."""
    named = [folder for folder in folders if _split_named(folder)]
    train = [folder for folder in named if _split_named(folder) == "train"]
    # A class may be called "train" or "test" too; then pictures lie in it.
    telling = train or (named if len(named) == len(folders) else [])
    if not telling or any(ClassFolder.at(folder).pictures for folder in telling):
        return {}
    if not train:
        raise DataError(
            _("there is no folder train/ beside {names}", names=_names(named)),
            code="K506",
            where=written(root),
            fix=_("put the pictures to train on into train/, a folder for each class"),
        )
    by_split = {_SPLIT_NAMES[folder.name.casefold()]: folder for folder in named}
    if len(by_split) < len(named):
        raise DataError(
            _("of {names} two are the same split", names=_names(named)),
            code="K506",
            where=written(root),
            fix=_("keep one folder for each split"),
        )
    return by_split


def _names(folders: Sequence[Path]) -> str:
    return ", ".join(written(folder.name) + "/" for folder in folders)
