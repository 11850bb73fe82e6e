"""What rules look at: the history so far, and what was seen within."""

from __future__ import annotations

from dataclasses import dataclass

from konv.layers.normalization import BatchNormalization
from konv.network.graph import Network
from konv.training.health.examination import Examination
from konv.training.health.guessing import Guess
from konv.training.state import Row

__all__ = ["Course"]

# exp(−5) < 1 %: so little of its first value is left in a moving mean after 5 / (1 − momentum).
_TIME_CONSTANTS = 5


@dataclass(frozen=True)
class Course:
    """A training up to now.

    Args:
        network: what is trained.
        rows: of the history.
        updates: how many were made.
        guess: how good the best constant answer is, if that is known.
        validation_pictures: how many there are to validate with.
        examination: what was seen within, if anybody looked just now.
    """

    network: Network
    rows: tuple[Row, ...]
    updates: int
    guess: Guess | None
    validation_pictures: int
    examination: Examination | None

    def column(self, name: str) -> list[float]:
        """The values of a column, if every row has one."""
        return [row[name] for row in self.rows if name in row]

    @property
    def settled(self) -> bool:
        """Whether moving means have left their first values behind, so that validation counts."""
        momenta = [
            node.layer.momentum
            for node in self.network.nodes
            if isinstance(node.layer, BatchNormalization)
        ]
        return self.updates * (1 - max(momenta, default=0.0)) >= _TIME_CONSTANTS or not momenta
