"""Pictures of one size in rows, each with a few lines below: digits, filters, maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from konv.explain.figures.page import Page
from konv.explain.figures.style import FRAME, INK, INNER_WIDTH_IN, SMALL_PT, line_in

__all__ = ["Grid", "Tile", "columns_for"]

_GAP_IN = 0.1
_CAPTION_GAP_IN = 0.05
_LARGEST_IN = 1.8
_FEWEST_COLUMNS = 4
# No side is drawn thinner than this share of the other.
_THINNEST = 1 / 20


@dataclass(frozen=True)
class Tile:
    """A picture with its lines.

    Args:
        colours: (height, width, 3) of 0…1.
        lines: below it.
        ink: the colour of the frame and of all lines but the first.
    """

    colours: NDArray[Any]
    lines: tuple[str, ...] = ()
    ink: str = FRAME


@dataclass(frozen=True)
class Grid:
    """Where the pictures stand.

    Args:
        shape: (height, width) of each picture in pixels.
        count: how many pictures.
        columns: at most so many in a row.
        lines: of text below each.
        width_in: of the whole grid.
        largest_in: no picture is larger.
    """

    shape: tuple[int, int]
    count: int
    columns: int
    lines: int
    width_in: float = INNER_WIDTH_IN
    largest_in: float = _LARGEST_IN

    @property
    def column_in(self) -> float:
        """The width that a picture and its lines may take."""
        columns = min(self.columns, max(self.count, _FEWEST_COLUMNS))
        return min(self.largest_in, (self.width_in + _GAP_IN) / columns - _GAP_IN)

    @property
    def picture_in(self) -> tuple[float, float]:
        """(width, height) of a picture: its proportions, but never a hairline."""
        height, width = self.shape
        longest = max(height, width)
        return (
            self.column_in * max(width / longest, _THINNEST),
            self.column_in * max(height / longest, _THINNEST),
        )

    @property
    def row_in(self) -> float:
        """From the top of one row to the top of the next."""
        return self.picture_in[1] + _CAPTION_GAP_IN + self.lines * line_in(SMALL_PT) + _GAP_IN

    @property
    def height_in(self) -> float:
        """Of all rows."""
        return math.ceil(self.count / self.columns) * self.row_in - _GAP_IN

    def place(self, index: int) -> tuple[float, float]:
        """(x, y) of the left upper corner of a picture, in inches from that of the grid."""
        row, column = divmod(index, self.columns)
        middle_in = column * (self.column_in + _GAP_IN) + self.column_in / 2
        return middle_in - self.picture_in[0] / 2, row * self.row_in

    def draw(self, page: Page, tiles: Sequence[Tile], *, left_in: float = 0.0) -> None:
        """Draw the tiles, row by row."""
        for index, tile in enumerate(tiles):
            x_in, y_in = self.place(index)
            self._draw_tile(page, tile, left_in + x_in, y_in)

    def _draw_tile(self, page: Page, tile: Tile, x_in: float, y_in: float) -> None:
        width_in, height_in = self.picture_in
        middle_in = x_in + width_in / 2
        page.picture(tile.colours, x_in, y_in, width_in, height_in)
        page.box(x_in, y_in, width_in, height_in, facecolor="none", edgecolor=tile.ink)
        for number, line in enumerate(tile.lines):
            page.text(
                middle_in,
                y_in + height_in + _CAPTION_GAP_IN + number * line_in(SMALL_PT),
                line,
                size_pt=SMALL_PT,
                color=INK if tile.ink == FRAME or number == 0 else tile.ink,
                ha="center",
                va="top",
            )


def columns_for(count: int) -> int:
    """So many columns that few pictures are large and many fit a page.

    Example:
        >>> [columns_for(count) for count in (1, 8, 20, 64)]
        [4, 4, 8, 10]
    """
    for most, columns in ((8, 4), (12, 6), (32, 8)):
        if count <= most:
            return columns
    return 10
