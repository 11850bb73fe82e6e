"""What a learning rate may be: a number, or a schedule; and the warm-up put before either."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from konv.constraints import Choice, Constraint, RefusalError
from konv.kinds import config_with_kind, from_config_with_kind
from konv.language import translate as _
from konv.optimizers.fields import FRACTION, POSITIVE
from konv.optimizers.schedules import (
    Constant,
    CosineDecay,
    OneCycle,
    Schedule,
    StepDecay,
    counts,
)
from konv.parameters import check_value, parameter

__all__ = [
    "LearningRate",
    "Warmup",
    "get_schedule",
    "schedule_by_name",
    "schedule_config",
    "schedule_from_config",
]


class LearningRate(Constraint):
    """A constraint: a number > 0, a schedule, or the plain data of one."""

    def accept(self, value: Any) -> float | Schedule:
        if isinstance(value, Schedule):
            return value
        if isinstance(value, Mapping):
            return schedule_from_config(value)
        try:
            return POSITIVE.accept(value)
        except RefusalError:
            raise RefusalError(self.describe()) from None

    def plain(self, value: Any) -> Any:
        if isinstance(value, Schedule):
            return {"kind": type(value).__name__, **value.to_config()}
        return value

    def describe(self) -> str:
        return _("{number}, or a schedule such as CosineDecay(0.1)", number=POSITIVE.describe())

    def bad_values(self) -> tuple[Any, ...]:
        return (*POSITIVE.bad_values(), {"kind": "NoSuchKind"}, Constant)


class UnwarmedRate(LearningRate):
    """A constraint: the same, except what has a warm-up already."""

    def accept(self, value: Any) -> float | Schedule:
        # Plain data is looked at before it is built, so nesting in a file has a bottom.
        kind = value.get("kind") if isinstance(value, Mapping) else type(value).__name__
        if kind == Warmup.__name__:
            raise RefusalError(_("{rate}, not another warm-up", rate=self.describe()))
        return super().accept(value)

    def bad_values(self) -> tuple[Any, ...]:
        return (*super().bad_values(), Warmup(0.1), {"kind": "Warmup", "then": 0.1})


@dataclass(frozen=True, repr=False)
class Warmup(Schedule):
    """A straight line up to the first rate of another schedule, which then takes the rest.

    Of n iterations the first ``w = round(fraction · n)``, at most n − 1, warm up::

        rate = then.rate(1, n − w) · i / (w + 1)      while i ≤ w
        rate = then.rate(i − w, n − w)                afterwards

    The line would meet the schedule at i = w + 1, so there is no jump, and no rate is 0.

    Args:
        then: a learning rate or the schedule that follows.
        fraction: which fraction of the training warms up, from 0 to 1.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Example:
        >>> schedule = Warmup(1.0, fraction=0.6)
        >>> [schedule.rate(iteration, 5) for iteration in (1, 2, 3, 4, 5)]
        [0.25, 0.5, 0.75, 1.0, 1.0]

    Source:
        Goyal et al. (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour,
        section 2.2.
    """

    then: float | Schedule = parameter(UnwarmedRate())
    fraction: float = parameter(FRACTION, default=0.05, keyword=True)

    def rate(self, iteration: int, total_iterations: int) -> float:
        iteration, total_iterations = counts(iteration, total_iterations)
        then = get_schedule(self.then)
        warm = min(round(self.fraction * total_iterations), total_iterations - 1)
        rest = total_iterations - warm
        if iteration > warm:
            return then.rate(iteration - warm, rest)
        return then.rate(1, rest) * (iteration / (warm + 1))


_BY_KIND: Mapping[str, type[Schedule]] = MappingProxyType(
    {kind.__name__: kind for kind in (Constant, StepDecay, CosineDecay, OneCycle, Warmup)}
)
_BY_NAME: Mapping[str, Callable[[float], Schedule]] = MappingProxyType(
    {
        "constant": Constant,
        "step": StepDecay,
        "cosine": CosineDecay,
        "one-cycle": OneCycle,
        "warm-up": Warmup,
    }
)


def get_schedule(rate: float | Schedule) -> Schedule:
    """A schedule as it is; a number as the schedule that never changes.

    Raises:
        ParameterError: K201, for anything else.

    Example:
        >>> get_schedule(0.1)
        Constant(learning_rate=0.1)
    """
    return rate if isinstance(rate, Schedule) else Constant(rate)


def schedule_by_name(name: str, learning_rate: float) -> Schedule:
    """The schedule that the command line calls by this name, its other fields at their defaults.

    Args:
        name: ``"constant"``, ``"step"``, ``"cosine"``, ``"one-cycle"`` or ``"warm-up"``.
        learning_rate: the highest rate of the schedule, > 0.

    Raises:
        ParameterError: K201, for another name or rate.

    Example:
        >>> schedule_by_name("cosine", 0.1)
        CosineDecay(learning_rate=0.1)
    """
    kind = _BY_NAME[check_value("name", name, Choice(tuple(_BY_NAME)), where="schedule_by_name")]
    return kind(learning_rate)


def schedule_config(schedule: Schedule) -> dict[str, Any]:
    """A schedule as plain data for JSON and YAML.

    Raises:
        ParameterError: K201, for a schedule that is not one of konv's own.

    Example:
        >>> schedule_config(Warmup(CosineDecay(0.1)))
        {'kind': 'Warmup', 'then': {'kind': 'CosineDecay', 'learning_rate': 0.1}}
    """
    return config_with_kind(schedule, _BY_KIND)


def schedule_from_config(config: Mapping[str, Any]) -> Schedule:
    """What :func:`schedule_config` wrote, checked again field by field.

    Raises:
        ParameterError: for an unknown kind or field, or a value that a field cannot hold.

    Example:
        >>> schedule_from_config({"kind": "Warmup", "then": 0.1})
        Warmup(then=0.1)
    """
    return from_config_with_kind(config, _BY_KIND, where="schedule")
