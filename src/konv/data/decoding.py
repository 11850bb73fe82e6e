"""Every picture of a source at the network's size: decoded once, by several threads.

Pillow gives up Python's lock while it decodes, so that threads suffice. Pictures come back in the
order of the source, whatever the number of threads.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from konv.data.labelled import Batch, Form, Labelled, Part, frozen
from konv.data.preprocessing import Preprocessing
from konv.errors import LimitError
from konv.language import translate as _
from konv.limits import MAX_DATASET_BYTES, MAX_DECODING_THREADS

__all__ = [
    "TASK_PICTURES",
    "Decoded",
    "Decoding",
    "Progress",
    "Spread",
    "forms",
    "in_threads",
    "tasks",
]

Progress = Callable[[int, int], None]
Spread = tuple[tuple[int, int], tuple[int, int]]
TASK_PICTURES = 32  # pictures that one thread takes
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True, eq=False)
class Decoded:
    """All pictures of a source, split after split.

    Args:
        images: uint8 (N, H, W, C), read-only, perhaps a view into a file.
        labels: int64 (N,).
        paths: the N files, or None.
        counts: how many pictures each split has, in the order of ``images``.
        skipped: (path, reason) of the pictures that could not be read.
        spread: the smallest and the largest (height, width) of the pictures as they were stored,
            where a size had to be chosen for them.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    paths: tuple[Path, ...] | None
    counts: Mapping[str, int]
    class_names: tuple[str, ...]
    skipped: tuple[tuple[Path, str], ...]
    preprocessing: Preprocessing
    spread: Spread | None = None


class Decoding:
    """One pass over a source: give out the pixels batch by batch, keep the rest."""

    def __init__(
        self, labelled: Labelled, preprocessing: Preprocessing, spread: Spread | None = None
    ) -> None:
        self.labelled = labelled
        self.preprocessing = preprocessing
        self.spread = spread
        self._places: dict[str, list[int]] = {}
        self._skipped: list[tuple[Path, str]] = []
        if self.most_bytes > MAX_DATASET_BYTES:
            numbers = (labelled.count, *preprocessing.shape)
            product = " × ".join(f"{number:,}" for number in numbers)
            raise LimitError(
                _("{product} = {total:,} bytes of pixels", product=product, total=self.most_bytes),
                code="K603",
                fix=_("at most {most:,}: choose a smaller size", most=MAX_DATASET_BYTES),
            )

    @property
    def most_bytes(self) -> int:
        """Bytes of all pixels, if every picture can be read."""
        return self.labelled.count * int(np.prod(self.preprocessing.shape))

    def batches(self, progress: Progress | None = None) -> Iterator[npt.NDArray[np.uint8]]:
        """The pixels of the pictures that can be read, uint8 (n, H, W, C) each."""
        self._places = {split: [] for split in self.labelled.parts}
        self._skipped = []
        done = 0
        report = progress or (lambda _done, _total: None)
        todo = tasks(self.labelled)
        report(0, self.labelled.count)
        for (split, _start), batch in zip(todo, in_threads(self._batch, todo), strict=True):
            self._places[split] += batch.places
            self._skipped += batch.skipped
            done += len(batch.places) + len(batch.skipped)
            yield batch.images
            report(done, self.labelled.count)

    def _batch(self, task: tuple[str, int]) -> Batch:
        split, start = task
        part = self.labelled.parts[split]
        return part.batch(start, start + TASK_PICTURES, self.preprocessing)

    def decoded(self, images: npt.NDArray[np.uint8] | None) -> Decoded:
        """What was kept, with ``images``, the pixels of all batches, or without pixels."""
        if images is None:
            images = np.empty((0, *self.preprocessing.shape), dtype=np.uint8)
        parts = self.labelled.parts
        labels = [parts[split].labels[places] for split, places in self._places.items()]
        return Decoded(
            frozen(images),
            frozen(np.concatenate(labels)),
            self._paths(parts),
            {split: len(places) for split, places in self._places.items()},
            self.labelled.class_names,
            tuple(self._skipped),
            self.preprocessing,
            self.spread,
        )

    def _paths(self, parts: Mapping[str, Part]) -> tuple[Path, ...] | None:
        paths: list[Path] = []
        for split, places in self._places.items():
            own = parts[split].paths
            if own is None:
                return None
            paths += [own[place] for place in places]
        return tuple(paths)

    def in_memory(self, progress: Progress | None = None) -> Decoded:
        """All pictures in memory."""
        images = np.empty((self.labelled.count, *self.preprocessing.shape), dtype=np.uint8)
        filled = 0
        for batch in self.batches(progress):
            images[filled : filled + len(batch)] = batch
            filled += len(batch)
        return self.decoded(images[:filled])


def forms(labelled: Labelled, bad: Container[Path]) -> frozenset[Form]:
    """Every form in which pictures are stored, from the headers of those not in ``bad``."""

    def some(task: tuple[str, int]) -> frozenset[Form]:
        split, start = task
        return labelled.parts[split].forms(start, start + TASK_PICTURES, bad)

    return frozenset().union(*in_threads(some, tasks(labelled)))


def tasks(labelled: Labelled) -> list[tuple[str, int]]:
    """(split, first place) of the pictures that one thread takes at once."""
    return [
        (split, start)
        for split, part in labelled.parts.items()
        for start in range(0, len(part.labels), TASK_PICTURES)
    ]


def in_threads(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
    """``map(function, items)``, in order, by as many threads as there are processors."""
    threads = min(_processors(), MAX_DECODING_THREADS)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="konv-decode")
    waiting: deque[Future[_Result]] = deque()
    try:
        for item in items:
            # A copy, since one context cannot run in two threads: it carries the language.
            waiting.append(pool.submit(copy_context().run, function, item))
            if len(waiting) > 4 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
