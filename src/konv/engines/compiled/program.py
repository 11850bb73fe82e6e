"""A network as machine code: what the compiled engine makes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from konv.engines.changes import Changes
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.updates import settings, update_kernel
from konv.engines.compiled.plan.planning import forward_plan, has_kernel, training_plan
from konv.engines.compiled.runtime.bf16_unit import with_bf16
from konv.engines.compiled.runtime.checked_arrays import is_read_as_it_is, pixels_kind
from konv.engines.compiled.runtime.machine import Machine
from konv.engines.compiled.runtime.prediction import Prediction
from konv.engines.compiled.runtime.training_step import Changed, TrainingStep
from konv.engines.compiled.runtime.updated_weights import UpdatedWeights
from konv.engines.compiled.runtime.updating import Updates
from konv.engines.contract import Array, Pixels, Precision, Step, Update
from konv.engines.two_calls import train_in_two_calls
from konv.errors import EngineError
from konv.language import translate as _
from konv.losses import Loss
from konv.network.graph import Network
from konv.optimizers import Optimizer

__all__ = ["CompiledProgram"]

# What training steps differ in: the kind of pixels, their changes, the update.
_StepKey = tuple[str, tuple[str, ...], Kernel | None]


class CompiledProgram:
    """A network as machine code; see :class:`konv.engines.contract.Program`.

    What is needed is compiled when it is first asked for: prediction and training, each for pixels
    of uint8 or of float32.
    """

    def __init__(
        self, network: Network, loss: Loss | None, pixels: Pixels, machine: Machine
    ) -> None:
        self.network = network
        self.loss = loss
        self.pixels = pixels
        self.machine = machine
        self._lock = threading.Lock()
        self._predictions: dict[tuple[str, Precision], Prediction] = {}
        self._steps: dict[_StepKey, TrainingStep] = {}
        self._updates = Updates(machine)
        self._updated = UpdatedWeights(network)
        self._known_update: tuple[Optimizer | None, Kernel | None] = None, None

    def forward(
        self, weights: Mapping[str, Array], images: Array, *, precision: Precision = "float32"
    ) -> Array:
        return self.prediction(pixels_kind(images), precision).run(weights, images)

    def prediction(self, kind: str, precision: Precision = "float32") -> Prediction:
        """The compiled prediction for that kind of pixels, "uint8" or "float32".

        Raises:
            EngineError: K706, the processor does not multiply in that precision.
        """
        known = self._predictions.get((kind, precision))
        if known is not None:
            return known
        with self._lock:
            if (kind, precision) not in self._predictions:
                machine = self.machine
                if precision == "bf16":
                    machine = replace(machine, target=with_bf16(machine.target))
                plan = partial(
                    forward_plan,
                    self.network,
                    kind,
                    self.pixels,
                    machine.target,
                    precision=precision,
                )
                self._predictions[kind, precision] = Prediction(
                    self.network, plan(), partial(plan, alone=True), machine
                )
            return self._predictions[kind, precision]

    def loss_and_gradients(
        self,
        weights: Mapping[str, Array],
        images: Array,
        targets: Array,
        *,
        key: int,
        sample_weight: Array | None = None,
        changes: Changes | None = None,
    ) -> Step:
        return self._step(
            None, weights, images, targets, key=key, sample_weight=sample_weight, changes=changes
        )

    def train_step(
        self,
        weights: Mapping[str, Array],
        images: Array,
        targets: Array,
        update: Update,
        *,
        key: int,
        sample_weight: Array | None = None,
        changes: Changes | None = None,
    ) -> Step:
        batch: Any = {"key": key, "sample_weight": sample_weight, "changes": changes}
        changed = self._changed(weights, update)
        if changed is None:
            return train_in_two_calls(self, weights, images, targets, update, **batch)
        return self._step(changed, weights, images, targets, **batch)

    def _step(
        self,
        changed: Changed | None,
        weights: Mapping[str, Array],
        images: Array,
        targets: Array,
        *,
        changes: Changes | None,
        **batch: Any,
    ) -> Step:
        if changes is not None and not is_read_as_it_is(images):
            channels_first = self.network.data_format == "channels_first"
            images, changes = changes.apply(images, channels_first=channels_first), None
        kinds = () if changes is None else changes.kinds
        step = self.training_step(
            pixels_kind(images), kinds, update=changed.update if changed else None
        )
        return step.run(weights, images, targets, changes=changes, changed=changed, **batch)

    def _changed(self, weights: Mapping[str, Array], update: Update) -> Changed | None:
        """What a step changes by itself; None: its gradients are needed by somebody else."""
        optimizer = update.optimizer
        kernel = self._update_kernel(optimizer)
        if kernel is None:
            return None
        arrays = self._updated.arguments(weights, optimizer, update.slots)
        if arrays is None:
            return None
        now = settings(optimizer, learning_rate=update.learning_rate, iteration=update.iteration)
        return Changed(kernel, arrays, now)

    def _update_kernel(self, optimizer: Optimizer) -> Kernel | None:
        """How steps update with it; found once for an optimizer, which never changes."""
        known, kernel = self._known_update
        if known is not optimizer:
            alone = self._judges_itself and self.network.trained_weights and not optimizer.clips
            kernel = update_kernel(optimizer) if alone else None
            self._known_update = optimizer, kernel
        return kernel

    @cached_property
    def _judges_itself(self) -> bool:
        """Whether the loss is compiled, too: one of the user's own is called back."""
        return self.loss is not None and has_kernel(self.loss, self.network)

    def training_step(
        self, kind: str, changes: tuple[str, ...] = (), *, update: Kernel | None = None
    ) -> TrainingStep:
        """The compiled step for pictures of a kind.

        Args:
            kind: of their pixels, "uint8" or "float32".
            changes: the kinds of what becomes of them before; (): nothing.
            update: what it does to the weights at its end; None: it gives their gradients.

        Raises:
            EngineError: K703, the program has no loss.
        """
        key = kind, changes, update
        known = self._steps.get(key)
        if known is not None:
            return known
        if self.loss is None:
            raise EngineError(
                _("a program compiled without a loss cannot train"),
                code="K703",
                fix=_("compile(network, loss=…)"),
            )
        with self._lock:
            if key not in self._steps:
                plan = training_plan(
                    self.network,
                    kind,
                    self.pixels,
                    self.machine.target,
                    loss=self.loss,
                    changes=changes,
                    update=update,
                )
                self._steps[key] = TrainingStep(self.network, plan, self.loss, self.machine)
            return self._steps[key]

    def apply_update(
        self,
        weights: Mapping[str, Array],
        step: Step,
        optimizer: Optimizer,
        slots: Mapping[str, Array],
        *,
        learning_rate: float,
        iteration: int,
    ) -> None:
        self._updates.apply(
            weights, step, optimizer, slots, learning_rate=learning_rate, iteration=iteration
        )
