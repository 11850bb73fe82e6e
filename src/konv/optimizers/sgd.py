"""Stochastic gradient descent.

With g the gradient, η the learning rate, μ the momentum and λ the weight decay::

    w ← w − λ η w                          decay, when weight_decay is given
    w ← w − η g                            without momentum

    m ← μ m − η g
    w ← w + m                              with momentum
    w ← w + (μ m − η g)                    with Nesterov's momentum
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from konv.constraints import Boolean, Real
from konv.errors import ParameterError
from konv.language import translate as _
from konv.optimizers.base import Array, Optimizer
from konv.optimizers.rates import LearningRate
from konv.optimizers.schedules import Schedule
from konv.parameters import parameter

__all__ = ["SGD"]


@dataclass(frozen=True, repr=False)
class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for.

    ``w ← w − η g``; with momentum ``m ← μ m − η g`` and ``w ← w + m``; with Nesterov's
    ``w ← w + (μ m − η g)``.

    Args:
        learning_rate: η, a number > 0 or a schedule.
        momentum: μ, how much of the former step goes on in the next, from 0 to 1.
        nesterov: take the gradient as that of the place where the momentum leads.
        weight_decay: λ, see :class:`Optimizer`, as the ways of clipping.

    Raises:
        ParameterError: K201, for a value that a field cannot hold; K205, for Nesterov's momentum
            without momentum, or more than one way of clipping.

    Example:
        >>> import numpy as np
        >>> optimizer, weight = SGD(0.1, momentum=0.5), np.array([1.0])
        >>> slots = {"momentum": np.zeros(1)}
        >>> for iteration in (1, 2):
        ...     optimizer.update(
        ...         weight, np.array([2.0]), slots, learning_rate=0.1, iteration=iteration
        ...     )
        >>> weight.round(4)
        array([0.5])

    Source:
        Sutskever, Martens, Dahl & Hinton (2013), On the importance of initialization and momentum
        in deep learning, section 2.
    """

    learning_rate: float | Schedule = parameter(LearningRate(), default=0.01)
    momentum: float = parameter(Real(0, 1), default=0.0, keyword=True)
    nesterov: bool = parameter(Boolean(), default=False, keyword=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.nesterov and self.momentum == 0:
            raise ParameterError(
                _("nesterov=True, and momentum=0: there is no momentum to look ahead along"),
                code="K205",
                where="SGD",
                fix=_("momentum=0.9, or leave nesterov out"),
            )

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum",) if self.momentum else ()

    def _update(
        self,
        weight: Array,
        gradient: Array,
        slots: Mapping[str, Array],
        learning_rate: float,
        iteration: int,
    ) -> None:
        step = gradient * learning_rate
        if not self.momentum:
            weight -= step
            return
        momentum = slots["momentum"]
        momentum *= self.momentum
        momentum -= step
        weight += momentum * self.momentum - step if self.nesterov else momentum
