"""Adam, and AdamW: Adam with weight decay.

With g the gradient, η the learning rate, λ the weight decay and t the iteration, counted from 1::

    w ← w − λ η w                          decay, when weight_decay is given
    m ← m + (g − m) (1 − β₁)               running mean of the gradient
    v ← v + (g² − v) (1 − β₂)              running mean of its square
    α = η √(1 − β₂^t) / (1 − β₁^t)         makes up for m and v having begun at 0
    w ← w − m α / (√v + ε)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from konv.constraints import Real
from konv.optimizers.base import Array, Optimizer
from konv.optimizers.rates import LearningRate
from konv.optimizers.schedules import Schedule
from konv.parameters import parameter

__all__ = ["Adam", "AdamW"]

_BETA = Real(0, 1, below_maximum=True)
# A smaller ε would be 0 in float32, and a weight without gradients would become 0 / 0.
_EPSILON = Real(float(np.finfo(np.float32).smallest_normal))


@dataclass(frozen=True, repr=False)
class Adam(Optimizer):
    """Steps of about the same size for every weight, however large its gradients are.

    ``m ← m + (g − m)(1 − β₁)``, ``v ← v + (g² − v)(1 − β₂)``,
    ``w ← w − m α / (√v + ε)`` with ``α = η √(1 − β₂^t) / (1 − β₁^t)``.

    Args:
        learning_rate: η, a number > 0 or a schedule.
        beta_1: β₁, how long the mean of the gradient remembers, from 0 to below 1.
        beta_2: β₂, the same for the mean of its square.
        epsilon: ε, "epsilon hat" in the paper; as in Keras it is added before the correction of
            v, so PyTorch's eps at iteration t is ε / √(1 − β₂^t).
        weight_decay: λ, see :class:`Optimizer`, as the ways of clipping.

    Raises:
        ParameterError: K201, for a value that a field cannot hold; K205, for more than one way
            of clipping.

    Example:
        >>> import numpy as np
        >>> optimizer, weight = Adam(), np.array([1.0, 1.0])
        >>> slots = {"m": np.zeros(2), "v": np.zeros(2)}
        >>> optimizer.update(
        ...     weight, np.array([5.0, -0.01]), slots, learning_rate=0.1, iteration=1
        ... )
        >>> weight.round(4)
        array([0.9, 1.1])

    Source:
        Kingma & Ba (2015), Adam: a method for stochastic optimization, algorithm 1 in the order
        of computation that section 2 gives.
    """

    learning_rate: float | Schedule = parameter(LearningRate(), default=0.001)
    beta_1: float = parameter(_BETA, default=0.9, keyword=True)
    beta_2: float = parameter(_BETA, default=0.999, keyword=True)
    epsilon: float = parameter(_EPSILON, default=1e-7, keyword=True)

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("m", "v")

    def _update(
        self,
        weight: Array,
        gradient: Array,
        slots: Mapping[str, Array],
        learning_rate: float,
        iteration: int,
    ) -> None:
        m, v = slots["m"], slots["v"]
        m += (gradient - m) * (1 - self.beta_1)
        v += (np.square(gradient) - v) * (1 - self.beta_2)
        correction = math.sqrt(1 - self.beta_2**iteration) / (1 - self.beta_1**iteration)
        weight -= m * (learning_rate * correction) / (np.sqrt(v) + self.epsilon)


@dataclass(frozen=True, repr=False)
class AdamW(Adam):
    """Adam with weight decay: ``w ← w − λ η w`` before every update.

    Args:
        learning_rate: η, a number > 0 or a schedule.
        weight_decay: λ, from 0; see :class:`Optimizer`, as the ways of clipping.
        beta_1: see :class:`Adam`, as beta_2 and epsilon.

    Raises:
        ParameterError: K201, for a value that a field cannot hold; K205, for more than one way
            of clipping.

    Example:
        >>> import numpy as np
        >>> optimizer, weight = AdamW(weight_decay=0.5), np.array([1.0])
        >>> slots = {"m": np.zeros(1), "v": np.zeros(1)}
        >>> optimizer.update(weight, np.array([5.0]), slots, learning_rate=0.1, iteration=1)
        >>> weight.round(4)
        array([0.85])

    Source:
        Loshchilov & Hutter (2019), Decoupled weight decay regularization, algorithm 2.
    """

    weight_decay: float = parameter(Real(0), default=0.004, keyword=True)
