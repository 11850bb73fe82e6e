"""Weights and an optimizer's slots that machine code changes: looked at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from konv.engines.compiled.plan.builder import weight_slot
from konv.engines.compiled.plan.updating import update_slot
from konv.engines.contract import Array
from konv.network.graph import Network
from konv.optimizers import Optimizer

__all__ = ["UpdatedWeights"]


class UpdatedWeights:
    """The arrays that a step of training last changed.

    Args:
        network: whose weights they are.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._known: tuple[dict[str, Array], dict[str, Array]] = ({}, {})

    def arguments(
        self, weights: Mapping[str, Array], optimizer: Optimizer, slots: Mapping[str, Array]
    ) -> dict[str, Array] | None:
        """All of them by the names of their slots in the plan; the same dict for the same arrays.

        Returns:
            None if machine code must not change one of them as it is.
        """
        given = {**slots, **weights}
        arrays, arguments = self._known
        if arrays.keys() == given.keys() and all(given[name] is arrays[name] for name in arrays):
            return arguments
        found = self._found(weights, optimizer, slots)
        self._known = ({}, {}) if found is None else (given, found)
        return found

    def _found(
        self, weights: Mapping[str, Array], optimizer: Optimizer, slots: Mapping[str, Array]
    ) -> dict[str, Array] | None:
        if not weights.keys() >= self._network.weight_specs.keys():
            return None  # two calls say what is missing
        found: dict[str, Array] = {}
        for name, spec in self._network.weight_specs.items():
            arrays = {weight_slot(name): weights[name]}
            if name in self._network.trained_weights:
                own = optimizer.slots_of(name, slots)
                arrays |= {update_slot(slot, name): array for slot, array in own.items()}
            if not all(_is_changed_as_it_is(array, spec.shape) for array in arrays.values()):
                return None
            found |= arrays
        return found


def _is_changed_as_it_is(array: Array, shape: tuple[int, ...]) -> bool:
    """Whether machine code can change an array of that shape, where it lies."""
    return (
        isinstance(array, np.ndarray)
        and array.shape == shape
        and array.dtype == np.float32
        and array.flags.carray
    )
