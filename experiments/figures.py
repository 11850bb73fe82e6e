"""How the figures of experiments look, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "panels", "points", "write_figure"]

# Colours that every kind of colour blindness tells apart (Okabe and Ito, 2008).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#222222")
_STYLE = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    # Letters are outlines, so that the figure looks the same everywhere; names do not change.
    "svg.fonttype": "path",
    "svg.hashsalt": "konv",
}


def panels(figure: Figure, count: int) -> list[Axes]:
    """Axes side by side."""
    found = figure.subplots(1, count, squeeze=False)[0]
    return list(found)


def points(axes: Axes, names: Sequence[str], spreads: Sequence[dict[str, Any]]) -> None:
    """A row for each name: every seed a point, the mean a line."""
    rows = range(len(names))
    for row, numbers in zip(rows, spreads, strict=True):
        colour = COLOURS[row % len(COLOURS)]
        each = numbers["each"]
        axes.plot(each, [row] * len(each), "o", color=colour, alpha=0.6, markersize=5)
        axes.plot([numbers["mean"]] * 2, [row - 0.25, row + 0.25], color=colour, linewidth=2)
    axes.locator_params(axis="x", nbins=4)
    axes.set_yticks(rows, names)
    axes.set_ylim(len(names) - 0.4, -0.6)


def write_figure(draw: Callable[[Figure], None], path: Path) -> None:
    """Draw and write an SVG, the same bytes for the same numbers."""
    from matplotlib import rc_context, rcdefaults
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context():
        rcdefaults()
        with rc_context(_STYLE):
            figure = Figure(figsize=(9, 3.4), layout="constrained")
            FigureCanvasSVG(figure)
            draw(figure)
            figure.savefig(path, metadata={"Date": None, "Creator": None}, facecolor="white")
