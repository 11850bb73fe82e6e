"""What an optimizer is: how a gradient changes a weight.

An optimizer holds no state: it is a description. What it remembers from one iteration to the next
(momentum, mean squares) lies in *slots*, arrays of the weight's shape and dtype, which whoever
trains keeps beside the weights and saves with them.

An iteration is: clip all gradients together, then for each weight: decay, then update. Arithmetic
is that of the weight's dtype; numbers that are the same for the whole array (rates, powers of β)
are worked out in float64 and rounded once.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from konv.alignment import aligned
from konv.constraints import Optional, Real
from konv.errors import ParameterError
from konv.language import translate as _
from konv.optimizers.clipping import (
    Gradients,
    clip_all_to_norm,
    clip_each_to_norm,
    clip_to_value,
)
from konv.optimizers.fields import POSITIVE
from konv.optimizers.rates import LearningRate, get_schedule
from konv.optimizers.schedules import Schedule
from konv.parameters import Checked, parameter

__all__ = ["Optimizer"]

Array = NDArray[Any]


@dataclass(frozen=True, repr=False)
class Optimizer(Checked):
    """The contract of every optimizer.

    Args:
        learning_rate: a number > 0, or a schedule.
        weight_decay: which fraction of every weight, times the learning rate, each iteration
            takes away before the update; None for none. As in Keras it acts on all trainable
            weights, biases too.
        clipnorm: the largest norm of each gradient array; None for no limit.
        clipvalue: the largest size of each number of a gradient.
        global_clipnorm: the largest norm of all gradients together.

    Raises:
        ParameterError: K201, for a value that a field cannot hold; K205, for more than one way
            of clipping.

    Source:
        Loshchilov & Hutter (2019), Decoupled weight decay regularization, for ``weight_decay``;
        :mod:`konv.optimizers.clipping` for the rest.
    """

    learning_rate: float | Schedule = parameter(LearningRate())
    weight_decay: float | None = parameter(Optional(Real(0)), default=None, keyword=True)
    clipnorm: float | None = parameter(Optional(POSITIVE), default=None, keyword=True)
    clipvalue: float | None = parameter(Optional(POSITIVE), default=None, keyword=True)
    global_clipnorm: float | None = parameter(Optional(POSITIVE), default=None, keyword=True)

    _former_names: ClassVar[Mapping[str, str]] = {
        "lr": "write learning_rate=…",
        "decay": "write learning_rate=CosineDecay(…) for a rate that falls, or weight_decay=…",
        "betas": "write beta_1=…, beta_2=…",
        "eps": "write epsilon=…",
        "amsgrad": "leave it out: konv has Adam without AMSGrad",
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        ways = ("clipnorm", "clipvalue", "global_clipnorm")
        given = [f"{way}={getattr(self, way)}" for way in ways if getattr(self, way) is not None]
        if len(given) > 1:
            raise ParameterError(
                _("gradients are clipped in one way only: {given}", given=", ".join(given)),
                code="K205",
                where=type(self).__name__,
                fix=_("keep one of them"),
            )

    @property
    @abstractmethod
    def slot_names(self) -> tuple[str, ...]:
        """The names of what is remembered for each weight, in order."""

    def new_slots(self, weights: Mapping[str, Array]) -> dict[str, Array]:
        """Slots before the first iteration: zeros, under ``"weight name:slot name"``.

        Example:
            >>> from konv.optimizers import Adam
            >>> sorted(Adam().new_slots({"dense_1/bias": np.zeros(3)}))
            ['dense_1/bias:m', 'dense_1/bias:v']
        """
        return {
            f"{name}:{slot}": aligned(np.zeros_like(weight))
            for name, weight in weights.items()
            for slot in self.slot_names
        }

    def slots_of(self, name: str, slots: Mapping[str, Array]) -> dict[str, Array]:
        """The slots of one weight, by slot name: the same arrays, not copies."""
        return {slot: slots[f"{name}:{slot}"] for slot in self.slot_names}

    def rate(self, iteration: int, total_iterations: int) -> float:
        """The learning rate of an iteration, counted from 1: see :class:`Schedule`."""
        return get_schedule(self.learning_rate).rate(iteration, total_iterations)

    @property
    def clips(self) -> bool:
        """Whether gradients are clipped."""
        return any(
            limit is not None for limit in (self.clipvalue, self.clipnorm, self.global_clipnorm)
        )

    def clip(self, gradients: Mapping[str, Array]) -> Gradients:
        """The gradients of all weights, clipped in the way that was asked for.

        Args:
            gradients: weight name -> gradient. The order decides the last bits of a global norm,
                so it must be the same in every run: that of the weights.

        Returns:
            weight name -> gradient, in the same order; arrays that need no clipping are returned
            themselves.
        """
        if self.clipvalue is not None:
            return clip_to_value(gradients, self.clipvalue)
        if self.clipnorm is not None:
            return clip_each_to_norm(gradients, self.clipnorm)
        if self.global_clipnorm is not None:
            return clip_all_to_norm(gradients, self.global_clipnorm)
        return dict(gradients)

    def update(
        self,
        weight: Array,
        gradient: Array,
        slots: Mapping[str, Array],
        *,
        learning_rate: float,
        iteration: int,
    ) -> None:
        """Change one weight and its slots in place.

        Numbers that are not finite give weights that are not finite, without a warning: whoever
        trains looks at the loss.

        What is remembered of a gradient that stays zero shrinks step by step, and rounding would
        stop it just before zero, where each operation takes a hundred times as long, for ever. So
        in slots, what is smaller than the smallest normal number (2⁻¹²⁶ in float32) becomes zero.

        Args:
            weight: an array of any shape.
            gradient: of the same shape, already clipped.
            slots: slot name -> array of the same shape.
            learning_rate: the rate of this iteration.
            iteration: which one, counted from 1.
        """
        # NumPy's own scalars would widen float32 arithmetic to float64; Python's do not.
        learning_rate, iteration = float(learning_rate), int(iteration)
        gradient = gradient.astype(weight.dtype, copy=False)
        with np.errstate(over="ignore", invalid="ignore"):
            if self.weight_decay is not None:
                weight -= weight * (self.weight_decay * learning_rate)
            self._update(weight, gradient, slots, learning_rate, iteration)
        for slot in slots.values():
            slot[np.abs(slot) < np.finfo(slot.dtype).smallest_normal] = 0

    @abstractmethod
    def _update(
        self,
        weight: Array,
        gradient: Array,
        slots: Mapping[str, Array],
        learning_rate: float,
        iteration: int,
    ) -> None:
        """The update itself, of a weight that has decayed already."""

    def apply(
        self,
        weights: Mapping[str, Array],
        gradients: Mapping[str, Array],
        slots: Mapping[str, Array],
        *,
        learning_rate: float,
        iteration: int,
    ) -> None:
        """One whole iteration, in place: clip, then update every weight that has a gradient.

        Args:
            weights: weight name -> array.
            gradients: weight name -> gradient, in the order of the weights.
            slots: as :meth:`new_slots` made them.
            learning_rate: the rate of this iteration.
            iteration: which one, counted from 1.
        """
        for name, gradient in self.clip(gradients).items():
            self.update(
                weights[name],
                gradient,
                self.slots_of(name, slots),
                learning_rate=learning_rate,
                iteration=iteration,
            )
