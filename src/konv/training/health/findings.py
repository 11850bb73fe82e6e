"""What was found in a training, as data and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from konv.language import translate as _
from konv.language.tables import WIDTH, labelled

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """One thing that keeps a network from learning, or from learning what it should.

    Args:
        code: of the rule, such as ``"T103"``.
        severity: ``"error"``: training cannot go on like this; ``"warning"``: it will be worse
            than it could be.
        epoch: after which it was found; 0: before the first update.
        layers: the names of the layers that it is about; (): the training as a whole.
        what: what is the case, with what was measured.
        details: (label, text): the arithmetic.
        why: why it matters.
        fix: what to do about it.
    """

    code: str
    severity: str
    epoch: int
    layers: tuple[str, ...]
    what: str
    details: tuple[tuple[str, str], ...]
    why: str
    fix: str

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Finding:
        """What :meth:`to_dict` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        texts = {name: _text_of(facts[name]) for name in ("code", "severity", "what", "why", "fix")}
        return cls(
            epoch=int(facts["epoch"]),
            layers=tuple(map(_text_of, facts["layers"])),
            details=tuple((_text_of(label), _text_of(text)) for label, text in facts["details"]),
            **texts,
        )

    @property
    def when(self) -> str:
        """At which moment it was found."""
        if self.epoch == 0:
            return _("before the first update")
        return _("after epoch {epoch}", epoch=self.epoch)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "epoch": self.epoch,
            "layers": list(self.layers),
            "what": self.what,
            "details": [list(line) for line in self.details],
            "why": self.why,
            "fix": self.fix,
        }

    def text(self) -> str:
        """All of it, in lines of at most 80 places."""
        rows = [*self.details, (_("why"), self.why), (_("fix"), self.fix)]
        return "\n".join(labelled(self._head, rows, WIDTH))

    def brief(self) -> str:
        """What, what to do, and where more stands: in lines of at most 80 places."""
        more = f"konv explain-code {self.code}"
        rows = [(_("fix"), self.fix), (_("in full"), more)]
        return "\n".join(labelled(self._head, rows, WIDTH))

    @property
    def _head(self) -> str:
        titles = {"error": _("error"), "warning": _("warning")}
        return _(
            "{severity} {code} {when}: {what}",
            severity=titles.get(self.severity, self.severity),
            code=self.code,
            when=self.when,
            what=self.what,
        )


def _text_of(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value
