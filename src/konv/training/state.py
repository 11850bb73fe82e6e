"""Where a training run stands: all that it needs to go on as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from konv.engines.contract import Array
from konv.errors import TrainingError
from konv.language import translate as _
from konv.network.weights import Weights
from konv.optimizers import Optimizer

__all__ = ["Row", "TrainingState", "new_state"]

# One line of the history: epoch, loss, accuracy, val_loss, …
Row = dict[str, Any]


@dataclass
class TrainingState:
    """Where a training run stands, between two updates.

    Args:
        weights: changed in place by every update.
        slots: what the optimizer remembers, likewise.
        epoch: how many epochs are done.
        batch: how many batches of the epoch under way are done.
        iteration: how many updates are done.
        sums: over the pictures of the epoch under way: of the loss and of each metric.
        history: a row for each epoch that is done.
        stop_reason: why training ended before its last epoch; empty if it did not.
    """

    weights: Weights
    slots: dict[str, Array]
    epoch: int = 0
    batch: int = 0
    iteration: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    history: list[Row] = field(default_factory=list)
    stop_reason: str = ""


def new_state(weights: Weights, optimizer: Optimizer, trained: list[str]) -> TrainingState:
    """The state before the first update; ``trained`` names the weights that are trained.

    Raises:
        TrainingError: K805, there are none.
    """
    if not trained:
        raise TrainingError(
            _("the network has no weights that are trained"),
            code="K805",
            fix=_("add a layer that learns, such as Conv2D or Dense"),
        )
    return TrainingState(
        weights=weights, slots=optimizer.new_slots({name: weights[name] for name in trained})
    )
