"""findings.json in a run folder: what was found so far, so that a run that goes on says it once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from konv.errors import FormatError
from konv.files import write_atomically
from konv.formats.json_text import read_json
from konv.language import translate as _
from konv.limits import MAX_MODEL_HEADER_BYTES
from konv.training.health.findings import Finding

__all__ = ["FindingsFile"]


class FindingsFile:
    """Findings on disk; no file is there as long as there are none.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[Finding, ...]:
        """All that were written.

        Raises:
            FormatError: K401, it is damaged; K404, it cannot be read.
        """
        if not self._path.exists():
            return ()
        try:
            with open(self._path, "rb") as file:
                raw = file.read(MAX_MODEL_HEADER_BYTES + 1)
        except OSError as error:
            raise FormatError(
                _("cannot be read: {reason}", reason=error.strerror or error),
                code="K404",
                where=str(self._path),
                fix=_("bring it back, or delete it: findings are said again then"),
            ) from error
        facts = read_json(raw, where=str(self._path), part=_("findings"))
        try:
            return tuple(map(Finding.from_dict, facts["findings"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise FormatError(
                _("it holds something else than findings: {reason}", reason=repr(error)[:80]),
                code="K401",
                where=str(self._path),
                fix=_("bring it back, or delete it: findings are said again then"),
            ) from error

    def write(self, findings: Sequence[Finding]) -> None:
        """Replace the file."""
        facts = {"findings": [finding.to_dict() for finding in findings]}
        text = json.dumps(facts, ensure_ascii=False, indent=2) + "\n"
        write_atomically(self._path, text.encode("utf-8", "replace"))
