"""Weights and an optimizer's slots that machine code changes: looked at once."""

from __future__ import annotations

from collections.abc import Mapping

from konv.engines.compiled.plan.slots import weight_slot
from konv.engines.compiled.plan.updating import update_slot
from konv.engines.compiled.runtime.checked_arrays import can_be_changed
from konv.engines.compiled.runtime.known_weights import are_the_same
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
        # Whoever locks an array that was changed before wants to be told.
        if are_the_same(arrays, given) and all(a.flags.writeable for a in arrays.values()):
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
            if not all(can_be_changed(array, spec.shape) for array in arrays.values()):
                return None
            found |= arrays
        return found
