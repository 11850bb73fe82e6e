"""What happened in each epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from konv.training.health.findings import Finding
from konv.training.state import Row

__all__ = ["History"]


@dataclass(frozen=True)
class History:
    """The rows of a training run, one per epoch.

    Args:
        rows: epoch, loss, metrics, val_loss, val_metrics, learning_rate.
        stop_reason: why it ended before its last epoch; empty if it did not.
        findings: what kept the network from learning, or from learning what it should.

    Example:
        >>> history = History(({"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}))
        >>> history["loss"]
        [0.5, 0.25]
    """

    rows: tuple[Row, ...]
    stop_reason: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def history(self) -> dict[str, list[Any]]:
        """Column name -> its values, as Keras's History has it."""
        columns = dict.fromkeys(name for row in self.rows for name in row)
        return {name: self[name] for name in columns}

    def __getitem__(self, column: str) -> list[Any]:
        return [row.get(column) for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)
