"""Labelled pictures as their source holds them, before they are brought to the network's size."""

from __future__ import annotations

from collections.abc import Container, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from konv.data.pictures import picture_form
from konv.data.preprocessing import Preprocessing
from konv.data.reasons import short_reason
from konv.errors import KonvError

__all__ = [
    "SPLITS",
    "ArrayPart",
    "Batch",
    "FilePart",
    "Form",
    "Labelled",
    "Part",
    "Source",
    "frozen",
]

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
