"""Phases of calls that do not depend on each other."""

from __future__ import annotations

from collections.abc import Mapping

from konv.engines.compiled.plan.structure import Call, Phase

__all__ = ["Counted", "by_size", "together"]

# A call, and the number of things that it is for.
Counted = tuple[Call, int]

# Numbers that a thread goes through in a few microseconds; fewer are not worth to be divided.
_BLOCK = 16_384
_SMALL = 4 * _BLOCK


def together(name: str, calls: Mapping[str, Counted]) -> list[Phase]:
    """One phase of all of them: each is a task."""
    if not calls:
        return []
    alone, parts = zip(*calls.values(), strict=True)
    return [Phase(name, alone, items=len(alone), parts=parts)]


def by_size(name: str, calls: Mapping[str, Counted]) -> list[Phase]:
    """Those that are for many numbers are divided, each a phase; all others are one phase.

    Threads wait for each other at the end of a phase, and a small network has dozens of weights.

    Args:
        name: what is done, before the keys of ``calls``.
        calls: of what they are done to -> how, and how many numbers it has.
    """
    small = {key: counted for key, counted in calls.items() if counted[1] <= _SMALL}
    large = {key: counted for key, counted in calls.items() if key not in small}
    divided = [
        Phase(f"{name} {key}", (call,), items=count, block=_BLOCK)
        for key, (call, count) in large.items()
    ]
    return [*divided, *together(f"{name} {', '.join(small)}", small)]
