"""The most frequent confusions as bars, for more classes than a table can hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from konv.explain.figures.page import Page
from konv.explain.figures.style import GREY, INNER_WIDTH_IN, LABEL_PT, ORANGE, SMALL_PT
from konv.explain.figures.wording import percent
from konv.language import translate as _

__all__ = ["draw_pairs"]

_MOST_PAIRS = 25
_NAME_IN = 2.1
_ARROW_IN = 0.35
_BAR_LEFT_IN = 2 * _NAME_IN + _ARROW_IN + 0.15
_ROW_IN = 0.27
_BAR_IN = 0.18
_VALUE_IN = 1.4


def draw_pairs(page: Page, counts: NDArray[np.int64], title: str) -> None:
    """Draw a page with a bar for each of the most frequent confusions."""
    pairs = _most_frequent(counts)
    kinds = int(np.count_nonzero(counts)) - int(np.count_nonzero(np.diag(counts)))
    if not pairs:
        page.lay_out(title, subtitle=_("No class is taken for another."), body_in=0.0)
        return
    subtitle = _(
        "{classes} classes; the most frequent confusions, {shown} of {kinds}: true class → "
        "predicted class, with the share of the true class.",
        classes=len(counts),
        shown=len(pairs),
        kinds=f"{kinds:,}",
    )
    page.lay_out(title, subtitle=subtitle, body_in=_ROW_IN * len(pairs))
    names = page.short_names([i for pair in pairs for i in pair], _NAME_IN, LABEL_PT)
    totals = counts.sum(axis=1)
    for row, (true, predicted) in enumerate(pairs):
        count = int(counts[true, predicted])
        y_in = (row + 0.5) * _ROW_IN
        page.text(_NAME_IN, y_in, names[true], ha="right", va="center")
        page.text(_NAME_IN + _ARROW_IN / 2, y_in, "→", color=GREY, ha="center", va="center")
        page.text(_NAME_IN + _ARROW_IN, y_in, names[predicted], va="center")
        value = f"{count:,} ({percent(count / int(totals[true]))})"
        _draw_bar(page, y_in, count / int(counts[pairs[0]]), value)


def _draw_bar(page: Page, y_in: float, share: float, value: str) -> None:
    """A bar of this share of the longest, with its value behind it."""
    length_in = share * (INNER_WIDTH_IN - _BAR_LEFT_IN - _VALUE_IN)
    page.box(_BAR_LEFT_IN, y_in - _BAR_IN / 2, length_in, _BAR_IN, facecolor=ORANGE)
    page.text(_BAR_LEFT_IN + length_in + 0.08, y_in, value, size_pt=SMALL_PT, va="center")


def _most_frequent(counts: NDArray[np.int64]) -> list[tuple[int, int]]:
    """(true, predicted) of the most frequent confusions; the first classes win ties."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_PAIRS]
    pairs = (divmod(int(place), len(counts)) for place in order)
    return [(i, j) for i, j in pairs if wrong[i, j]]
