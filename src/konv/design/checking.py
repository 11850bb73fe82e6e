"""Every rule applied to a network; fixes are offered only if they were tried and work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from konv.constraints import Integer
from konv.design.findings import SEVERITIES, Finding, Findings, Fixed
from konv.design.rules import RULES
from konv.design.rules.base import Change, Remark, Rule, Subject
from konv.errors import KonvError
from konv.language import translate as _
from konv.limits import MAX_CLASSES
from konv.network.graph import Network
from konv.parameters import check_value

__all__ = ["check", "first_fix", "subject_of"]

_CLASSES = Integer(2, MAX_CLASSES)
# Layers that are looked at again to try fixes: a second or so. Beyond, none are offered.
_MOST_TRIED_LAYERS = 20_000


def check(network: Network, *, strict: bool = False, classes: int | None = None) -> Findings:
    """What is wrong with a network, why it matters, and what to do about it.

    Args:
        network: it; ``model.network`` for a model.
        strict: whether every division of the size formula must be whole.
        classes: how many classes it is to tell apart; None: not said, so not looked at.

    Returns:
        The findings in the order of the layers, those on the whole network last. Those that can be
        put right have a ``fixed()`` that makes the network in which it is.

    Raises:
        ParameterError: K201, ``classes`` is no number of classes.

    Example:
        >>> from konv.layers import Dense, Dropout, Input
        >>> from konv.network.graph import sequential
        >>> network = sequential([Input((4,)), Dropout(0), Dense(2, activation="softmax")])
        >>> [finding] = check(network)
        >>> finding.code, finding.what, finding.fix
        ('D401', 'it passes on what it gets', 'leave dropout_1 out')
        >>> list(check(finding.fixed().network))
        []
    """
    subject = subject_of(network, strict, classes)
    remarks = list(_remarks(subject))
    before = Counter(map(_key, remarks))
    tries = _MOST_TRIED_LAYERS // len(network.nodes)
    findings = []
    for rule, remark in remarks:
        fixed, tried = _first_that_works(subject, (rule, remark), before, tries)
        tries -= tried
        findings.append(_finding(subject, rule, remark, fixed))
    return Findings(network.name, tuple(sorted(findings, key=lambda f: (f.index, f.code))))


def subject_of(network: Network, strict: bool, classes: int | None) -> Subject:
    """What rules look at.

    Raises:
        ParameterError: K201, ``classes`` is no number of classes.
    """
    if classes is not None:
        classes = check_value("classes", classes, _CLASSES, where="check")
    return Subject(network, strict, classes)


def first_fix(subject: Subject, most_layers: int) -> tuple[Fixed | None, int]:
    """(the network in which the gravest thing that can be is put right, layers looked at).

    Args:
        subject: the network; notes are let be.
        most_layers: how many layers may be looked at again while changes are tried.
    """
    remarks = list(_remarks(subject))
    before = Counter(map(_key, remarks))
    grave = [found for found in remarks if found[1].severity != "note"]
    size = len(subject.nodes)
    looked_at = size
    for found in sorted(grave, key=_gravity):
        tries = max(0, most_layers - looked_at) // size
        fixed, tried = _first_that_works(subject, found, before, tries)
        looked_at += tried * size
        if fixed is not None:
            return fixed, looked_at
    return None, looked_at


def _remarks(subject: Subject) -> Iterator[tuple[Rule, Remark]]:
    for rule in RULES:
        for remark in rule.look(subject):
            yield rule, remark


def _key(found: tuple[Rule, Remark]) -> tuple[str, str]:
    rule, remark = found
    return rule.code, "" if remark.node is None else remark.node.name


def _gravity(found: tuple[Rule, Remark]) -> int:
    return SEVERITIES.index(found[1].severity)


def _first_that_works(
    subject: Subject, found: tuple[Rule, Remark], before: Counter[tuple[str, str]], tries: int
) -> tuple[Fixed | None, int]:
    """(the network after the first change that works, how many were tried)."""
    for tried, change in enumerate(found[1].changes[:tries], start=1):
        network = _built(change, subject)
        if network is None:
            continue
        if _is_better(list(_remarks(replace(subject, network=network))), found, before):
            return Fixed(network, change.words), tried
    return None, min(tries, len(found[1].changes))


def _is_better(
    after: list[tuple[Rule, Remark]], found: tuple[Rule, Remark], before: Counter[tuple[str, str]]
) -> bool:
    """Whether what was found is gone, and nothing has come that is not milder than it."""
    counts = Counter(map(_key, after))
    new = counts - before
    milder = all(_gravity(other) > _gravity(found) for other in after if _key(other) in new)
    return counts[_key(found)] < before[_key(found)] and milder


def _built(change: Change, subject: Subject) -> Network | None:
    try:
        network = change.draft().network()
    except KonvError:
        return None
    if change.keeps_output and network.output_shape != subject.network.output_shape:
        return None
    return network


def _finding(subject: Subject, rule: Rule, remark: Remark, fixed: Fixed | None) -> Finding:
    node = remark.node
    return Finding(
        code=rule.code,
        severity=remark.severity,
        layer="" if node is None else node.name,
        index=len(subject.nodes) if node is None else subject.index(node),
        what=remark.what,
        details=remark.details,
        why=_(rule.why),
        fix=fixed.change if fixed is not None else remark.fix,
        fixed=lambda: fixed,
    )
