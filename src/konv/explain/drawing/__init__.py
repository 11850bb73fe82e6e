"""Drawings of networks, as SVG and as text, without Graphviz or LaTeX.

A style first says what stands where (shapes, in pixels), then that is written as SVG.
"""

from konv.explain.drawing.draw import STYLE, STYLES, draw
from konv.explain.drawing.drawing import Drawing

__all__ = ["STYLE", "STYLES", "Drawing", "draw"]
