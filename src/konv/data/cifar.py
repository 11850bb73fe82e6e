"""A folder of CIFAR batches in the binary form, as CIFAR-10 and CIFAR-100 are published.

A record is one label (CIFAR-100: a coarse one, then the fine one that is used) and 3,072 bytes:
32×32 of red, then of green, then of blue, each row by row. The form that is pickled for Python is
refused: unpickling runs what the file says.
Source: A. Krizhevsky, The CIFAR-10 dataset, "Binary version".
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from konv.data.labelled import ArrayPart, Labelled
from konv.data.labels import NAMES_FILE, class_labels
from konv.data.names import list_folder, written
from konv.data.packed import PACKINGS, malformed, packed_file, read_lines, unpacked_name
from konv.data.reasons import check_count
from konv.errors import DataError, FormatError
from konv.language import translate as _

__all__ = ["CifarFolder"]

_SPLITS = {"train": "train", "data": "train", "test": "test", "val": "validation"}
_SPLITS |= {"valid": "validation", "validation": "validation"}
# "data_batch_1.bin.xz", "test_batch.bin" (CIFAR-10); "train.bin", "test.bin" (CIFAR-100)
_NAME = re.compile(rf"({'|'.join(_SPLITS)})(_batch[^.]*)?\.bin(?:\.gz|\.xz)?", re.IGNORECASE)
_PICKLED = re.compile(r"data_batch_[0-9]|test_batch|batches\.meta|meta|train|test")
_FINE_NAMES = "fine_label_names.txt"
_NAMES_FILES = (NAMES_FILE, "batches.meta.txt", _FINE_NAMES)
_SIDE_PX, _PICTURE_BYTES = 32, 3 * 32 * 32


@dataclass(frozen=True)
class CifarFolder:
    """``batches`` are the files of each split in their natural order."""

    root: Path
    batches: Mapping[str, tuple[Path, ...]]
    names_file: Path | None
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return written(self.root)

    @property
    def files(self) -> tuple[Path, ...]:
        batches = [file for files in self.batches.values() for file in files]
        return (*batches, *([self.names_file] if self.names_file else []))

    @classmethod
    def found(cls, path: Path) -> Self | None:
        if not os.path.isdir(path):
            return None
        files = list_folder(path).files
        batches: dict[str, list[Path]] = defaultdict(list)
        for file in _without_doubles(files):
            if match := _NAME.fullmatch(file.name):
                batches[_SPLITS[match[1].lower()]].append(file)
        if not batches:
            _refuse_pickles(path, files)
            return None
        by_name = {file.name: file for file in files}
        names_file = next((by_name[name] for name in _NAMES_FILES if name in by_name), None)
        return cls(path, {split: tuple(own) for split, own in batches.items()}, names_file)

    def read(self) -> Labelled:
        if "train" not in self.batches:
            raise DataError(
                _("there is no batch to train on"),
                code="K506",
                where=self.name,
                fix=_("put data_batch_1.bin or train.bin beside the others"),
            )
        images, values = {}, {}
        for split, files in self.batches.items():
            batches = [read_batch(file) for file in files]
            values[split] = np.concatenate([labels for labels, _images in batches])
            images[split] = np.concatenate([own for _labels, own in batches])
            check_count(len(images[split]), self.name)
        class_names, labels = class_labels(values, self._names(), self.name)
        parts = {split: ArrayPart(images[split], labels[split]) for split in images}
        return Labelled(class_names, parts)

    def _names(self) -> list[str]:
        if self.names_file:
            return read_lines(self.names_file)
        fine = any(_label_bytes(file) == 2 for files in self.batches.values() for file in files)
        return [str(label) for label in range(100 if fine else 10)]


def _label_bytes(file: Path) -> int:
    return 1 if "_batch" in file.name.lower() else 2


def _without_doubles(files: tuple[Path, ...]) -> list[Path]:
    """Of a file and its packed forms, one."""
    plain_first = sorted(files, key=lambda file: file.suffix.lower() in PACKINGS, reverse=True)
    kept = {unpacked_name(file): file for file in plain_first}
    return [file for file in files if file in kept.values()]


def _refuse_pickles(folder: Path, files: tuple[Path, ...]) -> None:
    pickled = [file for file in files if _PICKLED.fullmatch(file.name)]
    if pickled:
        raise FormatError(
            _("{name} looks like CIFAR pickled for Python", name=pickled[0].name),
            code="K401",
            where=written(folder),
            details=[(_("reason"), _("unpickling a file runs any code that it holds"))],
            fix=_("fetch the binary version (cifar-10-binary.tar.gz): data_batch_1.bin, …"),
        )


def read_batch(file: Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """The labels (N,) and the pictures (N, 32, 32, 3) of one file.

    Raises:
        FormatError: K401, when it is not such a file; K404, when it cannot be read.
        LimitError: K602, when it unpacks to too much.
    """
    label_bytes = _label_bytes(file)
    record_bytes = label_bytes + _PICTURE_BYTES
    packed = packed_file(file)

    def check(count: int) -> None:
        if count == 0 or count % record_bytes:
            raise malformed(
                _(
                    "{count:,} bytes are not a whole number of records of {label} + {pixels:,}",
                    count=count,
                    label=label_bytes,
                    pixels=_PICTURE_BYTES,
                ),
                packed.where,
            )

    records = packed.read(check, at_most=packed.most_bytes).reshape(-1, record_bytes)
    planes = records[:, label_bytes:].reshape(-1, 3, _SIDE_PX, _SIDE_PX)
    return records[:, label_bytes - 1].copy(), np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
