"""What a schedule is: how the learning rate moves while a network is trained.

A schedule stretches over the whole training, however long that is. Iteration i of n begins at the
time ``p = (i − 1) / n``, so the first begins at 0 and the training ends at 1. The rate of an
iteration is that of the time when it begins; after the end, the rate stays as it is at p = 1.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

from konv.optimizers.fields import COUNT, FRACTION, MOMENT, POSITIVE, POSITIVE_FRACTION, Moments
from konv.parameters import Checked, check_value, parameter

__all__ = ["Constant", "CosineDecay", "OneCycle", "Schedule", "StepDecay", "counts"]


@dataclass(frozen=True, repr=False)
class Schedule(Checked):
    """The contract of every schedule: a pure function of two whole numbers."""

    @abstractmethod
    def rate(self, iteration: int, total_iterations: int) -> float:
        """The learning rate of an iteration.

        Args:
            iteration: which one, counted from 1.
            total_iterations: of the whole training, 1 or more.

        Returns:
            A finite number, not negative, computed in float64.

        Raises:
            ParameterError: K201, for anything but whole numbers from 1.
        """


def counts(iteration: int, total_iterations: int) -> tuple[int, int]:
    """Both as Python's whole numbers; ParameterError K201 for what is none, or is below 1."""
    return (
        check_value("iteration", iteration, COUNT, where="rate"),
        check_value("total_iterations", total_iterations, COUNT, where="rate"),
    )


def _time(iteration: int, total_iterations: int) -> float:
    """When the iteration begins, as a fraction of the training: p, from 0 to 1."""
    iteration, total_iterations = counts(iteration, total_iterations)
    return min((iteration - 1) / total_iterations, 1.0)


def _along_cosine(start: float, end: float, part: float) -> float:
    """From start (part = 0) to end (part = 1) along half a cosine; both ends are exact."""
    weight = (1 + math.cos(math.pi * part)) / 2
    return start * weight + end * (1 - weight)


@dataclass(frozen=True, repr=False)
class Constant(Schedule):
    """The same rate from start to end: ``rate = learning_rate``.

    Args:
        learning_rate: a number > 0.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Example:
        >>> Constant(0.01).rate(iteration=7, total_iterations=100)
        0.01
    """

    learning_rate: float = parameter(POSITIVE)

    def rate(self, iteration: int, total_iterations: int) -> float:
        counts(iteration, total_iterations)
        return self.learning_rate


@dataclass(frozen=True, repr=False)
class StepDecay(Schedule):
    """Down in steps: ``rate = learning_rate · factor^(how many of the moments ``at`` have come)``.

    Args:
        learning_rate: the rate at the start, > 0.
        factor: what each step multiplies the rate by, between 0 and 1.
        at: the moments of the steps, as rising fractions of the training.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Example:
        >>> schedule = StepDecay(1.0, factor=0.5, at=(0.5, 0.75))
        >>> [schedule.rate(iteration, 4) for iteration in (1, 2, 3, 4)]
        [1.0, 1.0, 0.5, 0.25]

    Source:
        He et al. (2016), Deep residual learning for image recognition, section 4.2.
    """

    learning_rate: float = parameter(POSITIVE)
    factor: float = parameter(MOMENT, default=0.1, keyword=True)
    at: tuple[float, ...] = parameter(Moments(), default=(0.5, 0.75), keyword=True)

    def rate(self, iteration: int, total_iterations: int) -> float:
        time = _time(iteration, total_iterations)
        steps = sum(moment <= time for moment in self.at)
        return self.learning_rate * self.factor**steps


@dataclass(frozen=True, repr=False)
class CosineDecay(Schedule):
    """Down along half a cosine: ``rate = learning_rate · (f + (1 − f) · (1 + cos πp) / 2)``.

    f is ``final_fraction`` and p the time, from 0 to 1.

    Args:
        learning_rate: the rate at the start, > 0.
        final_fraction: which fraction of it is left at the end, from 0 to 1.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Example:
        >>> schedule = CosineDecay(1.0)
        >>> [round(schedule.rate(iteration, 4), 4) for iteration in (1, 2, 3, 4)]
        [1.0, 0.8536, 0.5, 0.1464]

    Source:
        Loshchilov & Hutter (2017), SGDR: stochastic gradient descent with warm restarts,
        equation 5, without restarts.
    """

    learning_rate: float = parameter(POSITIVE)
    final_fraction: float = parameter(FRACTION, default=0.0, keyword=True)

    def rate(self, iteration: int, total_iterations: int) -> float:
        time = _time(iteration, total_iterations)
        return self.learning_rate * _along_cosine(1.0, self.final_fraction, time)


@dataclass(frozen=True, repr=False)
class OneCycle(Schedule):
    """Up to a peak and down again, both along half a cosine.

    At the start the rate is ``learning_rate · start_fraction``, at the time ``peak_at`` it is
    ``learning_rate``, at the end ``learning_rate · final_fraction``.

    Args:
        learning_rate: the rate at the peak, > 0.
        start_fraction: which fraction of it the training starts with, above 0, up to 1.
        final_fraction: which fraction of it is left at the end, from 0 to 1.
        peak_at: the moment of the peak, as a fraction of the training.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Example:
        >>> schedule = OneCycle(1.0, start_fraction=0.5, final_fraction=0, peak_at=0.5)
        >>> [round(schedule.rate(iteration, 4), 4) for iteration in (1, 2, 3, 4)]
        [0.5, 0.75, 1.0, 0.5]

    Source:
        Smith & Topin (2017), Super-convergence: very fast training of neural networks using large
        learning rates; with cosines in place of lines, as in fastai and PyTorch.
    """

    learning_rate: float = parameter(POSITIVE)
    start_fraction: float = parameter(POSITIVE_FRACTION, default=0.04, keyword=True)
    final_fraction: float = parameter(FRACTION, default=1e-4, keyword=True)
    peak_at: float = parameter(MOMENT, default=0.3, keyword=True)

    def rate(self, iteration: int, total_iterations: int) -> float:
        time = _time(iteration, total_iterations)
        if time < self.peak_at:
            fraction = _along_cosine(self.start_fraction, 1.0, time / self.peak_at)
        else:
            since_peak = (time - self.peak_at) / (1 - self.peak_at)
            fraction = _along_cosine(1.0, self.final_fraction, since_peak)
        return self.learning_rate * fraction
