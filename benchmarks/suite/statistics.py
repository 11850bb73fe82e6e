"""Medians and ratios of interleaved rounds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Ratio", "calls_per_burst", "compare", "quartiles", "rounds_within"]


@dataclass(frozen=True)
class Ratio:
    """How many times faster one is than another.

    Args:
        ratio: of their medians.
        low, high: the quartiles of the ratios round by round: how far noise reaches.
    """

    ratio: float
    low: float
    high: float


def compare(slower: Sequence[float], faster: Sequence[float]) -> Ratio:
    """The ratio of the medians of two series of times, taken in turns: one of each per round.

    Raises:
        ValueError: they are empty, or not of the same rounds.
    """
    if not slower or len(slower) != len(faster):
        raise ValueError(f"{len(slower)} rounds and {len(faster)}")
    rounds = [a / b for a, b in zip(slower, faster, strict=True)]
    low, high = quartiles(rounds)
    return Ratio(statistics.median(slower) / statistics.median(faster), low, high)


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """The values below which a quarter and three quarters lie."""
    if len(values) < 2:
        return values[0], values[0]
    low, _middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def calls_per_burst(call_s: float, burst_s: float) -> int:
    """How many calls make a burst of about that length; at least one."""
    return max(1, round(burst_s / max(call_s, 1e-9)))


def rounds_within(rounds: int, round_s: float, most_s: float) -> int:
    """How many rounds are affordable: all that are wanted, but at least 3."""
    return max(min(rounds, 3), min(rounds, int(most_s / max(round_s, 1e-9))))
