"""A network that fits from one that does not, and one without findings from one that has some.

Where a layer does not fit, small changes are tried in a fixed order. Those after which the most
layers fit are gone on with, a few side by side, until all fit: so the fewest changes are found that
small steps can find, and of these the smallest. The search is bounded, and the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from konv.design.checking import check, first_fix, subject_of
from konv.design.draft import Draft
from konv.design.findings import Findings
from konv.design.mends import Mend, Misfit, mends
from konv.language import translate as _
from konv.network.graph import Network

__all__ = ["Repair", "repaired", "repaired_draft"]

_SIDE_BY_SIDE = 4
_MOST_CHANGES = 200
_MOST_BUILT_LAYERS = 100_000  # some seconds


@dataclass(frozen=True)
class Repair:
    """What came of putting a network right.

    Args:
        network: that is left.
        changes: what was changed, in this order.
        findings: what is still to be said of it.
    """

    network: Network
    changes: tuple[str, ...]
    findings: Findings


@dataclass(frozen=True)
class _Attempt:
    draft: Draft
    words: tuple[str, ...] = ()
    effort: int = 0

    @property
    def left(self) -> int:
        """How many layers are not yet known to fit."""
        return len(self.draft.parts) - len(self.draft.fitting[0])

    def with_mend(self, mend: Mend) -> _Attempt:
        return _Attempt(mend.draft, (*self.words, mend.words), self.effort + mend.effort)


def repaired(network: Network, *, strict: bool = False, classes: int | None = None) -> Repair:
    """The network with every finding above a note put right that has a fix.

    Args:
        network: it.
        strict, classes: as of :func:`~konv.design.checking.check`.

    Example:
        >>> from konv.layers import Dense, Dropout, Input
        >>> from konv.network.graph import sequential
        >>> repair = repaired(sequential([Input((4,)), Dropout(0), Dense(2)]))
        >>> repair.changes, repair.network.parameters, repair.findings.worst
        (('leave dropout_1 out',), 10, None)
    """
    changes: list[str] = []
    left = _MOST_BUILT_LAYERS
    while left > 0:
        fixed, looked_at = first_fix(subject_of(network, strict, classes), left)
        if fixed is None:
            break
        network, left = fixed.network, left - looked_at
        changes.append(fixed.change)
    return Repair(network, tuple(changes), check(network, strict=strict, classes=classes))


def repaired_draft(
    draft: Draft, *, strict: bool = False, classes: int | None = None
) -> Repair | None:
    """The same for layers that need not fit; None: nobody knows how to make them fit."""
    fitting = _fitting(draft)
    if fitting is None:
        return None
    repair = repaired(fitting.draft.network(), strict=strict, classes=classes)
    return Repair(repair.network, (*fitting.words, *repair.changes), repair.findings)


def _fitting(draft: Draft) -> _Attempt | None:
    """The first attempt in which all layers fit."""
    attempts = [_all_used(draft)]
    tries = _MOST_BUILT_LAYERS // max(1, len(draft.parts))
    for _step in range(_MOST_CHANGES):
        done = [attempt for attempt in attempts if not attempt.left]
        if done:
            return min(done, key=lambda attempt: attempt.effort)
        every = (new for attempt in attempts for new in _further(attempt))
        further = list(islice(every, max(0, tries)))
        tries -= len(further)
        further.sort(key=lambda attempt: (attempt.left, attempt.effort))
        attempts = _different(further)
    return None


def _further(attempt: _Attempt) -> Iterator[_Attempt]:
    nodes, error = attempt.draft.fitting
    if error is None or not nodes:
        return
    for mend in mends(Misfit(attempt.draft, nodes, error)):
        yield attempt.with_mend(mend)


def _different(attempts: list[_Attempt]) -> list[_Attempt]:
    """The best few, of which no two are alike."""
    kept: list[_Attempt] = []
    for attempt in attempts:
        if all(attempt.draft != other.draft for other in kept):
            kept.append(attempt)
        if len(kept) == _SIDE_BY_SIDE:
            break
    return kept


def _all_used(draft: Draft) -> _Attempt:
    """Without layers that nothing reads."""
    pruned = draft.pruned()
    names = {part.name for part in pruned.parts}
    words = tuple(
        _("leave {name} out", name=part.name) for part in draft.parts if part.name not in names
    )
    return _Attempt(pruned, words, len(words))
