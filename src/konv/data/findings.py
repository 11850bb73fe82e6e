"""What the folder doctor found, as data and as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from konv.language import translate as _

__all__ = ["LEVELS", "Case", "Finding", "Findings", "Statistics", "found"]

LEVELS = ("error", "warning", "note")
_SHOWN = 5  # cases of one finding in the text


@dataclass(frozen=True)
class Case:
    """One instance of a finding: the files that it is about, and what there is to say of them."""

    paths: tuple[str, ...] = ()
    detail: str = ""

    def text(self) -> str:
        """In one line."""
        return ": ".join(part for part in (" = ".join(self.paths), self.detail) if part)


@dataclass(frozen=True)
class Finding:
    """One thing that is worth to know.

    Args:
        level: ``"error"``: pictures are lost or labels are wrong; ``"warning"``: the network will
            be worse than it could be; ``"note"``: just so that you know.
        kind: a word for programs, which stays the same in every language and version.
        what: what is the case.
        fix: what to do about it.
        cases: where.
    """

    level: str
    kind: str
    what: str
    fix: str = ""
    cases: tuple[Case, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths of all cases."""
        return tuple(path for case in self.cases for path in case.paths)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, with every path."""
        cases = [{"paths": list(case.paths), "detail": case.detail} for case in self.cases]
        return {
            "level": self.level,
            "kind": self.kind,
            "what": self.what,
            "fix": self.fix,
            "cases": cases,
        }

    def lines(self) -> Iterator[str]:
        """The text, with the first cases."""
        titles = {"error": _("error"), "warning": _("warning"), "note": _("note")}
        yield f"{titles[self.level]}: {self.what}"
        for case in self.cases[:_SHOWN]:
            yield f"    {case.text()}"
        if len(self.cases) > _SHOWN:
            yield "    " + _("… and {count:,} more", count=len(self.cases) - _SHOWN)
        if self.fix:
            yield "  → " + self.fix


def found(level: str, kind: str, what: str, fix: str, cases: Iterable[Case]) -> Iterator[Finding]:
    """The finding, if there is a case of it."""
    if some := tuple(cases):
        yield Finding(level, kind, what, fix, some)


@dataclass(frozen=True)
class Statistics:
    """Sizes and colours of the pictures that can be read.

    Args:
        height_px: the smallest, the median and the largest height.
        width_px: the same of the width.
        commonest_px: the commonest (height, width), and how many pictures have it.
        stored: how many pictures store their colours in which way, in Pillow's words.
        alpha: how many may have transparent parts.
        mean: of red, green, blue, between 0 and 1, over all pixels; of grey alone if all are grey.
        std: the same: the standard deviation.
    """

    height_px: tuple[int, float, int]
    width_px: tuple[int, float, int]
    commonest_px: tuple[tuple[int, int], int]
    stored: Mapping[str, int]
    alpha: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        size, count = self.commonest_px
        return {
            "height_px": dict(zip(("min", "median", "max"), self.height_px, strict=True)),
            "width_px": dict(zip(("min", "median", "max"), self.width_px, strict=True)),
            "commonest_px": {"height": size[0], "width": size[1], "count": count},
            "stored": dict(self.stored),
            "alpha": self.alpha,
            "mean": list(self.mean),
            "std": list(self.std),
        }

    def lines(self) -> Iterator[str]:
        """The text."""
        (height, width), count = self.commonest_px
        yield _(
            "height {heights}, width {widths} px (least, median, most); "
            "commonest {height}×{width} ({count:,})",
            heights=", ".join(f"{value:g}" for value in self.height_px),
            widths=", ".join(f"{value:g}" for value in self.width_px),
            height=height,
            width=width,
            count=count,
        )
        stored = ", ".join(f"{mode} {count:,}" for mode, count in self.stored.items())
        yield _("stored as {stored}; {alpha:,} with alpha", stored=stored, alpha=self.alpha)
        yield _(
            "mean {mean}, std {std} (between 0 and 1)",
            mean=" ".join(f"{value:.4f}" for value in self.mean),
            std=" ".join(f"{value:.4f}" for value in self.std),
        )


@dataclass(frozen=True)
class Findings:
    """The doctor's report.

    Args:
        source: what was looked at.
        classes: split → class → how many pictures can be read.
        statistics: sizes and colours, or None if no picture can be read.
        findings: errors first, then warnings, then notes.
    """

    source: str
    classes: Mapping[str, Mapping[str, int]]
    statistics: Statistics | None
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> str | None:
        """The level of the gravest finding, or None."""
        return self.findings[0].level if self.findings else None

    def of_kind(self, kind: str) -> Finding | None:
        """The finding of that kind, or None."""
        return next((finding for finding in self.findings if finding.kind == kind), None)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: the whole report, with every path."""
        return {
            "source": self.source,
            "pictures": self._count(),
            "classes": {split: dict(counts) for split, counts in self.classes.items()},
            "statistics": self.statistics.to_dict() if self.statistics else None,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def text(self) -> str:
        """The report in plain lines, with the first cases of each finding."""
        names = {name for counts in self.classes.values() for name in counts}
        lines = [
            _(
                "{source}: {pictures:,} pictures, {classes:,} classes",
                source=self.source,
                pictures=self._count(),
                classes=len(names),
            )
        ]
        lines += [f"  {line}" for line in (self.statistics.lines() if self.statistics else ())]
        for finding in self.findings:
            lines += finding.lines()
        if not self.findings:
            lines.append(_("nothing to remark"))
        return "\n".join(lines)

    def _count(self) -> int:
        return sum(count for counts in self.classes.values() for count in counts.values())
