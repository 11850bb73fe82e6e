"""An .npz file: NumPy arrays of pictures and labels.

=============  =====================================================  ===========================
split          pictures                                               labels
=============  =====================================================  ===========================
training       x_train, train_images, train_x                         y_train, train_labels, train_y
validation     x_val, val_images, val_x (or valid, validation)        the same with y, labels
test           x_test, test_images, test_x                            the same with y, labels
all in one     x, images, pictures, data                              y, labels, target, targets
=============  =====================================================  ===========================

Pictures are (N, H, W) or (N, H, W, C), or (N, C, H, W) where only that can be meant; C is 1 or 3,
or 4 with alpha, which is laid on white. Values are uint8; other whole numbers from 0 to 255; uint16
up to 65,535 (scaled); bool; or floats from 0 to 1 (scaled), or from 0 to 255 where one is above 1.
Labels are (N,) or (N, 1) whole numbers or texts, or one-hot (N, classes). ``class_names`` may hold
a text for each whole number from 0. Arrays of Python objects are refused: reading them runs code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from konv.data.archive import Archive, open_archive
from konv.data.arrays import labels_from, pictures_from
from konv.data.labelled import ArrayPart, Labelled
from konv.data.labels import class_labels
from konv.data.names import written
from konv.errors import DataError
from konv.language import translate as _

__all__ = ["NpzFile"]

_WORDS = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
_PICTURES, _LABELS = ("x", "images"), ("y", "labels")
_ALL_PICTURES = ("x", "images", "pictures", "data")
_ALL_LABELS = ("y", "labels", "target", "targets")
_CLASS_NAMES = ("class_names", "classes", "label_names", "target_names")


@dataclass(frozen=True)
class NpzFile:
    """``path`` is the file; its members are looked at when it is read."""

    path: Path
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return written(self.path)

    @property
    def root(self) -> Path:
        return self.path.parent

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path,)

    @classmethod
    def found(cls, path: Path) -> Self | None:
        return cls(path) if path.suffix.lower() == ".npz" and os.path.isfile(path) else None

    def read(self) -> Labelled:
        archive = open_archive(self.path)
        members = {name.casefold(): name for name in archive.members}
        images, values = {}, {}
        for split, (pictures, labels) in self._pairs(members).items():
            images[split] = pictures_from(archive.read(pictures), self._place(pictures))
            values[split] = labels_from(archive.read(labels), self._place(labels))
            if len(images[split]) != len(values[split]):
                raise self._counts_differ(pictures, len(images[split]), labels, len(values[split]))
        numbered = all(labels.dtype.kind == "i" for labels in values.values())
        names = _class_names(archive, members) if numbered else []
        class_names, indices = class_labels(values, names, self.name)
        return Labelled(class_names, {s: ArrayPart(images[s], indices[s]) for s in images})

    def _place(self, member: str) -> str:
        return f"{self.name}: {written(member)}"

    def _pairs(self, members: Mapping[str, str]) -> dict[str, tuple[str, str]]:
        """The names of (pictures, labels) of each split."""
        pairs = {}
        for split, words in _WORDS.items():
            pictures = _first(members, _combined(_PICTURES, words))
            labels = _first(members, _combined(_LABELS, words))
            pairs[split] = (pictures, labels)
        if pairs["train"] == (None, None):
            pairs["train"] = (_first(members, _ALL_PICTURES), _first(members, _ALL_LABELS))
        complete = {}
        for split, (pictures, labels) in pairs.items():
            if pictures is not None and labels is not None:
                complete[split] = (pictures, labels)
            elif split == "train" or (pictures, labels) != (None, None):
                raise self._incomplete(split, members)
        return complete

    def _incomplete(self, split: str, members: Mapping[str, str]) -> DataError:
        wanted = f"x_{_WORDS[split][0]}", f"y_{_WORDS[split][0]}"
        held = ", ".join(written(name) for name in members.values()) or _("nothing")
        return DataError(
            _("it does not hold both pictures and labels of the {split} split", split=split),
            code="K503",
            where=self.name,
            details=[(_("it holds"), held)],
            fix=_("save them as {pictures} and {labels}", pictures=wanted[0], labels=wanted[1]),
        )

    def _counts_differ(self, pictures: str, images: int, labels: str, values: int) -> DataError:
        return DataError(
            _(
                "{pictures} holds {images:,} pictures, {labels} {values:,} labels",
                pictures=written(pictures),
                images=images,
                labels=written(labels),
                values=values,
            ),
            code="K503",
            where=self.name,
            fix=_("save one label for each picture"),
        )


def _combined(nouns: Iterable[str], words: Iterable[str]) -> list[str]:
    return [
        name for word in words for noun in nouns for name in (f"{noun}_{word}", f"{word}_{noun}")
    ]


def _first(members: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((members[name] for name in names if name in members), None)


def _class_names(archive: Archive, members: Mapping[str, str]) -> list[str]:
    member = _first(members, _CLASS_NAMES)
    if member is None:
        return []
    names = archive.read(member)
    return [written(name) for name in labels_from(names, archive.path.name).astype(str).tolist()]
