"""What a fresh process shows: how long compiling takes, and how much memory training holds.

Each library is started twice for each network with the same cache folder, empty at first: cold,
then warm. The clock starts when the library is imported and the pictures are in memory.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.suite.job import write_job
from benchmarks.suite.networks import Subject, make_job
from benchmarks.suite.process import WorkerError, WorkerProcess
from benchmarks.suite.results import BYTES, OURS
from benchmarks.suite.session import Session, say
from benchmarks.suite.table import in_columns

__all__ = ["Fresh", "fresh_table", "measure_fresh"]

BATCH = 128
_STEPS = 10
COLD_AIM_S, WARM_AIM_S = 1.5, 0.15


@dataclass(frozen=True)
class Fresh:
    """One library with one network.

    Args:
        letter, peer, task: which; "infer" for a library that cannot train.
        cold_s, warm_s: until the program is made (konv: ``compile``).
        cold_first_s, warm_first_s: the first step after that.
        before_bytes: the peak of the process with the library and the pictures.
        peak_bytes: the peak after some steps.
    """

    letter: str
    peer: str
    task: str
    cold_s: float
    cold_first_s: float
    warm_s: float
    warm_first_s: float
    before_bytes: int
    peak_bytes: int


def measure_fresh(
    session: Session, subjects: Sequence[Subject]
) -> tuple[list[Fresh], list[tuple[str, str]]]:
    """The figures of every library that runs, and why others have none."""
    figures, failures = [], []
    for item in subjects:
        folder = session.folder / f"fresh-{item.letter}"
        write_job(make_job(item.network, BATCH), folder)
        for peer in session.versions:
            if peer == BYTES:
                continue  # compiled alike
            say(f"fresh processes: {item.label}, {peer}")
            try:
                figures.append(_measure(session, item.letter, peer, str(folder)))
            except WorkerError as error:
                failures.append((f"{peer}, fresh, {item.letter}", str(error)))
    return figures, failures


def _measure(session: Session, letter: str, peer: str, folder: str) -> Fresh:
    cache = session.folder / "fresh-cache"
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir()
    launch = replace(session.launches[peer], cache=cache)
    answers = []
    for _process in ("cold", "warm"):
        with WorkerProcess(launch, session.folder / f"{peer}-fresh.log") as worker:
            answers.append(_run(worker, folder))
    cold, warm = answers
    return Fresh(
        letter,
        peer,
        cold["task"],
        cold["prepare_s"],
        cold["first_s"],
        warm["prepare_s"],
        warm["first_s"],
        warm["before_bytes"],
        warm["peak_bytes"],
    )


def _run(worker: WorkerProcess, folder: str) -> dict[str, Any]:
    """Load, prepare, some steps."""
    task = "train"
    configurations = worker.ask("load", folder=folder, task=task)["configurations"]
    if not configurations:
        task = "infer"
        configurations = worker.ask("load", folder=folder, task=task)["configurations"]
    before = worker.ask("memory")["peak_bytes"]
    answer = worker.ask("prepare", configuration=configurations[0])
    worker.ask("burst", configuration=configurations[0], calls=_STEPS, warm_up=0)
    peak = worker.ask("memory")["peak_bytes"]
    return {"task": task, "before_bytes": before, "peak_bytes": peak, **answer}


def fresh_table(figures: Sequence[Fresh]) -> str:
    """The figures as text."""
    rows = [["network", "cold s", "+ first", "warm s", "+ first", "peak MB", "before", "library"]]
    for item in figures:
        cold, warm = f"{item.cold_s:.2f}", f"{item.warm_s:.3f}"
        firsts = [f"{item.cold_first_s:.3f}", f"{item.warm_first_s:.3f}"]
        if item.peer == OURS:  # which compiles in its first step
            for place, seconds, aim in (
                (0, item.cold_s + item.cold_first_s, COLD_AIM_S),
                (1, item.warm_s + item.warm_first_s, WARM_AIM_S),
            ):
                firsts[place] += f" {'✓' if seconds <= aim else '✗'}≤{aim:g}"
        megabytes = [f"{value / 1e6:.0f}" for value in (item.peak_bytes, item.before_bytes)]
        kind = "" if item.task == "train" else " (inference)"
        rows.append(
            [item.letter, cold, firsts[0], warm, firsts[1], *megabytes, f"{item.peer}{kind}"]
        )
    title = f"fresh processes, batch {BATCH}: seconds to compile, and the peak of their memory"
    return f"{title}\n{in_columns(rows)}"
