"""Labelled pictures, split and ready to train on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from konv.data.names import written
from konv.data.preprocessing import Preprocessing
from konv.language import translate as _
from konv.language.tables import printable, table

__all__ = ["Dataset", "Split"]

_HASHED_AT_ONCE = 4096  # pictures
_SHOWN = 10  # skipped files in the summary
_SHOWN_CLASSES = 40


@dataclass(frozen=True, eq=False)
class Split:
    """Pictures with a label each.

    Args:
        images: uint8 (N, H, W, C), read-only, perhaps a view into a file.
        labels: int64 (N,): indices into the class names.
        paths: the N files the pictures came from, or None if they came from an array.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    paths: tuple[Path, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """What :func:`konv.data.load` gives.

    Args:
        train: the pictures to learn from.
        validation: those to watch the learning with, or None.
        test: those to judge the result with, or None.
        class_names: the name of each label, from 0.
        source: what was loaded, as the person called it.
        skipped: (path, reason) of the pictures that could not be read.
        notes: what the person should know about how the source was understood.
        preprocessing: how a new picture becomes one like these.
    """

    train: Split
    validation: Split | None
    test: Split | None
    class_names: tuple[str, ...]
    source: str
    skipped: tuple[tuple[Path, str], ...]
    notes: tuple[str, ...]
    preprocessing: Preprocessing

    @property
    def splits(self) -> dict[str, Split]:
        """The splits that there are, by name."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: split for name, split in named.items() if split is not None}

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the class names and over the shape, pixels and labels of each split."""
        digest = hashlib.sha256(json.dumps(self.class_names).encode())
        for name, split in self.splits.items():
            digest.update(json.dumps([name, split.images.shape]).encode())
            for start in range(0, len(split), _HASHED_AT_ONCE):
                some = split.images[start : start + _HASHED_AT_ONCE]
                digest.update(np.ascontiguousarray(some).data)
            digest.update(split.labels.astype("<i8").tobytes())
        return digest.hexdigest()

    def summary(self) -> str:
        """A table of how many pictures each class has in each split, and what else is known."""
        titles = {"train": _("train"), "validation": _("validation"), "test": _("test")}
        counts = {
            name: np.bincount(split.labels, minlength=len(self.class_names)).tolist()
            for name, split in self.splits.items()
        }
        rows = [["", *(titles[name] for name in counts)]]
        rows += [
            [printable(name), *(f"{own[label]:,}" for own in counts.values())]
            for label, name in enumerate(self.class_names[:_SHOWN_CLASSES])
        ]
        if len(self.class_names) > _SHOWN_CLASSES:
            rows.append([_("… {count} more", count=len(self.class_names) - _SHOWN_CLASSES)])
        rows.append([_("total"), *(f"{sum(own):,}" for own in counts.values())])
        height, width, channels = self.preprocessing.shape
        colour = _("grey") if channels == 1 else _("colour")
        head = _(
            "{source}: {classes} classes, {height}×{width} {colour}",
            source=self.source,
            classes=len(self.class_names),
            height=height,
            width=width,
            colour=colour,
        )
        return "\n".join([head, *table(rows), *self._remarks()])

    def _remarks(self) -> Iterable[str]:
        yield from self.notes
        if self.skipped:
            yield _("{count:,} pictures could not be read:", count=len(self.skipped))
            for path, reason in self.skipped[:_SHOWN]:
                yield f"  {written(path)}: {reason}"
            if len(self.skipped) > _SHOWN:
                yield "  …"
