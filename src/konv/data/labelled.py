"""Labelled pictures as their source holds them, before they are brought to the network's size."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from konv.data.names import natural_key, written
from konv.data.pictures import picture_form
from konv.data.preprocessing import Preprocessing
from konv.errors import DataError, KonvError, LimitError
from konv.language import translate as _
from konv.limits import MAX_PICTURES

__all__ = [
    "NAMES_FILE",
    "SPLITS",
    "ArrayPart",
    "Batch",
    "FilePart",
    "Form",
    "Labelled",
    "Part",
    "Source",
    "check_count",
    "class_labels",
    "frozen",
    "short_reason",
    "why_unreadable",
    "within_memory",
]

NAMES_FILE = "class_names.txt"  # one name in a line, in the order of the labels from 0
Form = tuple[int, int, bool]  # height, width, whether it is stored as grey
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Batch:
    """Some pictures of a part at the network's size.

    ``images`` is uint8 (N, H, W, C), ``places`` are their N places in the part, and ``skipped`` are
    the (path, reason) of those that could not be read.
    """

    images: npt.NDArray[np.uint8]
    places: tuple[int, ...]
    skipped: tuple[tuple[Path, str], ...] = ()


@dataclass(frozen=True, eq=False)
class FilePart:
    """One split of a source: pictures in a file each. ``labels`` are indices of class names, (N,).

    ``forms`` and ``batch`` tell of the pictures from ``start`` to before ``stop``, ``forms``
    without those known to be ``bad``; several threads call them at once.
    """

    paths: tuple[Path, ...]
    labels: npt.NDArray[np.int64]

    def forms(self, start: int, stop: int, bad: Container[Path]) -> frozenset[Form]:
        found = set()
        for path in self.paths[start:stop]:
            if path not in bad:
                with suppress(KonvError):  # who decodes it says what is wrong
                    form = picture_form(path)
                    found.add((form.height, form.width, form.grey))
        return frozenset(found)

    def batch(self, start: int, stop: int, preprocessing: Preprocessing) -> Batch:
        images, places, skipped = [], [], []
        for place in range(start, min(stop, len(self.paths))):
            try:
                images.append(preprocessing.read(self.paths[place]))
                places.append(place)
            except KonvError as error:
                skipped.append((self.paths[place], short_reason(error)))
        stacked = np.array(images, dtype=np.uint8).reshape(-1, *preprocessing.shape)
        return Batch(stacked, tuple(places), tuple(skipped))


@dataclass(frozen=True, eq=False)
class ArrayPart:
    """The same for pictures in one array, uint8 (N, H, W, 1 or 3)."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    paths: None = None

    def forms(self, start: int, stop: int, bad: Container[Path]) -> frozenset[Form]:
        height, width, channels = self.images.shape[1:]
        return frozenset({(height, width, channels == 1)})

    def batch(self, start: int, stop: int, preprocessing: Preprocessing) -> Batch:
        images = self.images[start:stop]
        places = tuple(range(start, start + len(images)))
        if images.shape[1:] != preprocessing.shape:
            images = np.stack([_resized(image, preprocessing) for image in images])
        return Batch(images, places)


Part = FilePart | ArrayPart


def _resized(image: npt.NDArray[np.uint8], preprocessing: Preprocessing) -> npt.NDArray[np.uint8]:
    from PIL import Image

    flat = image[:, :, 0] if image.shape[2] == 1 else image
    return preprocessing.picture(Image.fromarray(np.ascontiguousarray(flat)))


@dataclass(frozen=True, eq=False)
class Labelled:
    """All that a source holds: the part "train", and whichever others of :data:`SPLITS`."""

    class_names: tuple[str, ...]
    parts: Mapping[str, Part]

    def __post_init__(self) -> None:
        in_order = {split: self.parts[split] for split in SPLITS if split in self.parts}
        object.__setattr__(self, "parts", in_order)

    @property
    def count(self) -> int:
        return sum(len(part.labels) for part in self.parts.values())


class Source(Protocol):
    """Somewhere that labelled pictures come from: the one thing each kind of source provides.

    Opening is cheap and looks at names only; ``read`` is what takes time.
    """

    @property
    def name(self) -> str:
        """What the person called it."""

    @property
    def root(self) -> Path | None:
        """The folder that all its files are in, or None if it has no files."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files whose names, sizes and times tell whether something changed."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the person should know about how it was understood."""

    @classmethod
    def found(cls, path: Path) -> Self | None:
        """The source at ``path`` if it is of this kind."""

    def read(self) -> Labelled:
        """The labelled pictures."""


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """``array``, which nobody may write to from now on."""
    array.setflags(write=False)
    return array


def short_reason(error: KonvError) -> str:
    """What an error says, in one line, without its place and its fix."""
    return ": ".join([error.what, *(text for _label, text in error.details)])


def why_unreadable(path: Path, preprocessing: Preprocessing) -> str:
    """The reason why a picture cannot be read."""
    try:
        preprocessing.read(path)
    except KonvError as error:
        return short_reason(error)
    return _("it could not be read before")


@contextmanager
def within_memory(where: str) -> Iterator[None]:
    """Turn a lack of memory into an error that says what to do.

    Raises:
        LimitError: K603.
    """
    try:
        yield
    except MemoryError as error:
        raise LimitError(
            _("the pictures do not fit into memory"),
            code="K603",
            where=where,
            details=[(_("reason"), str(error))] if str(error) else [],
            fix=_("choose a smaller size, or take fewer pictures"),
        ) from error


def check_count(count: int, where: str) -> None:
    """Refuse more pictures than :data:`konv.limits.MAX_PICTURES`."""
    if count > MAX_PICTURES:
        raise LimitError(
            _("{count:,} pictures", count=count),
            code="K603",
            where=where,
            fix=_("at most {most:,} at a time", most=MAX_PICTURES),
        )


def class_labels(
    parts: Mapping[str, npt.NDArray[Any]], names: Sequence[str], where: str
) -> tuple[tuple[str, ...], dict[str, npt.NDArray[np.int64]]]:
    """Class names, and each part's labels as indices into them.

    Args:
        parts: whole numbers or texts (N,) of each part.
        names: what the whole numbers from 0 mean; without names, each label that occurs is a class.
        where: the place, for errors.

    Raises:
        DataError: K507, when a label is not one of ``names``.

    Example:
        >>> parts = {"train": np.array([8, 3, 8]), "test": np.array([3])}
        >>> names, labels = class_labels(parts, (), "here")
        >>> names, labels["train"].tolist(), labels["test"].tolist()
        (('3', '8'), [1, 0, 1], [0])
    """
    if names:
        return tuple(names), {
            part: _in_range(labels, len(names), where) for part, labels in parts.items()
        }
    values, inverse = np.unique(np.concatenate(list(parts.values())), return_inverse=True)
    texts = [written(str(value)) for value in values]
    numeric = np.issubdtype(values.dtype, np.integer)
    ordered = texts if numeric else sorted(set(texts), key=natural_key)
    place = {text: index for index, text in enumerate(ordered)}
    indices = np.array([place[text] for text in texts], dtype=np.int64)[inverse]
    ends = np.cumsum([len(labels) for labels in parts.values()])[:-1]
    return tuple(ordered), dict(zip(parts, np.split(indices, ends), strict=True))


def _in_range(labels: npt.NDArray[Any], count: int, where: str) -> npt.NDArray[np.int64]:
    wrong = np.flatnonzero((labels < 0) | (labels >= count))
    if len(wrong):
        raise DataError(
            _("label {label} of picture {place:,}", label=labels[wrong[0]], place=wrong[0]),
            code="K507",
            where=where,
            details=[(_("classes"), f"{count}"), (_("wrong labels"), f"{len(wrong):,}")],
            fix=_("labels from 0 to {last}", last=count - 1),
        )
    return labels.astype(np.int64)
