"""The numbers of a layer that makes no maps: a bar for each of a few, a cell for each of many."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.explain.figures.page import Page
from konv.explain.figures.pixels import Scale
from konv.explain.figures.style import (
    BLUE,
    FRAME,
    GREY,
    INNER_WIDTH_IN,
    LABEL_PT,
    ORANGE,
    SMALL_PT,
)
from konv.explain.figures.wording import number_text
from konv.language import translate as _

__all__ = ["draw_units"]

_MOST_BARS = 20
_ROW_IN = 0.3
_BAR_IN = 0.18
_NAME_IN = 2.4
_VALUE_IN = 0.8
_GAP_IN = 0.12
_PER_ROW = 50
_CELL_IN = 0.17
_MOST_ROWS = 60
_NUMBER_IN = 0.6  # for the number that a row of cells begins with


def draw_units(page: Page, values: NDArray[Any], title: str, *, named: bool) -> None:
    """A page of numbers.

    Args:
        page: empty.
        values: (units,).
        title: of the page.
        named: whether the page's names are those of the units; else they are counted from 0.
    """
    if len(values) <= _MOST_BARS:
        _draw_bars(page, values, title, named=named)
    else:
        _draw_cells(page, values, title)


def _draw_bars(page: Page, values: NDArray[Any], title: str, *, named: bool) -> None:
    count = len(values)
    page.lay_out(title, body_in=_ROW_IN * count, notes=_notes(values))
    names = page.short_names(range(count), _NAME_IN, LABEL_PT) if named else {}
    finite = np.where(np.isfinite(values), values, 0).astype(np.float64)
    low, high = min(0.0, float(finite.min())), max(0.0, float(finite.max()))
    left_in = _NAME_IN + (_VALUE_IN if low < 0 else _GAP_IN)
    per_unit_in = (INNER_WIDTH_IN - left_in - _VALUE_IN) / ((high - low) or 1.0)
    zero_in = left_in - low * per_unit_in
    for index, value in enumerate(finite):
        y_in = (index + 0.5) * _ROW_IN
        page.text(_NAME_IN, y_in, names.get(index, str(index)), ha="right", va="center")
        length_in = float(value) * per_unit_in
        colour = BLUE if value < 0 else ORANGE
        begin_in = zero_in + min(length_in, 0)
        page.box(begin_in, y_in - _BAR_IN / 2, abs(length_in), _BAR_IN, facecolor=colour)
        end_in, side = (zero_in + length_in, "right" if value < 0 else "left")
        gap_in = -0.06 if value < 0 else 0.06
        text = number_text(float(values[index]))
        page.text(end_in + gap_in, y_in, text, size_pt=SMALL_PT, ha=side, va="center")
    page.box(zero_in, 0, 0, _ROW_IN * count, edgecolor=GREY, facecolor="none", linewidth=0.8)


def _draw_cells(page: Page, values: NDArray[Any], title: str) -> None:
    shown = values[: _PER_ROW * _MOST_ROWS]
    scale = Scale.of_maps(values)
    rows = -(-len(shown) // _PER_ROW)
    notes = _notes(values)
    if len(shown) < len(values):
        notes.append(_("The first {shown} of {count}.", shown=len(shown), count=f"{len(values):,}"))
    page.lay_out(
        title,
        subtitle=_("In rows of {count}: {scale}.", count=_PER_ROW, scale=scale.text()),
        body_in=rows * _CELL_IN,
        notes=notes,
    )
    for row in range(rows):
        part = shown[row * _PER_ROW : (row + 1) * _PER_ROW]
        y_in, width_in = row * _CELL_IN, len(part) * _CELL_IN
        number = str(row * _PER_ROW)
        middle_in = y_in + _CELL_IN / 2
        page.text(_NUMBER_IN - 0.1, middle_in, number, size_pt=SMALL_PT, ha="right", va="center")
        page.picture(scale.colours(part[np.newaxis]), _NUMBER_IN, y_in, width_in, _CELL_IN)
        page.box(_NUMBER_IN, y_in, width_in, _CELL_IN, edgecolor=FRAME, facecolor="none")


def _notes(values: NDArray[Any]) -> list[str]:
    notes = []
    zeros = int((values == 0).sum())
    if zeros:
        notes.append(_("0: {zeros} of {count}.", zeros=f"{zeros:,}", count=f"{len(values):,}"))
    broken = int((~np.isfinite(values)).sum())
    if broken:
        notes.append(_("Not a finite number: {count}.", count=broken))
    return notes
