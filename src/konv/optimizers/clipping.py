"""Clipping: keeping one bad batch from throwing the weights far away.

With g the gradient of one weight array and ‖·‖ the Euclidean norm::

    clipvalue        every number of g into [−c, c]
    clipnorm         g · c / ‖g‖         where ‖g‖ > c, each array on its own
    global_clipnorm  g · c / ‖all g‖     where ‖all g‖ > c, all arrays by the same factor

A gradient that needs no clipping is not changed by a bit. A norm is the root of a sum of squares
in float64, the numbers of an array in C order, then the arrays in the order of their dict.

Source: Pascanu, Mikolov & Bengio (2013), On the difficulty of training recurrent neural networks,
algorithm 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Gradients", "clip_all_to_norm", "clip_each_to_norm", "clip_to_value"]

Gradients = dict[str, NDArray[Any]]


def clip_to_value(gradients: Mapping[str, NDArray[Any]], limit: float) -> Gradients:
    """Every number into [−limit, limit]."""
    return {name: np.clip(gradient, -limit, limit) for name, gradient in gradients.items()}


def clip_each_to_norm(gradients: Mapping[str, NDArray[Any]], limit: float) -> Gradients:
    """Every array to a norm of at most ``limit``."""
    return {
        name: _shortened(gradient, math.sqrt(_sum_of_squares(gradient)), limit)
        for name, gradient in gradients.items()
    }


def clip_all_to_norm(gradients: Mapping[str, NDArray[Any]], limit: float) -> Gradients:
    """All arrays together, as one long vector, to a norm of at most ``limit``."""
    norm = math.sqrt(sum(_sum_of_squares(gradient) for gradient in gradients.values()))
    return {name: _shortened(gradient, norm, limit) for name, gradient in gradients.items()}


def _sum_of_squares(gradient: NDArray[Any]) -> float:
    with np.errstate(over="ignore"):
        return float(np.square(np.ravel(gradient), dtype=np.float64).sum())


def _shortened(gradient: NDArray[Any], norm: float, limit: float) -> NDArray[Any]:
    # Not "norm > limit": a norm that is not a number must not look like a short one.
    if norm <= limit:
        return gradient
    with np.errstate(invalid="ignore"):
        shortened: NDArray[Any] = gradient * (limit / norm)
    return shortened
