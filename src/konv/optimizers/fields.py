"""What the fields of schedules and optimizers may hold: how much, and when."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from konv.constraints import Constraint, Integer, Real, RefusalError
from konv.language import translate as _

__all__ = ["COUNT", "FRACTION", "MOMENT", "POSITIVE", "POSITIVE_FRACTION", "Moments"]

COUNT = Integer(1, 2**63 - 1)
POSITIVE = Real(0, above_minimum=True)
FRACTION = Real(0, 1)
POSITIVE_FRACTION = Real(0, 1, above_minimum=True)
MOMENT = Real(0, 1, above_minimum=True, below_maximum=True)


class Moments(Constraint):
    """A constraint: times between the start (0) and the end (1) of the training, in order."""

    def accept(self, value: Any) -> tuple[float, ...]:
        items = value if isinstance(value, (tuple, list)) else (value,)
        try:
            moments = tuple(MOMENT.accept(item) for item in items)
        except RefusalError:
            raise RefusalError(self.describe()) from None
        if not moments or any(a >= b for a, b in pairwise(moments)):
            raise RefusalError(self.describe())
        return moments

    def plain(self, value: Any) -> Any:
        return list(value)

    def describe(self) -> str:
        return _("rising fractions of the training, each {one}", one=MOMENT.describe())

    def bad_values(self) -> tuple[Any, ...]:
        alone = tuple(value for value in MOMENT.bad_values() if not isinstance(value, tuple))
        return ((), (0.5, 0.5), (0.75, 0.5), *alone, *((0.5, value) for value in alone))
