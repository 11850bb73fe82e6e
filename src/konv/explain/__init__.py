"""Why a network does what it does: drawings, and the arithmetic behind them."""

from konv.explain.drawing import Drawing, draw

__all__ = ["Drawing", "draw"]
