"""Why a network does what it does: drawings, sliding windows, and the arithmetic behind them."""

from konv.explain.drawing import Drawing, draw
from konv.explain.sliding import SlidingStep, SlidingWindow, convolve, pool

__all__ = ["Drawing", "SlidingStep", "SlidingWindow", "convolve", "draw", "pool"]
