"""What all figures look like: sizes in inches and points, colours, Matplotlib's settings."""

from types import MappingProxyType
from typing import Any

__all__ = [
    "BLUE",
    "DOTS_PER_INCH",
    "FRAME",
    "GREY",
    "INK",
    "INNER_WIDTH_IN",
    "LABEL_PT",
    "MARGIN_IN",
    "ORANGE",
    "PAPER",
    "SMALL_PT",
    "STYLE",
    "SUBTITLE_PT",
    "TITLE_PT",
    "WIDTH_IN",
    "line_in",
]

WIDTH_IN = 10.0
DOTS_PER_INCH = 140
MARGIN_IN = 0.4
INNER_WIDTH_IN = WIDTH_IN - 2 * MARGIN_IN

TITLE_PT = 16.0
SUBTITLE_PT = 11.0
LABEL_PT = 10.0
SMALL_PT = 8.5

# Two colours that every kind of colour blindness tells apart (Okabe and Ito, 2008).
BLUE = "#0072b2"
ORANGE = "#d55e00"
INK = "#222222"
GREY = "#666666"
FRAME = "#cccccc"
PAPER = "#ffffff"

# On top of Matplotlib's defaults, so that no setting of a user changes a figure.
STYLE: MappingProxyType[str, Any] = MappingProxyType(
    {
        # Class and layer names are no formulas.
        "text.parse_math": False,
        "text.usetex": False,
        "text.color": INK,
        "font.size": LABEL_PT,
        "figure.facecolor": PAPER,
        "axes.facecolor": PAPER,
        "axes.edgecolor": FRAME,
        "axes.labelcolor": INK,
        "axes.titlecolor": INK,
        "axes.titlelocation": "left",
        "axes.titlesize": SUBTITLE_PT,
        "axes.labelsize": LABEL_PT,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#e6e6e6",
        "grid.linewidth": 0.8,
        "xtick.color": FRAME,
        "ytick.color": FRAME,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": SMALL_PT,
        "ytick.labelsize": SMALL_PT,
        "legend.frameon": False,
        "legend.fontsize": LABEL_PT,
        # Each picture keeps its own sharpness in SVG; its names are the same in every run.
        "image.composite_image": False,
        "svg.hashsalt": "konv",
        "svg.fonttype": "path",
    }
)


def line_in(size_pt: float) -> float:
    """The height of a line of text, in inches."""
    return size_pt * 1.4 / 72
