"""A session: the workers of all peers, and the cases one after the other."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.suite.coordinator import Budget, Pace, Workers, measure
from benchmarks.suite.environments import Environments, NotInstalledError
from benchmarks.suite.job import write_job
from benchmarks.suite.networks import Subject, make_job
from benchmarks.suite.options import BATCHES
from benchmarks.suite.process import Launch, WorkerError, WorkerProcess
from benchmarks.suite.results import BYTES, OURS, Case, CaseResult

__all__ = ["Session", "cases_of", "measure_all", "open_session", "say"]


@dataclass
class Session:
    """What a run has: a folder for its files, ways to start workers, and who is missing.

    Args:
        folder: for jobs, caches and logs; it goes when the session ends.
        launches: peer -> how its worker is started; konv first.
        missing: peer -> why it does not take part.
        versions: peer -> what it says of itself.
    """

    folder: Path
    launches: dict[str, Launch]
    missing: dict[str, str] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)

    def start(self, peer: str) -> WorkerProcess:
        """A new worker.

        Raises:
            WorkerError: it does not start.
        """
        return WorkerProcess(self.launches[peer], self.folder / f"{peer}.log")

    @contextlib.contextmanager
    def workers(self) -> Iterator[Workers]:
        """All workers, running; those that do not start are noted as missing."""
        workers = Workers({}, self.start)
        try:
            for peer in list(self.launches):
                try:
                    workers.running[peer] = self.start(peer)
                    self.versions[peer] = workers[peer].ask("describe")["versions"]
                except WorkerError as error:
                    self.missing[peer] = str(error)
                    if peer in workers.running:
                        workers.running.pop(peer).stop()
            yield workers
        finally:
            for worker in workers.running.values():
                worker.stop()


@contextlib.contextmanager
def open_session(options: argparse.Namespace) -> Iterator[Session]:
    """The session that the options ask for; its environments are made where they are missing."""
    environments = Environments(options.environments.absolute(), dict(options.python))
    kept = options.environments.absolute() / "cache"
    with tempfile.TemporaryDirectory(prefix="konv-bench-") as name:
        folder = Path(name)
        session = Session(folder, {})
        for peer in (OURS,) if options.layers else (OURS, BYTES):
            session.launches[peer] = Launch(
                peer, Path(sys.executable), options.threads, folder, options.engine
            )
        for peer in options.peers:
            try:
                python = environments.python(peer)
            except NotInstalledError as error:
                session.missing[peer] = str(error)
            else:
                session.launches[peer] = Launch(peer, python, options.threads, kept, options.engine)
        yield session


def cases_of(
    subjects: Sequence[Subject], tasks: Sequence[str], batches: Sequence[int] | None
) -> list[tuple[Subject, Case]]:
    """What is measured, in order."""
    return [
        (item, Case(item.letter, item.network.name, task, batch, item.network.macs))
        for item in subjects
        for task in tasks
        for batch in batches or BATCHES[task]
    ]


def measure_all(
    session: Session, cases: Sequence[tuple[Subject, Case]], pace: Pace, budget: Budget
) -> list[CaseResult]:
    """Every case, one after the other."""
    results = []
    with session.workers() as workers:
        for number, (item, case) in enumerate(cases, start=1):
            say(f"{number}/{len(cases)}  {case.label}, {case.task}, batch {case.batch}")
            folder = session.folder / f"job-{number}"
            write_job(make_job(item.network, case.batch), folder)
            results.append(measure(case, folder, workers, pace, budget))
    return results


def say(text: str) -> None:
    """Tell who waits where it stands: on the standard error, one line that the next one covers."""
    if sys.stderr.isatty():
        width = min(os.get_terminal_size(sys.stderr.fileno()).columns - 1, 100)
        print(f"\r{text[:width].ljust(width)}", end="", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)
