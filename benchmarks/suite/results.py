"""What was measured, as data that goes into the JSON."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.suite.statistics import Ratio, compare

__all__ = ["BYTES", "OURS", "Case", "CaseResult", "Series"]

OURS = "konv"
BYTES = "konv-uint8"  # the same, given bytes instead of float32


@dataclass(frozen=True)
class Case:
    """One thing to measure.

    Args:
        letter, network: which network.
        task: "train" (a whole step) or "infer".
        batch: how many pictures at a time.
        macs: multiply-adds of one picture, forward.
    """

    letter: str
    network: str
    task: str
    batch: int
    macs: int

    @property
    def label(self) -> str:
        return f"{self.letter} {self.network}"


@dataclass
class Series:
    """One way of running a case.

    Args:
        peer, configuration: which way.
        prepare_s, first_s: what it took to make ready, and the first call.
        difference: the largest difference from konv's numbers, as a part of the largest of those;
            None where there is nothing to compare with.
        seconds: of one call, round by round; empty if it was not among the fastest of its peer.
        estimate_s: of one call, before the rounds.
    """

    peer: str
    configuration: str
    prepare_s: float
    first_s: float
    difference: float | None = None
    seconds: list[float] = field(default_factory=list)
    estimate_s: float = 0.0

    @property
    def median_s(self) -> float:
        return statistics.median(self.seconds)


@dataclass
class CaseResult:
    """All ways of running a case, and those that could not be run.

    Args:
        failures: (peer and configuration, why).
        others: the part of the processors that other programs took in the rounds, if known.
    """

    case: Case
    series: list[Series] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    others: float | None = None

    def best(self, peer: str) -> Series | None:
        """The fastest configuration of a peer that was measured."""
        measured = [item for item in self.series if item.peer == peer and item.seconds]
        return min(measured, key=lambda item: item.median_s, default=None)

    def ratio(self, peer: str) -> Ratio | None:
        """How many times faster konv is than the best configuration of a peer."""
        ours, theirs = self.best(OURS), self.best(peer)
        if ours is None or theirs is None:
            return None
        return compare(theirs.seconds, ours.seconds)

    def per_picture_us(self, peer: str) -> float | None:
        """Microseconds for one picture, by the best configuration of a peer."""
        best = self.best(peer)
        return None if best is None else best.median_s / self.case.batch * 1e6

    def to_dict(self) -> dict[str, Any]:
        """As plain data, with the ratios."""
        peers = dict.fromkeys(item.peer for item in self.series if item.seconds)
        ratios = {peer: self.ratio(peer) for peer in peers if peer != OURS}
        return {
            **asdict(self),
            "per_picture_us": {peer: self.per_picture_us(peer) for peer in peers},
            "ratios": {peer: asdict(ratio) for peer, ratio in ratios.items() if ratio},
        }
