"""A folder of IDX files, as MNIST and its family are published.

An IDX file is 0, 0, the type (8: unsigned bytes), the number of dimensions, each dimension as four
bytes (most significant first), and the values row by row.
Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database, "File formats".
"""

from __future__ import annotations

import math
import os
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from konv.data.labelled import ArrayPart, Labelled
from konv.data.labels import NAMES_FILE, class_labels
from konv.data.names import list_folder, written
from konv.data.packed import PACKINGS, Packed, malformed, packed_file, read_lines, unpacked_name
from konv.data.reasons import check_count
from konv.errors import DataError, FormatError
from konv.language import translate as _
from konv.limits import MAX_PICTURE_SIDE_PX

__all__ = ["IdxFolder"]

_SPLITS = {"train": "train", "t10k": "test", "test": "test", "val": "validation"}
_SPLITS |= {"valid": "validation", "validation": "validation"}
# "train-images-idx3-ubyte.gz", "t10k-labels.idx1-ubyte", "emnist-letters-train-images-idx3-ubyte"
_NAME = re.compile(
    rf"(?:.*[-_])?({'|'.join(_SPLITS)})-(images|labels)[-.]idx[0-9]-ubyte(?:\.gz|\.xz)?",
    re.IGNORECASE,
)
_UNSIGNED_BYTES = 8
_MAX_DIMENSIONS = 4


@dataclass(frozen=True)
class IdxFolder:
    """``by_role`` maps (split, "images" or "labels") to its file."""

    root: Path
    by_role: Mapping[tuple[str, str], Path]
    names_file: Path | None
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return written(self.root)

    @property
    def files(self) -> tuple[Path, ...]:
        return (*self.by_role.values(), *([self.names_file] if self.names_file else []))

    @classmethod
    def found(cls, path: Path) -> Self | None:
        if not os.path.isdir(path):
            return None
        by_role: dict[tuple[str, str], Path] = {}
        names_file = None
        for file in list_folder(path).files:
            if match := _NAME.fullmatch(file.name):
                role = (_SPLITS[match[1].lower()], match[2].lower())
                by_role[role] = _preferred(by_role.get(role), file)
            elif file.name == NAMES_FILE:
                names_file = file
        return cls(path, by_role, names_file) if by_role else None

    def read(self) -> Labelled:
        names = read_lines(self.names_file) if self.names_file else []
        self._check_pairs()
        splits = [split for split, role in self.by_role if role == "images"]
        images = {split: read_images(self.by_role[split, "images"]) for split in splits}
        values = {split: read_labels(self.by_role[split, "labels"]) for split in splits}
        for split in splits:
            self._check_counts(split, len(images[split]), len(values[split]))
        class_names, labels = class_labels(values, names, self.name)
        parts = {split: ArrayPart(images[split], labels[split]) for split in splits}
        return Labelled(class_names, parts)

    def _check_pairs(self) -> None:
        needed = {("train", "images")} | set(self.by_role)
        needed |= {(split, role) for split, _role in needed for role in ("images", "labels")}
        for split, role in sorted(needed - set(self.by_role)):
            present = ", ".join(written(file.name) for file in self.by_role.values())
            word, rank = {"test": "t10k"}.get(split, split), 3 if role == "images" else 1
            raise DataError(
                _("the {role} of the {split} split are missing", role=role, split=split),
                code="K503",
                where=self.name,
                details=[(_("present"), present)],
                fix=_("put {name} beside them", name=f"{word}-{role}-idx{rank}-ubyte.gz"),
            )

    def _check_counts(self, split: str, images: int, labels: int) -> None:
        if images != labels:
            raise DataError(
                _("{images:,} pictures and {labels:,} labels", images=images, labels=labels),
                code="K503",
                where=self.name,
                details=[(_("files"), written(self.by_role[split, "images"].name))],
                fix=_("one label for each picture: fetch both files from the same place"),
            )


def _preferred(former: Path | None, file: Path) -> Path:
    """Of a file and its packed form, the file; two different sets cannot be one."""
    if former is None:
        return file
    plain, packed = sorted((former, file), key=lambda path: path.suffix in PACKINGS)
    if unpacked_name(plain) != unpacked_name(packed):
        names = {"first": written(former.name), "second": written(file.name)}
        raise DataError(
            _("{first} and {second} are the same part of two sets", **names),
            code="K507",
            where=written(file.parent),
            fix=_("give each set a folder of its own"),
        )
    return plain


def read_images(path: Path) -> npt.NDArray[np.uint8]:
    """The pictures of an IDX file: uint8 (N, H, W, C), from (N, H, W) or (N, H, W, 1 or 3).

    Raises:
        FormatError: K401, when it is not such a file; K404, when it cannot be read.
        LimitError: K602 or K603, when it is too large.
    """
    values = _read(path)
    images = values[..., np.newaxis] if values.ndim == 3 else values
    if (
        images.ndim != 4
        or images.shape[3] not in (1, 3)
        or max(images.shape[1:]) > MAX_PICTURE_SIDE_PX
    ):
        raise _wrong_shape(path, values.shape, "(N, H, W)")
    return images


def read_labels(path: Path) -> npt.NDArray[np.uint8]:
    """The labels of an IDX file: uint8 (N,). Raises what :func:`read_images` does."""
    values = _read(path)
    if values.ndim != 1:
        raise _wrong_shape(path, values.shape, "(N,)")
    return values


def _wrong_shape(path: Path, shape: tuple[int, ...], expected: str) -> FormatError:
    what = _("its values have the shape {shape}, not {expected}", shape=shape, expected=expected)
    return malformed(what, written(path))


def _read(path: Path) -> npt.NDArray[np.uint8]:
    packed = packed_file(path)
    shape = _shape(packed)
    header_bytes = 4 + 4 * len(shape)
    claimed_bytes = header_bytes + math.prod(shape)
    packed.check_claim(claimed_bytes)
    check_count(shape[0], packed.where)

    def check(count: int) -> None:
        if count == claimed_bytes:
            return
        held = f"{count:,}" if count < claimed_bytes else _("more")
        claim = " × ".join(f"{length:,}" for length in shape)
        raise malformed(
            _(
                "its header promises {header} + {claim} = {total:,} bytes, but it holds {held}",
                header=header_bytes,
                claim=claim,
                total=claimed_bytes,
                held=held,
            ),
            packed.where,
        )

    return packed.read(check, at_most=claimed_bytes)[header_bytes:].reshape(shape)


def _shape(packed: Packed) -> tuple[int, ...]:
    head = packed.head(4 + 4 * _MAX_DIMENSIONS)
    if len(head) < 4 or head[:2] != b"\0\0" or not 1 <= head[3] <= _MAX_DIMENSIONS:
        raise malformed(_("it does not begin as an IDX file does"), packed.where)
    if head[2] != _UNSIGNED_BYTES:
        what = _("its values are of type {type}, not unsigned bytes (8)", type=head[2])
        raise malformed(what, packed.where)
    dimensions = head[3]
    if len(head) < 4 + 4 * dimensions:
        raise malformed(_("it ends inside its header"), packed.where)
    shape = struct.unpack(f">{dimensions}I", head[4 : 4 + 4 * dimensions])
    if 0 in shape:
        raise malformed(_("its shape {shape} holds nothing", shape=shape), packed.where)
    return shape
