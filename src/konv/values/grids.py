"""Small tables of numbers in lines: a window beside its kernel, a row of a matrix."""

from __future__ import annotations

from collections.abc import Sequence

from konv.language.tables import padded, places
from konv.layers.base import Array

__all__ = ["PADDING_ZERO", "grid_cell", "grid_lines", "matrix_cells", "side_by_side"]

PADDING_ZERO = "(0)"  # as it stands in sums and tables; page.js looks for it, too

_GAP = "   "
_MOST_ROWS = 12
_CUT = "…"


def grid_cell(value: float) -> str:
    """A number in a table: four digits."""
    return f"{value + 0.0:.4g}"


def grid_lines(cells: Sequence[Sequence[str]], width: int) -> list[str]:
    """Rows of cells under each other; what does not fit ``width`` is cut off with an ellipsis.

    Example:
        >>> grid_lines([["1", "2"], ["-3", "40"]], 80)
        [' 1   2', '-3  40']
    """
    rows = [list(row) for row in cells[:_MOST_ROWS]]
    widest = max(places(cell) for row in rows for cell in row)
    columns = max(1, (width - places(_CUT)) // (widest + 2))
    if len(rows[0]) * (widest + 2) - 2 > width:
        rows = [[*row[:columns], _CUT] for row in rows]
    lines = [
        "  ".join(cell if cell == _CUT else padded(cell, widest, right=True) for cell in row)
        for row in rows
    ]
    return [*lines, _CUT] if len(cells) > _MOST_ROWS else lines


def side_by_side(blocks: Sequence[Sequence[str]], width: int) -> list[str]:
    """Blocks of lines beside each other if they fit, else under each other."""
    widths = [max(map(places, block), default=0) for block in blocks]
    if sum(widths) + len(_GAP) * (len(blocks) - 1) > width:
        return [line for block in blocks for line in block]
    height = max(map(len, blocks))
    filled = [[*block, *[""] * (height - len(block))] for block in blocks]
    return [
        _GAP.join(padded(line, own) for line, own in zip(lines, widths, strict=True)).rstrip()
        for lines in zip(*filled, strict=True)
    ]


def matrix_cells(matrix: Array) -> list[list[str]]:
    """A matrix of numbers as cells."""
    return [[grid_cell(value) for value in row] for row in matrix.tolist()]
