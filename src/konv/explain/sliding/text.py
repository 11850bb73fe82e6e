"""A sliding window as text: what slides over what, then the sum of each step.

The sums are written as tutorials write them, and can be given to Python as they stand.
"""

from __future__ import annotations

from collections.abc import Iterator

from konv.explain.sliding.equations import equation_of
from konv.explain.sliding.window import SlidingWindow
from konv.explain.sliding.wording import (
    heading,
    kernel_caption,
    place_of,
    remarks,
)
from konv.language import translate as _
from konv.language.tables import padded, places, wrapped
from konv.values.grids import PADDING_ZERO, grid_cell, grid_lines, matrix_cells, side_by_side

__all__ = ["padded_cells", "sliding_text"]

_INDENT = "  "


def sliding_text(sliding: SlidingWindow, steps: int | None, width: int) -> str:
    """The text in lines of at most ``width`` columns; ``steps``: how many, None: all."""
    count = len(sliding)
    shown = count if steps is None else min(steps, count)
    lines = [*wrapped(heading(sliding), width, _INDENT), *_sizes(sliding, width), ""]
    lines += side_by_side(_grids(sliding, width), width)
    for remark in remarks(sliding):
        lines += wrapped(remark, width, _INDENT)
    for number in range(shown):
        lines += ["", *_step_lines(sliding, number, width)]
    if shown < count:
        left = _(
            "… and {count} more steps: --steps all, or to_text(steps=None), shows them",
            count=f"{count - shown:,}",
        )
        lines += ["", *wrapped(left, width, _INDENT)]
    return "\n".join(line.rstrip() for line in lines)


def _sizes(sliding: SlidingWindow, width: int) -> Iterator[str]:
    """How the size of the output follows; once, if rows and columns are alike."""
    rows, columns = sliding.axes
    alike = rows == columns
    named = [("", rows)] if alike else [(_("height") + "  ", rows), (_("width") + "  ", columns)]
    room = max(places(name) for name, _axis in named)
    for name, axis in named:
        first, *rest = wrapped(axis.arithmetic(), width - len(_INDENT) - room, _INDENT)
        yield _INDENT + padded(name, room) + first
        yield from (_INDENT + " " * room + line for line in rest)


def _grids(sliding: SlidingWindow, width: int) -> list[list[str]]:
    """Input, kernel and output with a word above each."""
    blocks = [(_("input"), padded_cells(sliding))]
    kernel = sliding.met_kernel
    if kernel is not None:
        blocks.append((kernel_caption(sliding), matrix_cells(kernel)))
    blocks.append((_("output"), matrix_cells(sliding.output)))
    return [[word, *grid_lines(cells, width)] for word, cells in blocks]


def padded_cells(sliding: SlidingWindow) -> list[list[str]]:
    """The matrix as cells, the padding in brackets."""
    rows, columns = sliding.axes
    return [
        [
            grid_cell(value)
            if 0 <= i - rows.before < rows.size and 0 <= j - columns.before < columns.size
            else PADDING_ZERO
            for j, value in enumerate(row)
        ]
        for i, row in enumerate(sliding.padded.tolist())
    ]


def _step_lines(sliding: SlidingWindow, number: int, width: int) -> Iterator[str]:
    step = sliding.step(number)
    equation = equation_of(step)
    yield from wrapped(place_of(sliding, step), width, _INDENT)
    for line in (equation.text(), *(later.text for later in equation.later)):
        for piece in wrapped(line, width - len(_INDENT), _INDENT):
            yield _INDENT + piece
