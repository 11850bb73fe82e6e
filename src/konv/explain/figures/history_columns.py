"""The rows of a history as columns of numbers, and the epoch that was best."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.errors import ParameterError
from konv.language import translate as _

__all__ = ["VALIDATION", "HistoryColumns", "read_history"]

VALIDATION = "val_"
_NO_METRICS = ("epoch", "learning_rate")
_LARGEST = 1e100  # of a number on an axis


@dataclass(frozen=True)
class HistoryColumns:
    """A history by columns.

    Args:
        epochs: their numbers, [E].
        columns: name -> its numbers, [E], NaN where there is none; each has at least one.
        monitor: the column that says which epoch was best.
    """

    epochs: NDArray[np.float64]
    columns: dict[str, NDArray[np.float64]]
    monitor: str

    @property
    def metrics(self) -> list[str]:
        """What was measured, in training or in validation."""
        return list(dict.fromkeys(name.removeprefix(VALIDATION) for name in self.columns))

    @property
    def larger_is_better(self) -> bool:
        """Of the monitored column: as :class:`konv.training.callbacks.BestWeights` has it."""
        return self.monitor.endswith("accuracy")

    @property
    def best(self) -> int:
        """Where the best epoch stands; the first of several."""
        values = self.columns[self.monitor]
        return int(np.nanargmax(values) if self.larger_is_better else np.nanargmin(values))

    def at_best(self, name: str) -> float | None:
        """The number of that column in the best epoch, if there is one."""
        value = float(self.columns[name][self.best]) if name in self.columns else math.nan
        return value if math.isfinite(value) else None


def read_history(
    history: Iterable[Mapping[str, Any]], monitor: str | None = None
) -> HistoryColumns:
    """Read the rows of a history.

    Args:
        history: a row for each epoch.
        monitor: a column; None: val_loss, or loss, or the first that there is.

    Raises:
        ParameterError: K201, there is no row, no number, or no such column.

    Example:
        >>> read_history([{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]).best
        1
    """
    rows = list(history)
    if not all(isinstance(row, Mapping) for row in rows):
        raise _unusable(_("the history is not a row for each epoch"))
    names = dict.fromkeys(name for row in rows for name in row if name not in _NO_METRICS)
    columns = {name: np.array([_number(row.get(name)) for row in rows]) for name in names}
    columns = {name: values for name, values in columns.items() if np.isfinite(values).any()}
    if not columns:
        raise _unusable(_("the history holds no numbers"))
    epochs = [_number(row.get("epoch")) for row in rows]
    if not np.isfinite(epochs).all():
        epochs = [float(index) for index in range(1, len(rows) + 1)]
    watched = (monitor,) if monitor else ("val_loss", "loss", next(iter(columns)))
    found = next((name for name in watched if name in columns), None)
    if found is None:
        raise ParameterError(
            _("the history has no numbers in the column {monitor}", monitor=repr(monitor)[:60]),
            code="K201",
            where="learning_curves",
            fix=_("one of {names}", names=", ".join(columns)),
        )
    return HistoryColumns(np.array(epochs), columns, found)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return math.nan
    number = float(value)
    return number if abs(number) <= _LARGEST else math.nan


def _unusable(what: str) -> ParameterError:
    return ParameterError(
        what,
        code="K201",
        where="learning_curves",
        fix=_("what model.fit returned, after at least one epoch"),
    )
