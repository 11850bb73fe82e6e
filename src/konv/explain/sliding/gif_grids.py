"""Grids on the canvas of a GIF: where they stand, and how a cell is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from konv.explain.drawing.colours import COLOURS, FAMILIES
from konv.explain.sliding.shades import Shades
from konv.values.grids import PADDING_ZERO

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

__all__ = [
    "CELL_PX",
    "EDGE",
    "FAINT",
    "FILL",
    "FONT_PX",
    "INK",
    "LINE",
    "PAPER",
    "WINDOW",
    "CanvasGrid",
    "font",
    "grid_size",
]

CELL_PX, FONT_PX = 36, 16
_PIXELS_ACROSS, _LEAST_PIXEL = 320, 4  # of a grid of pixels
_SPACE_PX = 12  # around the text of a cell
PAPER, INK, FAINT, LINE, WINDOW = (pair[0] for pair in COLOURS.values())
FILL, EDGE = FAMILIES["convolution"][0]
_PADDING = FAMILIES["input"][0][0]


@cache
def font(size_px: int) -> FreeTypeFont:
    """DejaVu Sans as it comes with Matplotlib: the same letters on every machine."""
    import matplotlib
    from PIL import ImageFont

    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    # Without the library for complex scripts, which not every machine has.
    return ImageFont.truetype(str(file), size_px, layout_engine=ImageFont.Layout.BASIC)


def grid_size(
    cells: Sequence[Sequence[str]], shades: Shades | None, *, longest: int
) -> tuple[int, int]:
    """(width, height) of a cell in pixels; ``longest``: rows or columns of the largest grid."""
    if shades is not None:
        side = max(_LEAST_PIXEL, _PIXELS_ACROSS // longest)
        return side, side
    widest = max(font(FONT_PX).getlength(text) for row in cells for text in row)
    return max(CELL_PX, round(widest) + _SPACE_PX), CELL_PX


@dataclass(frozen=True)
class CanvasGrid:
    """A grid with its place.

    Args:
        cells: rows of texts.
        shades: of each cell where it is shown as a pixel; None: as a number.
        cell_px: (width, height) of a cell.
        corner: (left, top).
    """

    cells: Sequence[Sequence[str]]
    shades: Shades | None
    cell_px: tuple[int, int]
    corner: tuple[int, int] = (0, 0)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return len(self.cells[0]) * self.cell_px[0] + 1, len(self.cells) * self.cell_px[1] + 1

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of a cell, its lines included."""
        left = self.corner[0] + column * self.cell_px[0]
        top = self.corner[1] + row * self.cell_px[1]
        return left, top, left + self.cell_px[0], top + self.cell_px[1]

    def draw(self, canvas: ImageDraw, row: int, column: int, *, fill: str | None = None) -> None:
        """A cell with its number or its shade; ``fill``: another background than the usual one."""
        box, text = self.box(row, column), self.cells[row][column]
        padding = text == PADDING_ZERO
        if self.shades is None:
            canvas.rectangle(box, fill or (_PADDING if padding else PAPER), LINE)
            middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            canvas.text(middle, text, FAINT if padding else INK, font(FONT_PX), anchor="mm")
            return
        level = self.shades.levels[row][column]
        canvas.rectangle(box, _PADDING if level is None else f"#{f'{level:02x}' * 3}")

    def frame(self, canvas: ImageDraw, row: int, column: int, colour: str) -> None:
        """A line around a cell."""
        canvas.rectangle(
            self.box(row, column), outline=colour, width=3 if self.shades is None else 1
        )

    def draw_empty(self, canvas: ImageDraw) -> None:
        """The lines of a grid whose cells are filled later."""
        for row in range(len(self.cells)):
            for column in range(len(self.cells[0])):
                if self.shades is None:
                    canvas.rectangle(self.box(row, column), PAPER, LINE)
        left, top = self.corner
        canvas.rectangle((left, top, left + self.size[0] - 1, top + self.size[1] - 1), None, LINE)
