"""What konv cannot take or give: gathered first, then refused all at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from konv.errors import FormatError
from konv.language import translate as _

__all__ = ["Refusals"]

_MOST_TOLD = 200  # of what readers gathered that do not stop by themselves


@dataclass
class Refusals:
    """A list in the making of what is not supported.

    A model is taken whole or not at all, and the person learns everything that is in the way at
    once, not one thing per attempt.

    Example:
        >>> refused = Refusals()
        >>> refused.add("node 3 lstm_1", "LSTM")
        >>> refused.check_import("net.onnx")
        Traceback (most recent call last):
        konv.errors.FormatError: K410 in net.onnx: this cannot be imported: ...
    """

    found: list[tuple[str, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.found)

    def add(self, where: str, what: str) -> None:
        """Note one thing that is not supported; the same at the same place counts once."""
        if (where, what) not in self.found:
            self.found.append((where, what))

    def _told(self) -> list[tuple[str, str]]:
        """The list as a person can read it: of very many the first, and how many more."""
        more = len(self.found) - _MOST_TOLD
        if more <= 0:
            return self.found
        return [*self.found[:_MOST_TOLD], ("…", _("and {count} more", count=f"{more:,}"))]

    def check_import(self, where: str, fix: str = "") -> None:
        """Refuse to import, with the whole list, if there is anything on it.

        Raises:
            FormatError: K410.
        """
        if self.found:
            raise FormatError(
                _("this cannot be imported: konv does not have all that it holds"),
                code="K410",
                where=where,
                details=self._told(),
                fix=fix or _("replace these; konv has the layers of konv.LAYERS"),
            )

    def check_export(self, where: str, target: str, fix: str = "") -> None:
        """Refuse to export, with the whole list, if there is anything on it.

        Raises:
            FormatError: K411.
        """
        if self.found:
            raise FormatError(
                _("this cannot be written as {target}, which lacks what it holds", target=target),
                code="K411",
                where=where,
                details=self._told(),
                fix=fix or _("replace these, or choose another format"),
            )
