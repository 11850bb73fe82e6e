"""The confusion matrix as a table: counts in cells, colours for shares of a row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.explain.figures.page import Page
from konv.explain.figures.pixels import Array, colour
from konv.explain.figures.style import (
    BLUE,
    FRAME,
    GREY,
    INK,
    LABEL_PT,
    ORANGE,
    PAPER,
    SMALL_PT,
    line_in,
)
from konv.language import translate as _

__all__ = ["draw_table", "shade"]

_NAME_IN = 1.8
_TABLE_IN = 6.8
_LARGEST_CELL_IN = 1.0
_SLANT = 0.71  # sine of the angle of slanted names
_SMALLEST_PT = 5.5
_NO_PICTURES = "#eeeeee"

_KEY_IN = 0.4
_KEY_SHARES = (0.01, 0.1, 0.5, 1.0)
_SWATCH_IN = (0.42, 0.2)


def draw_table(page: Page, counts: NDArray[np.int64], title: str) -> None:
    """Draw a page with a cell for each pair of classes."""
    table = _Table(page, counts)
    notes = [_("Grey rows: classes without pictures.")] if table.is_empty.any() else []
    page.lay_out(title, body_in=_KEY_IN + table.side_in + table.foot_in, notes=notes)
    _draw_key(page, table.left_in)
    table.draw_cells()
    table.draw_names()
    table.draw_axis_words()


def shade(share: Array, hue: str) -> Array:
    """Shares of 0…1 as colours: white to the hue, (…, 3). The root keeps small shares visible."""
    depth = np.sqrt(np.asarray(share, np.float64))[..., np.newaxis]
    return colour(PAPER) * (1 - depth) + colour(hue) * depth


def _ink_on(background: Array) -> str:
    """Dark letters on light colours, light ones on dark."""
    luminance = float(background @ (0.299, 0.587, 0.114))
    return INK if luminance > 0.58 else PAPER


def _draw_key(page: Page, x_in: float) -> None:
    """What the colours mean."""
    width_in, height_in = _SWATCH_IN
    look: dict[str, Any] = {"size_pt": SMALL_PT, "va": "center"}
    heading = _("share of a class:")
    page.text(x_in, height_in / 2, heading, color=GREY, **look)
    x_in += page.width_in(heading, SMALL_PT) + 0.2
    for word, hue in ((_("right"), BLUE), (_("wrong"), ORANGE)):
        page.text(x_in, height_in / 2, word, color=GREY, **look)
        x_in += page.width_in(word, SMALL_PT) + 0.08
        for share in _KEY_SHARES:
            background = shade(np.array([[share]]), hue)
            page.picture(background, x_in, 0, width_in, height_in)
            ink = _ink_on(background[0, 0])
            text = f"{100 * share:.0f}\u00a0%"
            page.text(x_in + width_in / 2, height_in / 2, text, color=ink, ha="center", **look)
            x_in += width_in
        x_in += 0.25


@dataclass(frozen=True)
class _Table:
    """Where everything stands, in inches.

    Args:
        page: that it is drawn on.
        counts: [K, K].
    """

    page: Page
    counts: NDArray[np.int64]

    @property
    def cell_in(self) -> float:
        return min(_LARGEST_CELL_IN, _TABLE_IN / len(self.counts))

    @property
    def side_in(self) -> float:
        return self.cell_in * len(self.counts)

    @property
    def name_pt(self) -> float:
        return min(LABEL_PT, self.cell_in * 72 * 0.75)

    @cached_property
    def names(self) -> dict[int, str]:
        return self.page.short_names(range(len(self.counts)), _NAME_IN, self.name_pt)

    @cached_property
    def longest_in(self) -> float:
        """The width of the longest name."""
        return max(self.page.width_in(name, self.name_pt) for name in self.names.values())

    @property
    def is_slanted(self) -> bool:
        return self.longest_in > self.cell_in - 0.06

    @property
    def names_below_in(self) -> float:
        flat_in = line_in(self.name_pt)
        return _SLANT * (self.longest_in + flat_in) + 0.06 if self.is_slanted else flat_in + 0.06

    @property
    def foot_in(self) -> float:
        """The names below, and the words under them."""
        return self.names_below_in + line_in(LABEL_PT)

    @property
    def left_in(self) -> float:
        """Where the table begins, right of the words and the names."""
        return line_in(LABEL_PT) + 0.2 + self.longest_in

    @property
    def is_empty(self) -> NDArray[np.bool_]:
        """Which classes have no picture, [K]."""
        empty: NDArray[np.bool_] = self.counts.sum(axis=1) == 0
        return empty

    @cached_property
    def colours(self) -> Array:
        """Of the cells, [K, K, 3]."""
        shares = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        right = np.eye(len(shares), dtype=bool)[..., np.newaxis]
        colours = np.where(right, shade(shares, BLUE), shade(shares, ORANGE))
        colours[self.is_empty] = colour(_NO_PICTURES)
        return colours

    def draw_cells(self) -> None:
        left_in, side_in, cell_in = self.left_in, self.side_in, self.cell_in
        self.page.picture(self.colours, left_in, _KEY_IN, side_in, side_in)
        for i in range(1, len(self.counts)):
            for box in ((i * cell_in, 0, 0, side_in), (0, i * cell_in, side_in, 0)):
                x_in, y_in, width_in, height_in = box
                self.page.box(
                    left_in + x_in, _KEY_IN + y_in, width_in, height_in, edgecolor=PAPER, lw=0.6
                )
        self.page.box(left_in, _KEY_IN, side_in, side_in, facecolor="none", edgecolor=FRAME, lw=0.8)
        size_pt, compact = self._count_look()
        for i, j in np.argwhere(self.counts):
            self.page.text(
                left_in + (j + 0.5) * cell_in,
                _KEY_IN + (i + 0.5) * cell_in,
                _compact(self.counts[i, j]) if compact else str(self.counts[i, j]),
                size_pt=size_pt,
                color=_ink_on(self.colours[i, j]),
                ha="center",
                va="center",
            )

    def _count_look(self) -> tuple[float, bool]:
        """The size of the counts, and whether they must be written short to fit."""
        room_pt = self.cell_in * 72 * 0.86
        longest = str(self.counts.max())
        size_pt = LABEL_PT * room_pt / 72 / self.page.width_in(longest, LABEL_PT)
        return min(LABEL_PT + 1, max(size_pt, _SMALLEST_PT)), size_pt < _SMALLEST_PT

    def draw_names(self) -> None:
        left_in, bottom_in = self.left_in, _KEY_IN + self.side_in + 0.06
        slant = {"rotation": 45, "rotation_mode": "anchor", "ha": "right"}
        look: dict[str, Any] = slant if self.is_slanted else {"ha": "center"}
        for i, name in self.names.items():
            centre_in = (i + 0.5) * self.cell_in
            self.page.text(
                left_in - 0.08,
                _KEY_IN + centre_in,
                name,
                size_pt=self.name_pt,
                ha="right",
                va="center",
            )
            self.page.text(
                left_in + centre_in, bottom_in, name, size_pt=self.name_pt, va="top", **look
            )

    def draw_axis_words(self) -> None:
        middle_in = self.side_in / 2
        look: dict[str, Any] = {"color": GREY, "ha": "center"}
        self.page.text(0, _KEY_IN + middle_in, _("true class"), rotation=90, va="center", **look)
        self.page.text(
            self.left_in + middle_in,
            _KEY_IN + self.side_in + self.names_below_in,
            _("predicted class"),
            va="top",
            **look,
        )


def _compact(count: np.int64) -> str:
    """Two or three digits and a letter: 12k."""
    for letter, unit in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= unit:
            return f"{count / unit:.0f}{letter}"
    return str(count)
