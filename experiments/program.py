"""An experiment as a program: its command line, what it prints, what it writes.

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
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import konv
from experiments.measuring import Pictures

__all__ = ["work"]

_MORE_EPOCHS = 10  # on scikit-learn's digits, which are few


def work(experiment: ModuleType, arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, print, and write what is asked for; the result is what is written as JSON."""
    name = Path(experiment.__file__ or "").stem
    options = _options(experiment, name, arguments)
    try:
        pictures = Pictures.from_folder(options.folder, options.limit or experiment.LIMIT)
    except konv.KonvError as error:
        sys.exit(f"{type(error).__name__} {error}")
    if options.out is not None:
        _make(Path(options.out))  # before minutes of measuring, not after them
    epochs = options.epochs or experiment.EPOCHS * (1 if options.folder else _MORE_EPOCHS)
    start = time.perf_counter()
    seeds = options.seeds or experiment.SEEDS
    found = experiment.measure(pictures, range(seeds), epochs)
    result = {
        "experiment": name,
        "data": pictures.name,
        "shape": list(pictures.shape),
        "pictures": len(pictures.x),
        "test_pictures": len(pictures.x_test),
        "seeds": seeds,
        "epochs": epochs,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
        "seconds": round(time.perf_counter() - start, 1),
        "found": found,
    }
    print(f"{pictures.name}: {len(pictures.x):,} pictures, {len(pictures.x_test):,} for the test")
    print(f"{seeds} seeds, epochs: {epochs}; {result['seconds']:.0f} s\n")
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
    usual = {
        "seeds": f"[{experiment.SEEDS}]",
        "epochs": f"[{experiment.EPOCHS}; on the digits {experiment.EPOCHS * _MORE_EPOCHS}]",
        "limit": f"learn from at most so many pictures [{experiment.LIMIT or 'all'}]",
    }
    for option, about in usual.items():
        parser.add_argument(f"--{option}", type=_positive, metavar="N", help=about)
    parser.add_argument("--out", metavar="FOLDER", help="where the JSON and the figure are written")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"a whole number, at least 1, not {text!r}")
    return int(text)


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


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"--out {folder}: {error.strerror}; name a folder that can be written to")


def _write(experiment: ModuleType, result: dict[str, Any], folder: Path) -> None:
    from experiments.figures import write_figure

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
