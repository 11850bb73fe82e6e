"""What a rule is, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from konv.training.health.course import Course

__all__ = ["Remark", "Rule"]


@dataclass(frozen=True)
class Remark:
    """What a rule says of a training.

    Args:
        what: what is the case, with what was measured.
        details: (label, text): the arithmetic.
        fix: what to do.
        layers: the names of the layers that it is about.
        severity: ``"warning"`` or ``"error"``.
    """

    what: str
    details: tuple[tuple[str, str], ...]
    fix: str
    layers: tuple[str, ...] = ()
    severity: str = "warning"


@dataclass(frozen=True)
class Rule:
    """One thing that can go wrong in a training.

    Args:
        code: never used for anything else.
        title: what goes wrong, in a few words; marked for translation.
        why: why it matters, in a sentence or two; marked for translation.
        look: what finds it.
        explained_by: codes of rules that have said it all if they were found before.
    """

    code: str
    title: str
    why: str
    look: Callable[[Course], Remark | None]
    explained_by: frozenset[str] = frozenset()
