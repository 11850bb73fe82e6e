"""A step of training: pictures and targets in, losses and gradients out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from konv.engines.changes import Changes
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.plan.operations.dropping import KEY_BYTES, KEYS
from konv.engines.compiled.plan.operations.pixels import CHANGES, IMAGES
from konv.engines.compiled.plan.planning import (
    OUTPUTS,
    SHARES,
    TARGETS,
    TrainingPlan,
)
from konv.engines.compiled.plan.slots import FLOAT_BYTES, GRADIENTS, LOSSES, SIZES
from konv.engines.compiled.plan.updating import SETTINGS
from konv.engines.compiled.record import record
from konv.engines.compiled.runtime.checked_arrays import (
    ready_changes,
    ready_images,
    ready_shares,
    ready_targets,
)
from konv.engines.compiled.runtime.known_weights import KnownWeights
from konv.engines.compiled.runtime.machine import Machine
from konv.engines.compiled.runtime.own_loss import OwnLoss
from konv.engines.compiled.runtime.reused_arrays import ReusedArrays
from konv.engines.contract import Array, Step
from konv.engines.threads import get_threads
from konv.layers.random_bits import mixed_key
from konv.losses import Loss
from konv.network.graph import Network

__all__ = ["Changed", "TrainingStep"]


@record
class Changed:
    """What a step changes that updates weights itself.

    Args:
        update: how.
        arrays: weights and the optimizer's, by the names of their slots.
        settings: what the update needs to know of this iteration.
    """

    update: Kernel
    arrays: Mapping[str, Array]
    settings: Array


class TrainingStep:
    """Forward, loss and backward, compiled.

    Args:
        network: whose it is.
        plan: the one that :func:`training_plan` makes.
        loss: the loss of that plan.
        machine: where it runs.
    """

    def __init__(self, network: Network, plan: TrainingPlan, loss: Loss, machine: Machine) -> None:
        self.network = network
        self._loss = loss
        self.executable = machine.executable(plan.plan)
        self._plan = plan
        self._weights = KnownWeights(network)
        self._machine = machine
        self._arrays = ReusedArrays(machine.allocate)
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
        changes: Changes | None = None,
        changed: Changed | None = None,
    ) -> Step:
        """What one batch says about the weights.

        Args:
            weights, images, targets, key, sample_weight, changes: see :class:`Program`.
            changed: what the plan changes, if it does.
        """
        images = ready_images(images, self.network)
        count = len(images)
        shares = ready_shares(sample_weight, count)
        step, arguments = self._new_step(count)
        arguments |= {IMAGES: images, SIZES: self.executable.sizes}
        if changes is not None and changes.steps:
            arguments[CHANGES] = ready_changes(changes, images, self.network)
        known = self._weights.arguments(weights) if changed is None else changed.arrays
        if changed is not None:
            arguments[SETTINGS] = changed.settings
        if KEYS in self._sizes:
            arguments[KEYS] = self._keys(key)
        run = partial(self.executable.run, pictures=count, threads=get_threads(), standing=known)
        if self._plan.targets_shape is None:
            own = OwnLoss(self._loss, self.network, targets, shares, step)
            run(arguments | own.arguments)
            own.finish()
        else:
            classes = self.network.output_shape[-1]
            shape = (count, *self._plan.targets_shape)
            ready = ready_targets(targets, shape, self._plan.targets, classes)
            run(arguments | {TARGETS: ready, SHARES: shares})
        return step

    def _new_step(self, count: int) -> tuple[Step, dict[str, Array]]:
        """Room for the results, and the same arrays by the names of their slots."""
        losses = self._machine.results((count,))
        outputs = self._machine.results((count, *self.network.output_shape))
        if self._plan.updates:
            return Step(losses, outputs), {OUTPUTS: outputs, LOSSES: losses}
        gradients = self._gradient_arrays()
        specs, states = self.network.weight_specs, self._plan.states
        state = {name: self._machine.results(specs[name].shape) for name in states}
        arguments = {OUTPUTS: outputs, LOSSES: losses, **gradients}
        arguments |= {states[name]: array for name, array in state.items()}
        return Step(losses, outputs, self._by_weight(gradients), state), arguments

    def _gradient_arrays(self) -> dict[str, Array]:
        """Where gradients go: memory of former steps that nobody looks at any more."""
        slots = dict.fromkeys(place.slot for place in self._plan.gradients.values())
        if GRADIENTS in self._sizes:  # also where all of them are brought into another order
            slots[GRADIENTS] = None
        return {slot: self._arrays.take(slot, self._sizes[slot] // FLOAT_BYTES) for slot in slots}

    def _by_weight(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        gradients = {}
        for name in self.network.trained_weights:
            place, spec = self._plan.gradients[name], self.network.weight_specs[name]
            start = place.offset // FLOAT_BYTES
            gradients[name] = arrays[place.slot][start : start + spec.size].reshape(spec.shape)
        return gradients

    def _keys(self, key: int) -> Array:
        """One key per layer."""
        nodes = range(self._sizes[KEYS] // KEY_BYTES)
        return np.array([mixed_key(key, node) for node in nodes], np.uint64)
