"""A step of training: pictures and targets in, losses and gradients out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from konv.engines.compiled.plan.builder import SIZES
from konv.engines.compiled.plan.operations.dropping import KEYS
from konv.engines.compiled.plan.operations.pixels import IMAGES
from konv.engines.compiled.plan.planning import (
    LOSSES,
    OUTPUTS,
    SHARES,
    TARGETS,
    TrainingPlan,
)
from konv.engines.compiled.runtime.checked_arrays import (
    ready_images,
    ready_targets,
    ready_weights,
    require_shape,
    weight_arguments,
)
from konv.engines.compiled.runtime.machine import Machine
from konv.engines.compiled.runtime.reused_arrays import ReusedArrays
from konv.engines.contract import Array, Step
from konv.engines.threads import get_threads
from konv.layers.random_bits import mixed_key
from konv.network.graph import Network

__all__ = ["TrainingStep"]


class TrainingStep:
    """Forward, loss and backward, compiled.

    Args:
        network: whose it is.
        plan: the one that :func:`training_plan` makes.
        machine: where it runs.
    """

    def __init__(self, network: Network, plan: TrainingPlan, machine: Machine) -> None:
        self.network = network
        self.executable = machine.executable(plan.plan)
        self._plan = plan
        self._arrays = ReusedArrays()
        arguments = [slot for slot in plan.plan.slots if slot.argument]
        self._sizes = {slot.name: slot.bytes for slot in arguments}

    def run(
        self,
        weights: Mapping[str, Array],
        images: Array,
        targets: Array,
        *,
        key: int,
        sample_weight: Array | None = None,
    ) -> Step:
        """What one batch says about the weights."""
        images = ready_images(images, self.network)
        count = len(images)
        gradients = self._gradient_arrays()
        losses = np.empty(count, np.float32)
        outputs = np.empty((count, *self.network.output_shape), np.float32)
        state = self._state_arrays()
        arguments = weight_arguments(ready_weights(self.network, weights))
        arguments |= gradients
        arguments |= {self._plan.states[name]: array for name, array in state.items()}
        arguments |= {
            IMAGES: images,
            TARGETS: ready_targets(targets, (count, *self._plan.targets_shape), self.network),
            SHARES: _shares(count, sample_weight),
            OUTPUTS: outputs,
            LOSSES: losses,
            SIZES: self.executable.sizes,
        }
        if KEYS in self._sizes:
            arguments[KEYS] = self._keys(key)
        self.executable.run(arguments, pictures=count, threads=get_threads())
        return Step(losses, outputs, self._by_weight(gradients), state)

    def _gradient_arrays(self) -> dict[str, Array]:
        """Where gradients go: memory of former steps that nobody looks at any more."""
        slots = dict.fromkeys(place.slot for place in self._plan.gradients.values())
        return {slot: self._arrays.take(slot, self._sizes[slot] // 4) for slot in slots}

    def _by_weight(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        gradients = {}
        for name in self.network.trained_weights:
            place, spec = self._plan.gradients[name], self.network.weight_specs[name]
            start = place.offset // 4
            gradients[name] = arrays[place.slot][start : start + spec.size].reshape(spec.shape)
        return gradients

    def _state_arrays(self) -> dict[str, Array]:
        specs = self.network.weight_specs
        return {name: np.empty(specs[name].shape, np.float32) for name in self._plan.states}

    def _keys(self, key: int) -> Array:
        """One key per layer."""
        nodes = range(self._sizes[KEYS] // 8)
        return np.array([mixed_key(key, node) for node in nodes], np.uint64)


def _shares(count: int, sample_weight: Array | None) -> Array:
    """What each picture's loss counts: wᵢ / N."""
    if sample_weight is None:
        return np.full(count, 1 / count, np.float32)
    require_shape("sample_weight", sample_weight, (count,))
    return np.ascontiguousarray(sample_weight / count, np.float32)
