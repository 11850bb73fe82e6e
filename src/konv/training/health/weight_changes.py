"""What the next update would do to each array of weights, tried on copies of some of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from konv.engines.contract import Array
from konv.network.graph import Network
from konv.optimizers import Optimizer
from konv.training.state import TrainingState

__all__ = ["WeightChange", "tried_update"]

# Of a large array, so many weights are looked at: root mean squares are right to a percent or two.
_MOST_WEIGHTS = 16_384


@dataclass(frozen=True)
class WeightChange:
    """One array of weights that are multiplied, and what an update would do to it.

    Args:
        layer: its name.
        count: how many weights.
        weight, gradient, update: the roots of the mean squares of w, ∂loss/∂w and Δw.
    """

    layer: str
    count: int
    weight: float
    gradient: float
    update: float

    @property
    def share(self) -> float:
        """How much of the weights one update changes; 0 of weights that are all 0."""
        return self.update / self.weight if self.weight else 0.0

    @property
    def gradient_norm(self) -> float:
        """The Euclidean norm of the gradient, which ``clipnorm`` limits."""
        return self.gradient * math.sqrt(self.count)


def tried_update(
    optimizer: Optimizer,
    state: TrainingState,
    gradients: Mapping[str, Array],
    network: Network,
    rate: float,
) -> tuple[WeightChange, ...]:
    """The changes of all weights that are multiplied, in the order of their layers.

    Args:
        optimizer: what updates.
        state: weights and slots as they are; they stay so.
        gradients: weight name -> gradient.
        network: whose weights they are.
        rate: the learning rate.
    """
    layers = {
        node.weight_names[spec.name]: node.name
        for node in network.nodes
        for spec in node.weight_specs
        if not (spec.bias or node.shares)
    }
    with np.errstate(all="ignore"):
        clipped = optimizer.clip(gradients)
        changes = []
        for name in (name for name in layers if name in gradients):
            before = _some(state.weights[name])
            after = before.copy()
            slots = optimizer.slots_of(name, state.slots)
            optimizer.update(
                after,
                _some(clipped[name]),
                {slot: _some(values) for slot, values in slots.items()},
                learning_rate=rate,
                iteration=state.iteration + 1,
            )
            gradient = _root_mean_square(_some(gradients[name]))
            changes.append(
                WeightChange(
                    layers[name],
                    gradients[name].size,
                    _root_mean_square(before),
                    gradient,
                    _root_mean_square(after - before),
                )
            )
    return tuple(changes)


def _some(values: Array) -> Array:
    """A copy of some of the numbers, evenly spread."""
    chosen = np.linspace(0, values.size - 1, min(values.size, _MOST_WEIGHTS)).astype(np.int64)
    copy: Array = values.reshape(-1)[chosen]
    return copy


def _root_mean_square(values: Array) -> float:
    return float(np.sqrt(np.square(values, dtype=np.float64).mean()))
