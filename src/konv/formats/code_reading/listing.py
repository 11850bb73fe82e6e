"""A listing: Python text whose every line knows where it stood in the file it came from."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from konv.language import translate as _

__all__ = ["Listing"]

_SHOWN_LINES = 8


@dataclass(frozen=True)
class Listing:
    """Python text and where it came from.

    Args:
        text: the Python. What was no code is blank, so that lines keep their numbers.
        source: the file, for errors; may be empty.
        cells: of a notebook, for each line (number of the cell, line in it), both from 1.
        blocks: (first, last) line of what was taken for code, where there was other text too.
    """

    text: str
    source: str = ""
    cells: tuple[tuple[int, int], ...] = ()
    blocks: tuple[tuple[int, int], ...] = ()

    def place(self, line: int) -> str:
        """``line 4``, or ``cell 2, line 4``."""
        if not self.cells:
            return _("line {line}", line=line)
        cell, number = self.cells[min(max(line, 1), len(self.cells)) - 1]
        return _("cell {cell}, line {line}", cell=cell, line=number)

    def places(self, lines: Sequence[int]) -> str:
        """``lines 4, 7, 9``; where there is only one, its place; where it is 0, nothing."""
        lines = sorted(set(lines) - {0})
        if not lines:
            return ""
        if len(lines) == 1 or self.cells:
            return "; ".join(map(self.place, lines[:_SHOWN_LINES]))
        shown = ", ".join(map(str, lines[:_SHOWN_LINES]))
        return _("lines {lines}", lines=shown + (", …" if len(lines) > _SHOWN_LINES else ""))

    def located(self, line: int) -> str:
        """The same with the file before it."""
        return ", ".join(filter(None, (self.source, self.place(line))))

    def segment(self, node: ast.AST) -> str:
        """The first line of what a node of the syntax tree was made of."""
        line = getattr(node, "lineno", 0)
        if not 1 <= line <= len(self._lines):
            return ""
        start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", None)
        more = getattr(node, "end_lineno", line) != line
        content = self._lines[line - 1].encode()
        text = content[start : None if more else end].decode("utf-8", "ignore")
        return text + (" …" if more else "")

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")
