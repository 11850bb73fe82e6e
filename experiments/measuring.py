"""What all experiments share: pictures, training, and numbers with their spread."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import konv
from konv.data import load
from konv.data.dataset import Split

__all__ = ["TIMED", "Pictures", "Trained", "apart", "moved", "spread", "text_of", "times", "train"]

Array = np.ndarray[Any, Any]
_BATCH = 64
TIMED, ROUNDS = 4096, 5  # pictures, and how often, to take times
_MNIST = (28, 28, 1)


@dataclass(frozen=True)
class Pictures:
    """Labelled pictures, uint8 [N, height, width, 1].

    Args:
        name: of the set.
        margin: rows and columns on each side on which nothing is drawn.
    """

    name: str
    margin: int
    x: Array
    y: Array
    x_test: Array
    y_test: Array

    @classmethod
    def from_folder(cls, folder: str | None, limit: int | None = None) -> Pictures:
        """MNIST's pictures, whose digits lie in the middle 20×20 of 28×28; or scikit-learn's.

        Those have no margin. They are given one of two pixels.
        """
        split = {"validation": 0.0, "limit": limit}
        if folder is not None:
            data = load(folder, **split)
            if data.preprocessing.shape != _MNIST:
                sys.exit(
                    f"{folder}: pictures of {data.preprocessing.shape}, not {_MNIST} as MNIST's"
                )
            return cls(Path(folder).name, 4, *_arrays(data.train), *_arrays(data.test))
        data = load("digits", test=0.25, cache=False, **split)
        (x, y), (x_test, y_test) = _arrays(data.train), _arrays(data.test)
        around = ((0, 0), (2, 2), (2, 2), (0, 0))
        return cls("digits", 2, np.pad(x, around), y, np.pad(x_test, around), y_test)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.x.shape[1:]


def _arrays(split: Split | None) -> tuple[Array, Array]:
    assert split is not None
    return split.images, split.labels


def moved(x: Array, rows: Any, columns: Any) -> Array:
    """Pictures, each moved down and to the right by so many pixels; black comes in.

    Args:
        x: [N, height, width, 1].
        rows, columns: whole numbers, or [N] of them.
    """
    shifts = np.stack([np.broadcast_to(shift, len(x)) for shift in (rows, columns)], axis=1)
    found = np.zeros_like(x)
    for shift in np.unique(shifts, axis=0):
        (to_row, from_row), (to_column, from_column) = map(_overlap, shift.tolist())
        chosen = np.flatnonzero((shifts == shift).all(axis=1))
        part = np.zeros_like(x[chosen])
        part[:, to_row, to_column] = x[chosen][:, from_row, from_column]
        found[chosen] = part
    return found


def _overlap(shift: int) -> tuple[slice, slice]:
    """Where pixels of a side arrive, and where they come from."""
    if shift == 0:
        return slice(None), slice(None)
    near, far = slice(abs(shift), None), slice(None, -abs(shift))
    return (near, far) if shift > 0 else (far, near)


@dataclass(frozen=True)
class Trained:
    """A model that has been trained."""

    model: konv.Model

    def accuracy(self, x: Array, y: Array) -> float:
        """The part of these pictures that it recognises."""
        return float((self.model.predict(x).argmax(axis=1) == y).mean())


def train(network: konv.Network, x: Array, y: Array, *, seed: int, epochs: int) -> Trained:
    """Train with Adam and one cycle of the learning rate; the seed decides all that is random."""
    model = konv.Model.from_network(network, seed=seed)
    model.compile(konv.Adam(konv.OneCycle(0.005)))
    model.fit(x, y, epochs=epochs, batch_size=_BATCH, verbose=0)
    return Trained(model)


def times(cases: Sequence[tuple[konv.Network, Array, Array]]) -> list[dict[str, float]]:
    """What a picture costs each network in training and in use, in microseconds.

    It is processor time, on a single thread: other programs on the machine hardly show
    in it. The networks take turns; the least of some rounds counts.
    """
    threads = konv.get_threads()
    konv.set_threads(1)
    try:
        models = [(konv.Model.from_network(network), x, y) for network, x, y in cases]
        rounds = [[_once(*case) for case in models] for _round in range(1 + ROUNDS)]
    finally:
        konv.set_threads(threads)
    # The first round compiles.
    least = [np.min(of, axis=0) for of in zip(*rounds[1:], strict=True)]
    return [{"training_us": float(training), "use_us": float(use)} for training, use in least]


def _once(model: konv.Model, x: Array, y: Array) -> tuple[float, float]:
    """Microseconds for a picture: of an epoch, and of a prediction of all."""
    begun = time.process_time()
    model.fit(x, y, batch_size=_BATCH, verbose=0)
    trained = time.process_time()
    model.predict(x)
    done = time.process_time()
    return (trained - begun) / len(x) * 1e6, (done - trained) / len(x) * 1e6


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Numbers of several seeds: their mean, the least and the largest, and each."""
    return {
        "mean": statistics.fmean(values),
        "least": min(values),
        "most": max(values),
        "each": list(values),
    }


def apart(low: dict[str, Any], high: dict[str, Any]) -> bool:
    """Whether every seed of the one lies below every seed of the other."""
    return bool(low["most"] < high["least"])


def text_of(numbers: dict[str, Any], form: str = ".2%") -> str:
    """The mean, and in brackets how far the seeds lie apart: ``98.41% (98.20 … 98.55)``."""
    mean, least, most = (format(numbers[key], form) for key in ("mean", "least", "most"))
    return f"{mean} ({least.rstrip('%')} … {most.rstrip('%')})"
