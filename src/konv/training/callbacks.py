"""Callbacks: told of each batch and epoch, and free to stop training.

Write your own by inheriting :class:`Callback`::

    class Bell(Callback):
        def on_epoch_end(self, epoch, logs):
            if logs["accuracy"] > 0.99:
                self.training.stop("good enough")
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konv.constraints import Boolean, Integer, Real, Text
from konv.engines.contract import Array
from konv.errors import ParameterError, TrainingError
from konv.files import write_atomically
from konv.language import translate as _
from konv.limits import MAX_EPOCHS
from konv.parameters import check_value, short_text
from konv.training.state import Row

if TYPE_CHECKING:
    from konv.training.loop import Training

__all__ = [
    "BestWeights",
    "CSVLog",
    "Callback",
    "EarlyStopping",
    "ModelCheckpoint",
    "as_callbacks",
]


class Callback:
    """The base of all callbacks: each method may be overridden, none must be.

    ``self.training`` is the run (:class:`konv.training.loop.Training`): its ``state``, ``plan`` and
    ``stop(reason)``. ``self.model`` is the model that is being trained by ``fit``.
    """

    training: Training
    model: Any = None

    def on_train_begin(self) -> None:
        """Before the first batch."""

    def on_epoch_begin(self, epoch: int) -> None:
        """Before an epoch; epochs count from 0."""

    def on_batch_end(self, batch: int) -> None:
        """After an update; batches count from 0 in each epoch."""

    def on_epoch_end(self, epoch: int, logs: Row) -> None:
        """After an epoch; ``logs`` is its row of the history."""

    def on_interrupt(self) -> None:
        """After Ctrl-C, between two updates."""

    def on_train_end(self) -> None:
        """At the end, however it came."""

    def get_state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """What it must remember when training is interrupted: plain data, and arrays."""
        return {}, {}

    def set_state(self, data: dict[str, Any], arrays: dict[str, Array]) -> None:
        """What ``get_state`` returned, when training is resumed."""


def as_callbacks(callbacks: Callback | Iterable[Callback] | None) -> tuple[Callback, ...]:
    """Callbacks as a person gives them: one, several, or None.

    Raises:
        ParameterError: K201, something else.
    """
    given = (callbacks,) if isinstance(callbacks, Callback) else callbacks or ()
    items = tuple(given) if isinstance(given, Iterable) else (given,)
    for item in items:
        if not isinstance(item, Callback):
            raise ParameterError(
                f"callbacks={short_text(item)}",
                code="K201",
                where="fit",
                fix=_("objects whose class inherits konv.Callback, such as konv.EarlyStopping()"),
            )
    return items


class BestWeights(Callback):
    """Remembers the weights of the epoch in which ``monitor`` was best.

    Args:
        monitor: a column of the history. Names that end in "accuracy" are better when larger, all
            others when smaller.
        min_delta: how much better is better.
    """

    def __init__(self, monitor: str = "val_loss", *, min_delta: float = 0.0) -> None:
        self.monitor = check_value("monitor", monitor, Text(60), where=type(self).__name__)
        self.min_delta = check_value("min_delta", min_delta, Real(0), where=type(self).__name__)
        self.value: float | None = None
        self.epoch = 0
        self.weights: dict[str, Array] = {}

    def on_train_begin(self) -> None:
        if self.training.state.iteration == 0:
            self.value, self.epoch, self.weights = None, 0, {}

    def on_epoch_end(self, epoch: int, logs: Row) -> None:
        value = self._monitored(logs)
        if self._is_better(value):
            self.value, self.epoch = value, epoch + 1
            self.weights = {
                name: weight.copy() for name, weight in self.training.state.weights.items()
            }

    def _is_better(self, value: float) -> bool:
        """Anything is better than nothing, and any number than one that is not a number."""
        if self.value is None or math.isnan(self.value):
            return True
        larger_is_better = self.monitor.endswith("accuracy")
        gain = value - self.value if larger_is_better else self.value - value
        return gain > self.min_delta

    def _monitored(self, logs: Row) -> float:
        if self.monitor not in logs:
            raise TrainingError(
                _("there is no {monitor} to watch", monitor=self.monitor),
                code="K806",
                where=type(self).__name__,
                details=[(_("columns"), ", ".join(logs))],
                fix=_("validation_split=0.1 in fit, or monitor= one of the columns"),
            )
        return float(logs[self.monitor])

    def get_state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        return {"value": self.value, "epoch": self.epoch}, dict(self.weights)

    def set_state(self, data: dict[str, Any], arrays: dict[str, Array]) -> None:
        self.value, self.epoch = data["value"], data["epoch"]
        self.weights = dict(arrays)


class EarlyStopping(BestWeights):
    """Stops when ``monitor`` has not become better for ``patience`` epochs.

    Args:
        monitor: a column of the history.
        patience: how many epochs without a better value are waited for.
        min_delta: how much better is better.
        restore_best_weights: whether training ends with the weights of the best epoch.

    Source:
        Prechelt, "Early stopping, but when?", 1998.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        patience: int = 5,
        min_delta: float = 0.0,
        restore_best_weights: bool = True,
    ) -> None:
        super().__init__(monitor, min_delta=min_delta)
        where = type(self).__name__
        self.patience = check_value("patience", patience, Integer(1, MAX_EPOCHS), where=where)
        self.restore_best_weights = check_value(
            "restore_best_weights", restore_best_weights, Boolean(), where=where
        )

    def on_epoch_end(self, epoch: int, logs: Row) -> None:
        super().on_epoch_end(epoch, logs)
        if epoch + 1 - self.epoch >= self.patience:
            self.training.stop(
                _(
                    "{monitor} was best in epoch {best} and not since",
                    monitor=self.monitor,
                    best=self.epoch,
                )
            )

    def on_train_end(self) -> None:
        if self.restore_best_weights:
            for name, weight in self.weights.items():
                self.training.state.weights[name][...] = weight


class CSVLog(Callback):
    """Writes the history to a CSV file after every epoch; a resumed run writes it whole again.

    Args:
        path: the file; it is replaced.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def on_epoch_end(self, epoch: int, logs: Row) -> None:
        rows = self.training.state.history
        columns = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(self.path, text.getvalue().encode())


class ModelCheckpoint(BestWeights):
    """Saves the model after every epoch that is the best so far, or after each.

    Args:
        path: the .konv file; it is replaced.
        monitor: a column of the history.
        save_best_only: whether epochs that are not the best so far are passed over.
    """

    def __init__(
        self, path: str | Path, *, monitor: str = "val_loss", save_best_only: bool = True
    ) -> None:
        super().__init__(monitor)
        self.path = Path(path)
        self.save_best_only = check_value(
            "save_best_only", save_best_only, Boolean(), where=type(self).__name__
        )

    def on_epoch_end(self, epoch: int, logs: Row) -> None:
        if self.save_best_only:
            super().on_epoch_end(epoch, logs)
        if not self.save_best_only or self.epoch == epoch + 1:
            self.model.save(self.path)
