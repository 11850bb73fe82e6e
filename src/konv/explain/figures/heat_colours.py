"""Heat maps as colours: orange speaks for a class, blue against it; both are told apart by all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.explain.figures.pixels import colour
from konv.explain.figures.style import BLUE, ORANGE

__all__ = ["heat_colours", "over_picture"]

Array = NDArray[Any]
_WHITE = np.ones(3)
_STRONGEST = 0.8  # of the colour over a picture, which must still be seen


def heat_colours(values: Array, most: float) -> Array:
    """Numbers [height, width] on white: the farther from 0, the more colour.

    Args:
        values: what is shown; not finite ones stay white.
        most: the number that has all of its colour.
    """
    return _mixed(_WHITE, values, most, 1.0)


def over_picture(picture: Array, values: Array, most: float) -> Array:
    """The same over a picture [height, width, 3], which turns grey so that only heat has colour."""
    rows = np.linspace(0, values.shape[0] - 1, picture.shape[0]).round().astype(int)
    columns = np.linspace(0, values.shape[1] - 1, picture.shape[1]).round().astype(int)
    grey = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    return _mixed(grey, values[np.ix_(rows, columns)], most, _STRONGEST)


def _mixed(ground: Array, values: Array, most: float, strongest: float) -> Array:
    known = np.where(np.isfinite(values), values, 0.0)[..., np.newaxis]
    share = np.clip(np.abs(known) / (most or 1.0), 0, 1) * strongest
    ink = np.where(known < 0, colour(BLUE), colour(ORANGE))
    mixed: Array = ground * (1 - share) + ink * share
    return mixed
