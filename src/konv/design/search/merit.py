"""Which network comes first: a rule of thumb for how many pictures it will get wrong.

::

    merit = 0.10 · ln(weights of the convolutions)
          + 0.16 · ln(multiply-adds)
          + 0.20 · ln(side of the last maps, up to 4)       where a dense layer stands behind them
          + 0.40 · ln(part of the picture that is seen)
          + 0.13 if normalized
          − 0.35 if the last maps are averaged
          − 0.10 if there is a hidden dense layer
          − what is unusual

It estimates −ln(error), up to a number that only the pictures know. Errors of networks fall as
powers of their size and cost (Rosenfeld et al., "A constructive prediction of the generalization
error across scales", 2020), so logarithms are added up. The factors are those that fit networks of
this family that were drawn at random, trained alike and tested: docs/decisions/0052. What is
unusual is taste, and keeps of networks that are nearly as good the simpler one::

    0.02  for each stage with a square kernel other than 3×3, 0.06 if it is not square
    0.04  for each pool other than 2×2
    0.10 · ln(how many times as much as twice the picture is seen, if it is more)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from konv.design.search.costs import Costs
from konv.design.search.outlines import Outline
from konv.design.search.stages import Stage
from konv.design.search.variants import Variant

__all__ = ["merits", "outline_merits"]

_WEIGHTS, _MACS, _SIDE, _SEEN = 0.10, 0.16, 0.20, 0.40
_NORMALIZED = 0.13
_ENDING = {"flatten": 0.0, "average": -0.35, "hidden": -0.10}
_ENOUGH_SIDE, _MUCH_SEEN = 4, 2  # rows and columns of the last maps; times the picture
_OTHER_SQUARE, _NOT_SQUARE, _OTHER_POOL, _TOO_MUCH_SEEN = 0.02, 0.06, 0.04, 0.10
_DIGITS = 9  # of what is compared, so that no machine's last digit decides


def outline_merits(
    outlines: Sequence[Outline], picture: tuple[int, int]
) -> dict[bool, NDArray[np.float64]]:
    """What of the merit follows from stages alone: where the last maps are averaged or not.

    Returns:
        Arrays of shape (outlines, 1).
    """
    views = np.array([_view(outline, picture) for outline in outlines], np.float64)[:, None]
    sides = np.array([_side(outline) for outline in outlines], np.float64)[:, None]
    return {True: views, False: views + sides}


def merits(of_outlines: NDArray[np.float64], variant: Variant, costs: Costs) -> NDArray[np.float64]:
    """The merit of each outline (rows) at each width (columns); the larger, the better."""
    grows = _WEIGHTS * np.log(costs.weights) + _MACS * np.log(costs.macs)
    same = _NORMALIZED * variant.normalized + _ENDING[variant.head]
    return np.round(of_outlines + grows + same, _DIGITS)


def _view(outline: Outline, picture: tuple[int, int]) -> float:
    merit = -sum(map(_unusual, outline.stages))
    for field, size in zip(outline.field, picture, strict=True):
        seen = field / size
        merit += _SEEN * math.log(min(1.0, seen))
        merit -= _TOO_MUCH_SEEN * math.log(max(1.0, seen / _MUCH_SEEN))
    return merit


def _side(outline: Outline) -> float:
    """Of a square with as many places as the last maps."""
    rows, columns = (min(side, _ENOUGH_SIDE) for side in outline.maps)
    return _SIDE / 2 * math.log(rows * columns)


@lru_cache(1_000)  # many outlines are made of few stages
def _unusual(stage: Stage) -> float:
    """Axes on which nothing slides or pools do not count."""
    kernel, pool = ({*sides} - {1} for sides in (stage.kernel, stage.pool))
    kernels = _NOT_SQUARE if len(kernel) > 1 else _OTHER_SQUARE * (kernel != {3})
    return kernels + _OTHER_POOL * (pool not in ({2}, set()))
