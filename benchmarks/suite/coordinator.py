"""Measuring one case: everyone made ready, compared, then timed in turns.

One worker works at a time, for a short burst; then the next. A round is one burst of each, and the
rounds go on, so that whatever slows the machine for a while slows all alike.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.suite.others import others_part, read_ticks
from benchmarks.suite.process import WorkerError, WorkerProcess
from benchmarks.suite.results import OURS, Case, CaseResult, Series
from benchmarks.suite.statistics import calls_per_burst, rounds_within

__all__ = ["Budget", "Pace", "Workers", "largest_difference", "measure"]

_PAUSE_S = 0.02  # for the threads of the worker before to stop waiting for work
_NEARLY_BEST = 1.15
_MOST_FINALISTS = 2


@dataclass(frozen=True)
class Pace:
    """How long is measured.

    Args:
        rounds: how many bursts of each.
        burst_s: how long one is.
        case_s: about how long the rounds of one case may take.
    """

    rounds: int
    burst_s: float
    case_s: float


@dataclass
class Budget:
    """Seconds left for what takes long to prepare."""

    seconds: float
    most_each_s: float = 120.0


@dataclass
class Workers:
    """The running workers by peer, and how to start one anew when it had to be ended."""

    running: dict[str, WorkerProcess]
    restart: Callable[[str], WorkerProcess]

    def __getitem__(self, peer: str) -> WorkerProcess:
        return self.running[peer]

    def renew(self, peer: str) -> WorkerProcess | None:
        """A new process for a peer; None if none starts, and the peer is left out from now on."""
        self.running.pop(peer).stop()
        try:
            self.running[peer] = self.restart(peer)
        except WorkerError:
            return None
        return self.running[peer]


@dataclass
class _Measurement:
    """One case on its way."""

    workers: Workers
    folder: Path
    result: CaseResult
    pace: Pace
    expected: list[list[float]] = field(default_factory=list)

    def make_ready(self, peer: str, configurations: list[str], timeout_s: float = 300.0) -> None:
        """Prepare, check and estimate ways of running; what fails is noted."""
        for configuration in configurations:
            if peer not in self.workers.running:
                return
            try:
                self._make_ready(peer, configuration, timeout_s)
            except WorkerError as error:
                self.result.failures.append((f"{peer}, {configuration}", str(error)))
                if error.gone:
                    self._start_again(peer)

    def configurations(self, peer: str) -> list[str]:
        """How a peer can run the case; empty if it cannot."""
        try:
            task = self.result.case.task
            answer = self.workers[peer].ask("load", folder=str(self.folder), task=task)
        except WorkerError as error:
            self.result.failures.append((peer, str(error)))
            if error.gone:
                self.workers.renew(peer)
            return []
        return list(answer["configurations"])

    def further(self, peer: str, budget: Budget) -> None:
        """Try what takes long to prepare, as far as the time for such things goes."""
        best = min(self._of(peer), key=lambda item: item.estimate_s, default=None)
        if best is None or peer not in self.workers.running:
            return
        try:
            answer = self.workers[peer].ask("further", best=best.configuration)
        except WorkerError as error:
            self.result.failures.append((peer, str(error)))
            return
        for configuration in answer["configurations"]:
            if budget.seconds <= 0:
                reason = "not tried: no time left for such things (--compile-budget-s)"
                self.result.failures.append((f"{peer}, {configuration}", reason))
                continue
            start = time.perf_counter()
            self.make_ready(peer, [configuration], min(budget.most_each_s, budget.seconds + 10))
            budget.seconds -= time.perf_counter() - start

    def finalists(self) -> list[Series]:
        """Of every peer, the fastest way and one that is nearly as fast."""
        chosen = []
        for peer in dict.fromkeys(item.peer for item in self.result.series):
            ranked = sorted(self._of(peer), key=lambda item: item.estimate_s)
            limit = ranked[0].estimate_s * _NEARLY_BEST
            chosen += [item for item in ranked[:_MOST_FINALISTS] if item.estimate_s <= limit]
        return [item for item in chosen if item.peer in self.workers.running]

    def burst(self, series: Series, calls: int) -> float:
        """Seconds of one call, over a burst of calls."""
        time.sleep(_PAUSE_S)
        answer = self.workers[series.peer].ask(
            "burst",
            configuration=series.configuration,
            calls=calls,
            warm_up=max(1, min(calls // 10, 50)),
        )
        return float(answer["seconds"]) / calls

    @property
    def processes(self) -> list[int]:
        """The numbers of our processes: the workers and this one."""
        return [os.getpid(), *(worker.number for worker in self.workers.running.values())]

    def go(self, turns: Iterable[Series], calls: dict[int, int]) -> None:
        """The rounds: a burst for each turn; a peer that fails has no more turns."""
        lost: set[str] = set()
        for series in turns:
            if series.peer in lost:
                continue
            try:
                series.seconds.append(self.burst(series, calls[id(series)]))
            except WorkerError as error:
                lost.add(series.peer)
                self._give_up(series, error)

    def _give_up(self, series: Series, error: WorkerError) -> None:
        """Leave out a peer that failed in the rounds; the next case finds it well again."""
        self.result.failures.append((f"{series.peer}, {series.configuration}", str(error)))
        for item in self._of(series.peer):
            item.seconds.clear()
        if error.gone:
            self.workers.renew(series.peer)

    def _of(self, peer: str) -> list[Series]:
        return [item for item in self.result.series if item.peer == peer]

    def _make_ready(self, peer: str, configuration: str, timeout_s: float) -> None:
        worker = self.workers[peer]
        answer = worker.ask("prepare", timeout_s=timeout_s, configuration=configuration)
        series = Series(peer, configuration, answer["prepare_s"], answer["first_s"])
        groups = worker.ask("check", configuration=configuration)["groups"]
        if peer == OURS:
            self.expected = groups
        elif self.expected:
            series.difference = largest_difference(self.expected, groups)
        once = self.burst(series, 1)
        series.estimate_s = min(
            self.burst(series, calls_per_burst(once, self.pace.burst_s)) for _trial in range(2)
        )
        self.result.series.append(series)

    def _start_again(self, peer: str) -> None:
        """A worker that died is started anew and prepares again what it had prepared."""
        worker = self.workers.renew(peer)
        if worker is None:
            return
        try:
            worker.ask("load", folder=str(self.folder), task=self.result.case.task)
            for series in self._of(peer):
                worker.ask("prepare", configuration=series.configuration)
        except WorkerError as error:
            self.result.failures.append((peer, f"after a new start: {error}"))
            self.workers.running.pop(peer).stop()


def measure(case: Case, folder: Path, workers: Workers, pace: Pace, budget: Budget) -> CaseResult:
    """Everyone's times for one case, taken in turns.

    Args:
        case: what it is.
        folder: its job.
        workers: who takes part; konv first, since the others are compared with it.
        pace: how long is measured.
        budget: what is left for ways that take long to prepare; it shrinks.
    """
    work = _Measurement(workers, folder, CaseResult(case), pace)
    for peer in list(workers.running):
        work.make_ready(peer, work.configurations(peer))
    for peer in list(workers.running):
        work.further(peer, budget)
    finalists = work.finalists()
    calls = {id(item): calls_per_burst(item.estimate_s, pace.burst_s) for item in finalists}
    round_s = sum(item.estimate_s * calls[id(item)] * 1.1 + _PAUSE_S for item in finalists)
    rounds = rounds_within(pace.rounds, round_s, pace.case_s)
    before = read_ticks(work.processes)
    work.go(_in_turns(finalists, rounds), calls)
    work.result.others = others_part(before, read_ticks(work.processes))
    return work.result


def _in_turns(finalists: list[Series], rounds: int) -> Iterator[Series]:
    """Each once per round; every round begins with another one."""
    for number in range(rounds):
        start = number % max(1, len(finalists))
        yield from finalists[start:] + finalists[:start]


def largest_difference(expected: list[list[float]], given: list[list[float]]) -> float:
    """The largest difference, as a part of the largest number of its group.

    Infinite where the groups are not alike, or a number is none.
    """
    worst = 0.0
    for ours, theirs in zip(expected, given, strict=False):
        if len(ours) != len(theirs) or not np.isfinite(theirs).all():
            return float("inf")
        largest = float(np.abs(ours).max(initial=0.0)) or 1.0
        worst = max(worst, float(np.abs(np.subtract(ours, theirs)).max(initial=0.0)) / largest)
    return worst if len(expected) == len(given) else float("inf")
