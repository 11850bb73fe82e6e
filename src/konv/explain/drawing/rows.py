"""Where things lie that follow each other: from left to right, in as many rows as it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from konv.explain.drawing.shapes import Polygon, Route, Shape, arrow

__all__ = ["GAP", "WIDTH", "Cell", "Flow", "flow", "way"]

WIDTH = 1120  # of a row, unless one thing is wider
GAP = 34  # between two things: room for an arrow
_BETWEEN_ROWS = 26


@dataclass(frozen=True)
class Cell:
    """The place of one thing.

    Args:
        x, y: its upper left corner.
        width: its own.
        above: how much of its row lies above the line that things of a row have in common.
        height: that of its row.
        row: the number of its row.
        ends_row: whether the next thing lies in another row.
    """

    x: float
    y: float
    width: float
    above: float
    height: float
    row: int
    ends_row: bool

    @property
    def middle(self) -> float:
        """The x of its middle."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Flow:
    """The places of all things, and the size of the whole."""

    cells: tuple[Cell, ...]
    width: float
    height: float


def flow(sizes: Sequence[tuple[float, float, float]], left: float, top: float) -> Flow:
    """Places for things of these sizes: (width, height above the line, height below), one at least.

    The arrow into the first thing of a row needs room too, so a row begins a gap further right.
    """
    rows = list(_broken(sizes))
    cells = []
    y = top
    for number, row in enumerate(rows):
        above, below = (max(sizes[index][part] for index in row) for part in (1, 2))
        x = left + (GAP if number else 0)
        for index in row:
            ends = index == row[-1] and number < len(rows) - 1
            cells.append(Cell(x, y, sizes[index][0], above, above + below, number, ends))
            x += sizes[index][0] + GAP
        y += above + below + _BETWEEN_ROWS
    right = max(cell.x + cell.width + (GAP if cell.ends_row else 0) for cell in cells)
    return Flow(tuple(cells), right - left, y - _BETWEEN_ROWS - top)


def _broken(sizes: Sequence[tuple[float, float, float]]) -> Iterator[list[int]]:
    """The numbers of the things of each row."""
    row: list[int] = []
    taken = 0.0
    for index, (width, *_heights) in enumerate(sizes):
        if row and taken + GAP + width > WIDTH:
            yield row
            row, taken = [], GAP
        row.append(index)
        taken += width + (GAP if len(row) > 1 else 0)
    yield row


def way(before: Cell, after: Cell, ys: tuple[float, float], xs: tuple[float, float]) -> list[Shape]:
    """An arrow from one thing to the next; where a row ends, it goes on in the next one.

    Args:
        before, after: their places.
        ys: at which height it leaves, and arrives.
        xs: where the first thing ends, and the second begins.
    """
    (leaves, arrives), (end, start) = ys, xs
    if before.row == after.row:
        return _straight(end + 4, start - 4, arrives)
    turn = before.x + before.width + GAP
    return [
        *_straight(end + 4, turn, leaves),
        *_straight(after.x - GAP, start - 4, arrives),
    ]


def _straight(start: float, end: float, y: float) -> list[Shape]:
    head: Polygon = arrow((end, y))
    return [Route(((start, y), (end - 6, y))), head]
