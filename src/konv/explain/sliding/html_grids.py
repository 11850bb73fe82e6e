"""The grids of a page: small ones with their numbers, large ones as pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from konv.explain.sliding.shades import Shades, input_shades, output_shades, shows_numbers
from konv.explain.sliding.text import padded_cells
from konv.explain.sliding.window import SlidingWindow
from konv.explain.sliding.wording import kernel_caption
from konv.language import translate as _
from konv.values.grids import PADDING_ZERO, matrix_cells
from konv.values.numbers import factor

__all__ = ["Grid", "grid_html", "grids_of", "input_numbers"]

_PIXELS_ACROSS = 400  # of a large grid


@dataclass(frozen=True)
class Grid:
    """A table of the page.

    Args:
        part: what the script calls it.
        caption: above it.
        cells: rows of texts.
        classes: of each cell, row by row.
        shades: of each cell where it is shown as a pixel; None: as a number.
        sign: between it and the grid before it.
        widest: letters of the longest text that the script will put into a cell.
    """

    part: str
    caption: str
    cells: Sequence[Sequence[str]]
    classes: Sequence[Sequence[str]]
    shades: Shades | None = None
    sign: str = ""
    widest: int = 0

    @property
    def legend(self) -> str:
        """What black and white stand for."""
        if self.shades is None:
            return ""
        return _("{grid}: {legend}", grid=self.caption, legend=self.shades.legend)


def grids_of(sliding: SlidingWindow) -> tuple[Grid, ...]:
    """The input, the kernel, the terms of the step, the output; with the first step marked."""
    numbers, kernel = shows_numbers(sliding), sliding.met_kernel
    grids = [_input_grid(sliding, None if numbers else input_shades(sliding))]
    if kernel is not None:
        grids.append(_plain("weights", kernel_caption(sliding), matrix_cells(kernel), "*"))
    grids.append(_terms_grid(sliding))
    return (*grids, _output_grid(sliding, None if numbers else output_shades(sliding)))


def _input_grid(sliding: SlidingWindow, shades: Shades | None) -> Grid:
    first = sliding.step(0)
    met = sliding.met(first)
    won = None if first.winner is None else met[first.winner]
    cells = padded_cells(sliding)
    classes = [
        [
            _classes(pad=text == PADDING_ZERO, seen=(i, j) in met, won=(i, j) == won)
            for j, text in row
        ]
        for i, row in enumerate(map(enumerate, cells))
    ]
    return Grid("input", _("input"), cells, classes, shades)


def _terms_grid(sliding: SlidingWindow) -> Grid:
    cells, winner, wide = _terms(sliding), sliding.step(0).winner, sliding.grid[1]
    classes = [
        [_classes(won=i * wide + j == winner) for j in range(wide)] for i in range(len(cells))
    ]
    return Grid("terms", _("this step"), cells, classes, None, "→", _widest_term(sliding))


def _classes(**marks: bool) -> str:
    return " ".join(name for name, holds in marks.items() if holds)


def _output_grid(sliding: SlidingWindow, shades: Shades | None) -> Grid:
    cells = matrix_cells(sliding.output)
    classes = [[_classes(now=i == j == 0) for j in range(len(row))] for i, row in enumerate(cells)]
    widest = max(len(text) for row in cells for text in row)
    return Grid("output", _("output"), cells, classes, shades, "=", widest)


def _plain(part: str, caption: str, cells: Sequence[Sequence[str]], sign: str) -> Grid:
    return Grid(part, caption, cells, [[""] * len(row) for row in cells], sign=sign)


def _widest_term(sliding: SlidingWindow) -> int:
    """So that the grid of the step keeps its size while its texts change."""
    numbers, kernel = max(map(len, input_numbers(sliding))), sliding.met_kernel
    if kernel is None:
        return numbers
    return numbers + 1 + max(len(factor(weight)) for weight in kernel.flat)


def _terms(sliding: SlidingWindow) -> list[list[str]]:
    """Each number of the first window times the weight that it meets."""
    step, kernel = sliding.step(0), sliding.met_kernel
    texts = [
        factor(x) if not padding else PADDING_ZERO
        for x, padding in zip(step.window.flat, step.padding.flat, strict=True)
    ]
    if kernel is not None:
        texts = [f"{x}*{factor(w)}" for x, w in zip(texts, kernel.flat, strict=True)]
    wide = sliding.grid[1]
    return [texts[i : i + wide] for i in range(0, len(texts), wide)]


def input_numbers(sliding: SlidingWindow) -> list[str]:
    """Every number of the padded input as it stands in a sum."""
    return [
        PADDING_ZERO if cell == PADDING_ZERO else factor(value)
        for cells, values in zip(padded_cells(sliding), sliding.padded.tolist(), strict=True)
        for cell, value in zip(cells, values, strict=True)
    ]


def grid_html(grid: Grid) -> str:
    """A grid as a table."""
    lines = []
    for i, row in enumerate(grid.cells):
        cells = (_cell(grid, i, j) for j in range(len(row)))
        lines.append(f"<tr>{''.join(cells)}</tr>")
    attributes = f'class="{grid.part}" data-part="{grid.part}"'
    if grid.shades is not None:
        side = max(4, _PIXELS_ACROSS // max(len(grid.cells), len(grid.cells[0])))
        attributes = f'class="{grid.part} pixels" data-part="{grid.part}" style="--px: {side}px"'
    elif grid.widest:
        attributes += f' style="--widest: calc({grid.widest}ch + 0.8em)"'
    caption = f"<caption>{escape(grid.caption)}</caption>"
    table = f"<table {attributes}>{caption}<tbody>{''.join(lines)}</tbody></table>"
    sign = f'<span class="sign" aria-hidden="true">{grid.sign}</span>' if grid.sign else ""
    return f'<div class="piece">{sign}<div class="scroll">{table}</div></div>'


def _cell(grid: Grid, i: int, j: int) -> str:
    text, name = grid.cells[i][j], grid.classes[i][j]
    attributes = f' class="{name}"' if name else ""
    if grid.shades is None:
        return f"<td{attributes}>{escape(text)}</td>"
    shade = grid.shades.levels[i][j]
    style = "" if shade is None else f' style="--shade:#{f"{shade:02x}" * 3}"'
    return f"<td{attributes}{style}></td>"
