"""From a source to a data set: decoded, or remembered from the last time, then split."""

from __future__ import annotations

import os
from collections.abc import Container
from pathlib import Path

from konv.data.assembly import assembled
from konv.data.cache import Entry
from konv.data.dataset import Dataset
from konv.data.decoding import Decoded, Decoding, Progress, Spread, forms
from konv.data.labelled import Labelled, Source
from konv.data.options import LoadOptions
from konv.data.preprocessing import Preprocessing
from konv.data.reasons import attributed
from konv.data.sources import open_source
from konv.errors import ParameterError

__all__ = ["load"]

_LARGEST_OWN_PX = 64
_CHOSEN_PX = 64


def load(
    source: str | os.PathLike[str],
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    policy: str = "fit",
    validation: float = 0.1,
    test: float = 0.1,
    limit: int | None = None,
    seed: int = 0,
    cache: bool = True,
    progress: Progress | None = None,
) -> Dataset:
    """Load labelled pictures at one size, split for training, validation and test.

    Args:
        source: a folder with one folder of pictures per class, perhaps under train/, val/ and
            test/; a folder of IDX files (MNIST's family) or of CIFAR's binary batches, packed
            or not; an .npz file; or the word ``"digits"``.
        size: (height, width) in pixels, or one number for both. None: the size that all pictures
            have, if it is at most 64 a side; otherwise 64×64.
        channels: 1 (grey) or 3 (red, green, blue). None: 1 if every picture is stored as grey;
            pictures stored in colour count as such even if they look grey.
        policy: how other sizes are brought to this one: ``"fit"``, ``"crop"`` or ``"stretch"``;
            see :class:`Preprocessing`.
        validation: the part of all pictures that is kept for validation, unless the source has
            a validation split of its own; 0 for none.
        test: the same for the test split.
        limit: at most so many pictures to train on, drawn by class; the other splits stay whole.
        seed: of the splits and of the limit.
        cache: whether decoded pictures are kept for the next time.
        progress: called as progress(done, total), in pictures.

    Returns:
        A :class:`Dataset`. Pictures that cannot be read are left out and named in ``skipped``.

    Raises:
        DataError: K501 when there are no labelled pictures, K503 when pictures and labels do not
            belong together, K506 when no split can be made, K507 when labels are out of range.
        FormatError: K401, K404, when a file of arrays is damaged or cannot be read.
        LimitError: K602, K603, when a file or the set is too large.
        ParameterError: K201, for a value that cannot be.

    Example:
        >>> digits = load("digits", validation=0, test=0.2)
        >>> digits.train.images.shape, len(digits.test), digits.class_names[:3]
        ((1438, 8, 8, 1), 359, ('0', '1', '2'))
    """
    try:
        options = LoadOptions(
            size=size,  # type: ignore[arg-type]  # a number stands for a pair
            channels=channels,
            policy=policy,
            validation=validation,
            test=test,
            limit=limit,
            seed=seed,
        )
    except ParameterError as error:
        raise error.located("load") from None
    opened = open_source(source)
    with attributed(opened.name):
        return assembled(opened, _decoded(opened, options, cache, progress), options)


def _decoded(
    source: Source, options: LoadOptions, cache: bool, progress: Progress | None
) -> Decoded:
    wanted = {"size": options.size, "channels": options.channels, "policy": options.policy}
    entry = Entry.of(source, wanted) if cache else None
    decoded = entry.read() if entry else None
    if decoded is not None:
        if progress is not None:
            progress(len(decoded.labels), len(decoded.labels))
        return decoded
    labelled = source.read()

    def run(preprocessing: Preprocessing, spread: Spread | None) -> Decoded:
        decoding = Decoding(labelled, preprocessing, spread)
        kept = entry.write(decoding, progress) if entry else None
        return kept or decoding.in_memory(progress)

    decoded = run(*_chosen(labelled, options))
    if decoded.skipped:
        # A header may be sound and its pixels not: a bad picture has no say in the size.
        bad = {path for path, _reason in decoded.skipped}
        preprocessing, spread = _chosen(labelled, options, bad)
        if preprocessing != decoded.preprocessing:
            decoded = run(preprocessing, spread)
    return decoded


def _chosen(
    labelled: Labelled, options: LoadOptions, bad: Container[Path] = ()
) -> tuple[Preprocessing, Spread | None]:
    """What was asked for, completed by what the pictures have in common."""
    size, channels, spread = options.size, options.channels, None
    if size is None or channels is None:
        found = forms(labelled, bad)
        sizes = {(height, width) for height, width, _grey in found}
        if size is None and len(sizes) == 1 and max(min(sizes)) <= _LARGEST_OWN_PX:
            size = min(sizes)
        elif size is None:
            size, spread = (_CHOSEN_PX, _CHOSEN_PX), _spread(sizes)
        if channels is None:
            channels = 1 if all(grey for _height, _width, grey in found) else 3
    return Preprocessing(*size, channels, policy=options.policy), spread


def _spread(sizes: set[tuple[int, int]]) -> Spread | None:
    if not sizes:
        return None
    heights, widths = zip(*sizes, strict=True)
    return (min(heights), min(widths)), (max(heights), max(widths))
