"""Numbers as shades of grey, where a grid is too large for numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from konv.explain.sliding.window import SlidingWindow
from konv.language import translate as _
from konv.layers.base import Array
from konv.values.grids import grid_cell

__all__ = ["Shades", "input_shades", "kernel_shades", "output_shades", "shows_numbers"]

_MOST_NUMBERS = 20  # rows and columns of a grid whose numbers are legible side by side
_MOST_WEIGHTS = 9  # of a kernel, which stands beside it
_WHITE = 255


@dataclass(frozen=True)
class Shades:
    """Shades of a grid.

    Args:
        levels: rows of 0 (black) to 255 (white); None: a zero of the padding.
        black, white: the numbers that these stand for.
    """

    levels: list[list[int | None]]
    black: float
    white: float

    @property
    def legend(self) -> str:
        """What black and white stand for."""
        return _(
            "black is {black}, white is {white}",
            black=grid_cell(self.black),
            white=grid_cell(self.white),
        )


def shows_numbers(sliding: SlidingWindow) -> bool:
    """Whether input and output are shown as numbers rather than as pixels."""
    return max(*sliding.padded.shape, *sliding.output.shape) <= _MOST_NUMBERS


def input_shades(sliding: SlidingWindow) -> Shades:
    """Of the matrix with its padding: pixels as they are, other numbers from least to most."""
    ends = (0.0, float(_WHITE)) if sliding.pixels else _ends(sliding.matrix)
    rows, columns = sliding.axes
    levels: list[list[int | None]] = [[None] * sliding.padded.shape[1] for _row in sliding.padded]
    for i, row in enumerate(_levels(sliding.matrix, ends)):
        for j, level in enumerate(row):
            levels[i + rows.before][j + columns.before] = level
    return Shades(levels, *ends)


def output_shades(sliding: SlidingWindow) -> Shades:
    """Of the output, from its least number to its largest."""
    ends = _ends(sliding.output)
    return Shades([list(row) for row in _levels(sliding.output, ends)], *ends)


def kernel_shades(kernel: Array) -> Shades | None:
    """Of a kernel that is too large for numbers; None: it is not."""
    if max(kernel.shape) <= _MOST_WEIGHTS:
        return None
    ends = _ends(kernel)
    return Shades([list(row) for row in _levels(kernel, ends)], *ends)


def _ends(numbers: Array) -> tuple[float, float]:
    return float(numbers.min()), float(numbers.max())


def _levels(numbers: Array, ends: tuple[float, float]) -> list[list[int]]:
    least, most = ends
    if most == least:
        return [[_WHITE // 2] * numbers.shape[1] for _row in numbers]
    levels: list[list[int]] = (
        np.rint((numbers - least) / (most - least) * _WHITE).astype(int).tolist()
    )
    return levels
