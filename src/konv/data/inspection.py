"""What the folder doctor sees when it looks at every picture once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from konv.data.decoding import TASK_PICTURES, Progress, in_threads, tasks
from konv.data.labelled import ArrayPart, Labelled
from konv.data.names import written
from konv.data.pictures import picture_form, read_picture
from konv.data.reasons import short_reason
from konv.data.resemblance import thumbnail
from konv.errors import KonvError

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Look", "Unreadable", "look_at_all"]

_LIGHT = np.arange(256) / 255


@dataclass(frozen=True, eq=False)
class Look:
    """One picture.

    Args:
        name: its path below the source, or its place in an array.
        split: the split it is in.
        label: its class.
        size: (height, width) when upright.
        stored: how its colours are stored, in Pillow's word.
        alpha: whether it may have transparent parts.
        colourless: whether every pixel is grey, however it is stored.
        digest: the same for pictures of the same pixels.
        thumbnail: what :mod:`konv.data.resemblance` compares, or None.
        moments: (3, 3) for red, green and blue: the number of pixels, the sum of their values
            between 0 and 1, and the sum of the squares.
    """

    name: str
    split: str
    label: int
    size: tuple[int, int]
    stored: str
    alpha: bool
    colourless: bool
    digest: bytes
    thumbnail: bytes | None
    moments: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Unreadable:
    """One file that should be a picture."""

    name: str
    reason: str


def look_at_all(
    labelled: Labelled, root: Path | None, progress: Progress | None
) -> Iterator[Look | Unreadable]:
    """Every picture, split after split, in the order of the source."""
    todo = tasks(labelled)
    done = 0

    def some(task: tuple[str, int]) -> list[Look | Unreadable]:
        split, start = task
        stop = min(start + TASK_PICTURES, len(labelled.parts[split].labels))
        return [_look(labelled, split, place, root) for place in range(start, stop)]

    for looks in in_threads(some, todo):
        yield from looks
        done += len(looks)
        if progress is not None:
            progress(done, labelled.count)


def _look(labelled: Labelled, split: str, place: int, root: Path | None) -> Look | Unreadable:
    from PIL import Image

    part = labelled.parts[split]
    label = int(part.labels[place])
    if isinstance(part, ArrayPart):
        pixels = part.images[place]
        image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
        return _described(image, f"{split}[{place}]", split, label)
    path = part.paths[place]
    name = written(path.relative_to(root or path.parent))
    try:
        form = picture_form(path)
        look = _described(read_picture(path), name, split, label)
    except KonvError as error:
        return Unreadable(name, short_reason(error))
    return replace(look, stored=form.mode, alpha=form.has_alpha)


def _described(image: Image.Image, name: str, split: str, label: int) -> Look:
    levels = np.array(image.histogram(), dtype=np.float64).reshape(-1, 256)
    moments = levels @ np.stack([np.ones(256), _LIGHT, _LIGHT**2], axis=1)
    # The mode and the width keep apart what has the same bytes in the same order.
    digest = hashlib.blake2b(f"{image.mode} {image.width} ".encode(), digest_size=16)
    digest.update(image.tobytes())
    return Look(
        name,
        split,
        label,
        (image.height, image.width),
        image.mode,
        False,
        _is_colourless(image),
        digest.digest(),
        thumbnail(image),
        np.broadcast_to(moments, (3, 3)),
    )


def _is_colourless(image: Image.Image) -> bool:
    if image.mode == "L":
        return True
    red, green, blue = image.split()
    return red.tobytes() == green.tobytes() == blue.tobytes()
