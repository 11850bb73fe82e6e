"""What all experiments share: pictures, training, numbers with their spread, and the program.

An experiment is a module with

* ``measure(pictures, seeds, epochs)``: the numbers, as plain data;
* ``table(found)``: rows of text, the first of them the head;
* ``draw(found, figure)``: the figure;
* ``claims(found)``: every sentence of its page that could turn out otherwise, and whether it holds;
* ``SEEDS``, ``EPOCHS``, ``LIMIT``: how much of it is measured: the pictures to learn from are at
  most so many (None: all).
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import konv
from konv.data import load
from konv.data.dataset import Split

__all__ = ["Pictures", "Trained", "apart", "moved", "spread", "text_of", "train", "work"]

Array = np.ndarray[Any, Any]
_BATCH = 64
_MORE_EPOCHS = 10  # on scikit-learn's digits, which are few


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
    """A model that has been trained.

    Args:
        seconds: that it took, without compiling.
    """

    model: konv.Model
    seconds: float

    def accuracy(self, x: Array, y: Array) -> float:
        """The part of these pictures that it recognises."""
        return float((self.model.predict(x).argmax(axis=1) == y).mean())


def train(network: konv.Network, x: Array, y: Array, *, seed: int, epochs: int) -> Trained:
    """Train with Adam and one cycle of the learning rate; the seed decides all that is random."""
    model = konv.Model.from_network(network, seed=seed)
    model.compile(konv.Adam(konv.OneCycle(0.005)))
    fit = {"batch_size": _BATCH, "verbose": 0}
    _compiled(network, x[:_BATCH], y[:_BATCH], fit)
    start = time.perf_counter()
    model.fit(x, y, epochs=epochs, **fit)
    return Trained(model, time.perf_counter() - start)


def _compiled(network: konv.Network, x: Array, y: Array, fit: dict[str, Any]) -> None:
    """Train another model of the network for a step: its machine code is found the next time."""
    konv.Model.from_network(network).fit(x, y, **fit)


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


# The program --------------------------------------------------------------------------------------


def work(experiment: ModuleType, arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, print, and write what is asked for; the result is what is written as JSON."""
    name = Path(experiment.__file__ or "").stem
    options = _options(experiment, name, arguments)
    pictures = Pictures.from_folder(options.folder, options.limit or experiment.LIMIT)
    epochs = options.epochs or experiment.EPOCHS * (1 if options.folder else _MORE_EPOCHS)
    start = time.perf_counter()
    found = experiment.measure(pictures, range(options.seeds), epochs)
    result = {
        "experiment": name,
        "data": pictures.name,
        "shape": list(pictures.shape),
        "pictures": len(pictures.x),
        "test_pictures": len(pictures.x_test),
        "seeds": options.seeds,
        "epochs": epochs,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
        "seconds": round(time.perf_counter() - start, 1),
        "found": found,
    }
    print(f"{pictures.name}: {len(pictures.x):,} pictures, {len(pictures.x_test):,} for the test")
    print(f"{options.seeds} seeds, epochs: {epochs}; {result['seconds']:.0f} s\n")
    print("\n".join(aligned(experiment.table(found))))
    if options.out is not None:
        _write(experiment, result, Path(options.out))
    return result


def _options(
    experiment: ModuleType, name: str, arguments: Sequence[str] | None
) -> argparse.Namespace:
    about = (experiment.__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog=f"python -m experiments.{name}", description=about)
    parser.add_argument("folder", nargs="?", help="a folder with MNIST's four files")
    parser.add_argument("--seeds", type=_positive, default=experiment.SEEDS, metavar="N")
    parser.add_argument("--epochs", type=_positive, metavar="N")
    parser.add_argument(
        "--limit", type=_positive, metavar="N", help="learn from at most so many pictures"
    )
    parser.add_argument("--out", metavar="FOLDER", help="where the JSON and the figure are written")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table; all columns but the first stand on the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _write(experiment: ModuleType, result: dict[str, Any], folder: Path) -> None:
    from experiments.figures import write_figure

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result['experiment']}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    draw: Callable[..., None] = experiment.draw
    write_figure(lambda figure: draw(result["found"], figure), path.with_suffix(".svg"))
    print(f"\nwritten: {path}, {path.with_suffix('.svg')}")


def _machine() -> dict[str, Any]:
    """What the times were measured on."""
    target = konv.compile_info()["target"]
    return {
        "processor": _processor(),
        "instructions": target["name"],
        "threads": konv.get_threads(),
        "python": platform.python_version(),
        "konv": konv.__version__,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
