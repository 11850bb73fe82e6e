"""How much of the processors other programs take while we measure (Linux keeps count)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BUSY", "Ticks", "others_now", "others_part", "read_ticks"]

BUSY = 0.1  # the part from which no ratio can be trusted
_WATCHED_S = 0.5
_PROC = Path("/proc")


@dataclass(frozen=True)
class Ticks:
    """Counts of processor time since the machine started.

    Args:
        idle, total: of all processors together.
        ours: of our processes.
    """

    idle: int
    total: int
    ours: int


def read_ticks(processes: Sequence[int] = ()) -> Ticks | None:
    """The counts now, with those processes as ours; None where nobody keeps them."""
    try:
        line = (_PROC / "stat").read_text(encoding="ascii").splitlines()[0]
        ours = sum(_process_ticks(process) for process in processes)
    except (OSError, IndexError, ValueError):
        return None
    ticks = [int(word) for word in line.split()[1:9]]
    return Ticks(ticks[3] + ticks[4], sum(ticks), ours)


def _process_ticks(process: int) -> int:
    """User and system time of a process, all its threads: what follows its name in parentheses."""
    text = (_PROC / str(process) / "stat").read_text(encoding="ascii", errors="replace")
    fields = text.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def others_part(before: Ticks | None, after: Ticks | None) -> float | None:
    """The part of all processors' time between two counts that was neither idle nor ours."""
    if before is None or after is None or after.total <= before.total:
        return None
    idle, ours = after.idle - before.idle, after.ours - before.ours
    return max(0.0, 1 - (idle + ours) / (after.total - before.total))


def others_now() -> float | None:
    """What others take while we wait for a moment."""
    before = read_ticks()
    time.sleep(_WATCHED_S)
    return others_part(before, read_ticks())
