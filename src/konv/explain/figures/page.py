"""A page that a figure is drawn on: measured in inches, from the left and from the top."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from konv.explain.figures.style import (
    DOTS_PER_INCH,
    GREY,
    INK,
    INNER_WIDTH_IN,
    LABEL_PT,
    MARGIN_IN,
    SMALL_PT,
    SUBTITLE_PT,
    TITLE_PT,
    WIDTH_IN,
    line_in,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Page"]

_GAP_IN = 0.12


class Page:
    """A figure in the making. Lengths are in inches: x from the left margin, y from the body's top.

    Args:
        figure: what is drawn on.
        names: of all classes, as they can be drawn.
        labels: the other names, likewise.
        notes: what a reader must know about the letters, for the foot.
    """

    def __init__(
        self, figure: Figure, names: Sequence[str], labels: Sequence[str], notes: Sequence[str]
    ) -> None:
        self.figure = figure
        self.names = tuple(names)
        self.labels = tuple(labels)
        self._notes = tuple(notes)
        self._top_in = 0.0
        self._sheet: Axes | None = None

    def lay_out(
        self, title: str, *, subtitle: str = "", body_in: float, notes: Sequence[str] = ()
    ) -> None:
        """Give the page its size, its title and its foot; a body of this height is left free."""
        head = [
            *((line, TITLE_PT, INK) for line in self.wrapped(title, TITLE_PT)),
            *((line, SUBTITLE_PT, GREY) for line in self.wrapped(subtitle, SUBTITLE_PT)),
        ]
        foot = [
            (line, SMALL_PT, GREY)
            for note in (*notes, *self._notes)
            for line in self.wrapped(note, SMALL_PT)
        ]
        head_in, foot_in = (sum(line_in(size) for _line, size, _c in part) for part in (head, foot))
        self._top_in = MARGIN_IN + head_in + 2 * _GAP_IN
        gap_in = _GAP_IN if foot else 0.0
        height_in = self._top_in + body_in + gap_in + foot_in + MARGIN_IN
        self.figure.set_size_inches(WIDTH_IN, height_in)
        self._sheet = self._blank_sheet(height_in)
        self._lines(head, -head_in - 2 * _GAP_IN)
        self._lines(foot, body_in + gap_in)

    def _blank_sheet(self, height_in: float) -> Axes:
        """Axes over the whole page, with inches from the left and from the top."""
        sheet = self.figure.add_axes((0, 0, 1, 1))
        sheet.set_xlim(0, WIDTH_IN)
        sheet.set_ylim(height_in, 0)
        sheet.set_axis_off()
        return sheet

    def _lines(self, lines: Sequence[tuple[str, float, str]], y_in: float) -> None:
        for line, size_pt, colour in lines:
            self.text(0, y_in, line, size_pt=size_pt, color=colour, va="top")
            y_in += line_in(size_pt)

    @property
    def sheet(self) -> Axes:
        """Where texts, pictures and boxes are drawn."""
        if self._sheet is None:
            raise RuntimeError("lay_out comes first")
        return self._sheet

    # Drawing --------------------------------------------------------------------------------------

    def text(
        self, x_in: float, y_in: float, text: str, *, size_pt: float = LABEL_PT, **look: Any
    ) -> None:
        """A line of text at this place; ``look`` is Matplotlib's: color, ha, va, rotation."""
        self.sheet.text(MARGIN_IN + x_in, self._top_in + y_in, text, fontsize=size_pt, **look)

    def picture(
        self, pixels: NDArray[Any], x_in: float, y_in: float, width_in: float, height_in: float
    ) -> None:
        """Colours (height, width, 3) of 0…1 in this box."""
        left, top = MARGIN_IN + x_in, self._top_in + y_in
        enlarged = pixels.shape[1] <= width_in * DOTS_PER_INCH
        self.sheet.imshow(
            pixels,
            extent=(left, left + width_in, top + height_in, top),
            aspect="auto",
            interpolation="nearest" if enlarged else "antialiased",
        )

    def box(self, x_in: float, y_in: float, width_in: float, height_in: float, **look: Any) -> None:
        """A rectangle; ``look`` is Matplotlib's: facecolor, edgecolor, linewidth."""
        from matplotlib.patches import Rectangle

        corner = (MARGIN_IN + x_in, self._top_in + y_in)
        self.sheet.add_patch(Rectangle(corner, width_in, height_in, **look))

    def axes(self, x_in: float, y_in: float, width_in: float, height_in: float) -> Axes:
        """Axes for a chart in this box."""
        full_in = float(self.figure.get_figheight())
        bottom_in = full_in - self._top_in - y_in - height_in
        return self.figure.add_axes(
            (
                (MARGIN_IN + x_in) / WIDTH_IN,
                bottom_in / full_in,
                width_in / WIDTH_IN,
                height_in / full_in,
            )
        )

    # Measuring ------------------------------------------------------------------------------------

    def width_in(self, text: str, size_pt: float = LABEL_PT) -> float:
        """How wide a line of text is."""
        from matplotlib.text import Text

        line = Text(0, 0, text, fontsize=size_pt)
        line.set_figure(self.figure)
        return float(line.get_window_extent().width) / float(self.figure.dpi)

    def wrapped(self, text: str, size_pt: float, width_in: float = INNER_WIDTH_IN) -> list[str]:
        """``text`` in lines of at most this width."""
        lines: list[str] = []
        for word in text.split(" ") if text else ():
            word = self.shortened(word, width_in, size_pt)
            joined = f"{lines[-1]} {word}" if lines else word
            if lines and self.width_in(joined, size_pt) <= width_in:
                lines[-1] = joined
            else:
                lines.append(word)
        return lines

    def shortened(self, text: str, width_in: float, size_pt: float = LABEL_PT) -> str:
        """``text``, or as much of its beginning and end as fits in this width."""
        if self.width_in(text, size_pt) <= width_in:
            return text
        fits, too_many = 0, len(text)
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            if self.width_in(_ends(text, middle), size_pt) <= width_in:
                fits = middle
            else:
                too_many = middle
        return _ends(text, fits)

    def short_names(
        self, which: Iterable[int], width_in: float, size_pt: float = LABEL_PT
    ) -> dict[int, str]:
        """The number of each of these names -> the name in this width, still all different."""
        indices = sorted(set(which))
        short = {i: self.shortened(self.names[i], width_in, size_pt) for i in indices}
        twins = Counter(short.values())
        for i, text in short.items():
            if twins[text] > 1:
                number = f" ({i})"
                room_in = width_in - self.width_in(number, size_pt)
                short[i] = self.shortened(self.names[i], room_in, size_pt) + number
        return short


def _ends(text: str, kept: int) -> str:
    """The first and the last of ``kept`` letters: names often differ at the end."""
    last = kept // 3
    return text[: kept - last].rstrip() + "…" + (text[-last:].lstrip() if last else "")
