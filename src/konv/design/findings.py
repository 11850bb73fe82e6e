"""What was found in a network, as data and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from konv.language import translate as _
from konv.language.tables import WIDTH, labelled, printable
from konv.network.graph import Network

__all__ = ["SEVERITIES", "Finding", "Findings", "Fixed"]

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Fixed:
    """A network in which something was put right.

    Args:
        network: it.
        change: what was changed, in words.
    """

    network: Network
    change: str


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a network, or worth to know.

    Args:
        code: of the rule, such as ``"D101"``; of the error, such as ``"K104"``, if the network
            cannot be built.
        severity: ``"error"``: it cannot do what it is for; ``"warning"``: it would be better
            otherwise; ``"note"``: just so that you know.
        layer: the name of the layer; ``""``: the whole network.
        index: the place of the layer; the number of layers for the whole network.
        what: what is the case.
        details: (label, text): the arithmetic.
        why: why it matters.
        fix: what to do about it, in words.
        fixed: makes the network in which it is put right, or None if nobody knows how.
    """

    code: str
    severity: str
    layer: str
    index: int
    what: str
    details: tuple[tuple[str, str], ...] = ()
    why: str = ""
    fix: str = ""
    fixed: Callable[[], Fixed | None] = field(default=_nothing, compare=False, repr=False)

    @property
    def place(self) -> str:
        """Where it is."""
        if not self.layer:
            return _("the network")
        return _("layer {index} {name}", index=self.index, name=self.layer)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "layer": self.layer,
            "index": self.index,
            "what": self.what,
            "details": [list(line) for line in self.details],
            "why": self.why,
            "fix": self.fix,
            "fixable": self.fixed() is not None,
        }

    def text(self) -> str:
        """In lines of at most 80 places, but for what cannot be broken."""
        titles = {"error": _("error"), "warning": _("warning"), "note": _("note")}
        head = _(
            "{severity} {code} in {place}: {what}",
            severity=titles[self.severity],
            code=self.code,
            place=self.place,
            what=self.what,
        )
        rows = [*self.details, (_("why"), self.why), (_("fix"), self.fix)]
        return "\n".join(labelled(head, rows, WIDTH))


@dataclass(frozen=True)
class Findings:
    """All that was found, in the order of the layers.

    Args:
        name: of the network.
        findings: they.
    """

    name: str
    findings: tuple[Finding, ...]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def worst(self) -> str | None:
        """The gravest severity, or None."""
        return min((f.severity for f in self), key=SEVERITIES.index, default=None)

    def of_code(self, code: str) -> tuple[Finding, ...]:
        """Those of one rule."""
        return tuple(finding for finding in self if finding.code == code)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"network": self.name, "findings": [finding.to_dict() for finding in self]}

    def text(self) -> str:
        """A line that counts them, and each with its arithmetic, its reason and its fix."""
        counts = Counter(finding.severity for finding in self)
        head = _(
            "{name}: errors {errors}, warnings {warnings}, notes {notes}",
            name=printable(self.name),
            errors=counts["error"],
            warnings=counts["warning"],
            notes=counts["note"],
        )
        if not self.findings:
            head = _("{name}: nothing to remark", name=printable(self.name))
        return "\n\n".join([head, *(finding.text() for finding in self)])
