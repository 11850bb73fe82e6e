"""The steps of every kind of layer: with this, each has registered its own."""

from __future__ import annotations

from konv.values import convolutions, dense, normalization, passing, pools
from konv.values.spot import steps_of

__all__ = ["STEPS", "steps_of"]

# The files that register steps, one per family of layers.
STEPS = (convolutions, dense, normalization, passing, pools)
