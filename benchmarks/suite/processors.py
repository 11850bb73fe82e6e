"""Which processors the threads of a run are bound to: physical cores first, then their siblings."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["available_processors", "bind", "chosen_processors", "siblings"]

_TOPOLOGY = "/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list"


def available_processors() -> list[int]:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def siblings(number: int) -> list[int]:
    """The processors that share a core with one, itself included; only itself if unknown."""
    try:
        text = Path(_TOPOLOGY.format(number=number)).read_text(encoding="ascii")
    except OSError:
        return [number]
    parts = [part.split("-") for part in text.strip().split(",")]
    return [item for part in parts for item in range(int(part[0]), int(part[-1]) + 1)]


def chosen_processors(threads: int) -> tuple[int, ...]:
    """``threads`` of the available processors, as many cores as there are.

    Raises:
        ValueError: there are fewer.
    """
    available = available_processors()
    if not 1 <= threads <= len(available):
        raise ValueError(f"{threads} threads on {len(available)} processors")
    first = [
        number for number in available if number == min(set(siblings(number)) & set(available))
    ]
    rest = [number for number in available if number not in first]
    return tuple((first + rest)[:threads])


def bind(processors: tuple[int, ...]) -> None:
    """Let this process, and all that it starts, use these processors only.

    So no library can use more of them than the others, whatever it thinks of thread counts.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, processors)
