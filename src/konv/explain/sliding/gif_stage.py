"""The stage of a GIF: input * kernel = output in a row, or under each other, and the sum below.

There are no words on it, only numbers and signs, so that it suits every language and every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from konv.explain.sliding.equations import equation_of
from konv.explain.sliding.gif_grids import FONT_PX, CanvasGrid, font, grid_size
from konv.explain.sliding.shades import (
    Shades,
    input_shades,
    kernel_shades,
    output_shades,
    shows_numbers,
)
from konv.explain.sliding.step import SlidingStep
from konv.explain.sliding.text import padded_cells
from konv.explain.sliding.window import SlidingWindow
from konv.values.grids import matrix_cells

__all__ = ["LINE_PX", "MARGIN_PX", "Stage", "stage_of", "sum_lines"]

MARGIN_PX, LINE_PX = 20, 26
_SIGN_PX = 40  # between two grids
_LEAST_PX, _MOST_PX = 560, 1_000  # of a row of grids


@dataclass(frozen=True)
class Stage:
    """Where everything stands.

    Args:
        grids: input, kernel (not of a pool) and output.
        signs: (left, middle, sign) between them.
        width: of the canvas in pixels.
        text_top: where the sum begins.
    """

    grids: tuple[CanvasGrid, ...]
    signs: tuple[tuple[int, int, str], ...]
    width: int
    text_top: int

    @property
    def input(self) -> CanvasGrid:
        """What the window slides over."""
        return self.grids[0]

    @property
    def output(self) -> CanvasGrid:
        """What fills up."""
        return self.grids[-1]


def stage_of(sliding: SlidingWindow) -> Stage:
    """The grids of a window in rows as wide as the canvas allows."""
    numbers, kernel = shows_numbers(sliding), sliding.met_kernel
    contents: list[tuple[list[list[str]], Shades | None]] = [
        (padded_cells(sliding), None if numbers else input_shades(sliding))
    ]
    if kernel is not None:
        contents.append((matrix_cells(kernel), kernel_shades(kernel)))
    contents.append((matrix_cells(sliding.output), None if numbers else output_shades(sliding)))
    longest = max(*sliding.padded.shape, *sliding.output.shape)
    grids = [
        CanvasGrid(cells, shades, grid_size(cells, shades, longest=longest))
        for cells, shades in contents
    ]
    return _placed(grids, ["", "=" if kernel is None else "*", "="])


def _placed(grids: Sequence[CanvasGrid], signs: Sequence[str]) -> Stage:
    """The grids from left to right; what would reach too far begins a new row."""
    placed: list[CanvasGrid] = []
    marks: list[tuple[int, int, str]] = []
    left, top, bottom, right = MARGIN_PX, MARGIN_PX, MARGIN_PX, _LEAST_PX
    for grid, sign in zip(grids, signs, strict=False):
        space = _SIGN_PX if sign else 0
        if left > MARGIN_PX and left + space + grid.size[0] > _MOST_PX:
            left, top = MARGIN_PX, bottom + MARGIN_PX
        if sign:
            marks.append((left + space // 2, top + min(grid.size[1], 4 * FONT_PX) // 2, sign))
        placed.append(replace(grid, corner=(left + space, top)))
        left += space + grid.size[0]
        right, bottom = max(right, left), max(bottom, top + grid.size[1])
    return Stage(tuple(placed), tuple(marks), right + MARGIN_PX, bottom + MARGIN_PX)


def sum_lines(step: SlidingStep, width: int) -> list[str]:
    """The equation of a step in lines of at most so many pixels."""
    equation = equation_of(step)
    texts = [equation.wordless, *(later.wordless for later in equation.later)]
    return [line for text in texts for line in _wrapped(text, width)]


def _wrapped(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        joined = f"{line} {word}".strip()
        if line and font(FONT_PX).getlength(joined) > width:
            yield line
            joined = word
        line = joined
    yield line
