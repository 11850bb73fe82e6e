"""What a fresh process shows: how long compiling takes, and how much memory training holds.

Each library is started twice for each network with the same cache folder, empty at first: cold,
then warm. The clock starts when the library is imported and the pictures are in memory. Python has
its byte code in either case, as it has after an installation: a process before both writes it.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.suite.job import write_job
from benchmarks.suite.networks import Subject, make_job
from benchmarks.suite.process import Launch, WorkerError, WorkerProcess
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
        cold_s, warm_s: until the program is made (konv: until a single picture has been used).
        cold_first_s, warm_first_s: the first step of a whole batch after that, with fresh memory.
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
                if item is subjects[0]:  # so that byte code is written
                    _in_new_process(session, session.launches[peer], str(folder))
                figures.append(_measure(session, item.letter, peer, str(folder)))
            except WorkerError as error:
                failures.append((f"{peer}, fresh, {item.letter}", str(error)))
    return figures, failures


def _measure(session: Session, letter: str, peer: str, folder: str) -> Fresh:
    cache = session.folder / "fresh-cache"
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir()
    launch = replace(session.launches[peer], cache=cache)
    cold, warm = (_in_new_process(session, launch, folder) for _process in ("cold", "warm"))
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


def _in_new_process(session: Session, launch: Launch, folder: str) -> dict[str, Any]:
    """Load, prepare, some steps."""
    with WorkerProcess(launch, session.folder / f"{launch.peer}-fresh.log") as worker:
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
        times = [f"{item.cold_s:.2f}", f"{item.warm_s:.3f}"]
        if item.peer == OURS:
            for place, (seconds, aim) in enumerate(
                ((item.cold_s, COLD_AIM_S), (item.warm_s, WARM_AIM_S))
            ):
                times[place] += f" {'✓' if seconds <= aim else '✗'}≤{aim:g}"
        firsts = [f"{seconds:.3f}" for seconds in (item.cold_first_s, item.warm_first_s)]
        megabytes = [f"{value / 1e6:.0f}" for value in (item.peak_bytes, item.before_bytes)]
        kind = "" if item.task == "train" else " (inference)"
        rows.append(
            [item.letter, times[0], firsts[0], times[1], firsts[1], *megabytes, item.peer + kind]
        )
    title = f"fresh processes, batch {BATCH}: seconds to compile, and the peak of their memory"
    return f"{title}\n{in_columns(rows)}"
