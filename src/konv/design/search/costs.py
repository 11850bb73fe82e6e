"""Parameters and multiply-adds of many networks at once, without building them.

Let the first stage have w filters and stage i have f_i·w. A convolution with a kernel of a places
that makes q places of a map, from stage i to stage j, holds::

    weights  a · f_i · f_j · w²       (from the picture's c channels: a · c · f_j · w)
    biases   f_j · w                  (or, normalized: γ, β, moving mean and variance, 4 · f_j · w)
    MACs     q · weights

and a dense layer of u units behind last maps of p places and f·w channels: p · f · w · u weights,
as many MACs, and u biases. So all costs are polynomials in w, and grow with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from konv.design.search.outlines import Outline
from konv.design.search.variants import MOST_CHANNELS, WIDTHS, Variant, hidden_units
from konv.limits import MAX_ELEMENTS_PER_MAP, MAX_PARAMETERS

__all__ = ["Costs", "Skeletons", "costs_of", "skeletons"]

Reals = NDArray[np.float64]
_NUMBERS = 8  # fields of Skeletons


@dataclass(frozen=True)
class Skeletons:
    """The convolutions of outlines with one growth of channels; arrays of shape (outlines, 1).

    Args:
        weights, weights_of_picture: how many for each w², and for each w.
        macs, macs_of_picture: the same of multiply-adds.
        filters: of all convolutions, for each w.
        last: filters of the last stage, for each w.
        places: rows times columns of the last maps.
        largest: numbers in the largest map, for each w.
    """

    weights: Reals
    weights_of_picture: Reals
    macs: Reals
    macs_of_picture: Reals
    filters: Reals
    last: Reals
    places: Reals
    largest: Reals


@dataclass(frozen=True)
class Costs:
    """Of each outline (rows) with each of WIDTHS (columns); whole numbers.

    Args:
        parameters: all numbers, those that are not trained included.
        macs: multiply-adds for one picture.
        weights: those of the convolutions.
        possible: whether there may be such a network at all.
    """

    parameters: Reals
    macs: Reals
    weights: Reals
    possible: NDArray[np.bool_]


def skeletons(outlines: Sequence[Outline], variant: Variant, channels: int) -> Skeletons:
    """What convolutions cost for pictures of so many channels."""
    most = max((len(outline.stages) for outline in outlines), default=0)
    factors = [variant.factor(stage) for stage in range(most)]
    rows = [_skeleton(outline, factors, channels) for outline in outlines]
    columns = np.array(rows, np.float64).reshape(-1, _NUMBERS).T
    return Skeletons(*(column[:, None] for column in columns))


def _skeleton(outline: Outline, factors: Sequence[float], channels: int) -> tuple[float, ...]:
    weights = weights_of_picture = macs = macs_of_picture = filters = last = largest = 0.0
    for stage, factor in zip(outline.stages, factors, strict=False):
        area = stage.kernel[0] * stage.kernel[1]
        for rows, columns in stage.convolved:
            places = rows * columns
            if last:
                weights += area * last * factor
                macs += places * area * last * factor
            else:
                weights_of_picture = area * channels * factor
                macs_of_picture = places * weights_of_picture
            last = factor
            filters += factor
            largest = max(largest, places * factor)
    rows, columns = outline.maps
    costs = weights, weights_of_picture, macs, macs_of_picture
    return *costs, filters, last, rows * columns, largest


def costs_of(convolutions: Skeletons, variant: Variant, classes: int) -> Costs:
    """What the networks hold and cost that a variant makes of outlines."""
    c, w = convolutions, np.array(WIDTHS, np.float64)
    weights = c.weights * w**2 + c.weights_of_picture * w
    per_filter = 4 if variant.normalized else 1
    features = c.last * w if variant.averages else c.places * c.last * w
    units = hidden_units(classes)
    if variant.head == "hidden":
        dense, biases = features * units + units * classes, units + classes
    else:
        dense, biases = features * classes, classes
    parameters = weights + per_filter * c.filters * w + dense + biases
    possible = (c.last * w <= MOST_CHANNELS) & (c.largest * w <= MAX_ELEMENTS_PER_MAP)
    possible &= parameters <= MAX_PARAMETERS
    if variant.averages:
        possible &= c.places > 1  # of a single place there is no average
    return Costs(parameters, c.macs * w**2 + c.macs_of_picture * w + dense, weights, possible)
