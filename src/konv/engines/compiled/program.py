"""A network as machine code: what the compiled engine makes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from konv.engines.changes import Changes
from konv.engines.compiled.plan.planning import forward_plan, training_plan
from konv.engines.compiled.runtime.bf16_unit import with_bf16
from konv.engines.compiled.runtime.checked_arrays import is_read_as_it_is, pixels_kind
from konv.engines.compiled.runtime.machine import Machine
from konv.engines.compiled.runtime.prediction import Prediction
from konv.engines.compiled.runtime.training_step import TrainingStep
from konv.engines.compiled.runtime.updating import Updates
from konv.engines.contract import Array, Pixels, Precision, Step
from konv.errors import EngineError
from konv.language import translate as _
from konv.losses import Loss
from konv.network.graph import Network
from konv.optimizers import Optimizer

__all__ = ["CompiledProgram"]


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
        self._steps: dict[tuple[str, tuple[str, ...]], TrainingStep] = {}
        self._updates = Updates(machine)

    def forward(
        self, weights: Mapping[str, Array], images: Array, *, precision: Precision = "float32"
    ) -> Array:
        return self.prediction(pixels_kind(images), precision).run(weights, images)

    def prediction(self, kind: str, precision: Precision = "float32") -> Prediction:
        """The compiled prediction for that kind of pixels, "uint8" or "float32".

        Raises:
            EngineError: K706, the processor does not multiply in that precision.
        """
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
        if changes is not None and not is_read_as_it_is(images):
            channels_first = self.network.data_format == "channels_first"
            images, changes = changes.apply(images, channels_first=channels_first), None
        kinds = () if changes is None else changes.kinds
        step = self.training_step(pixels_kind(images), kinds)
        return step.run(
            weights, images, targets, key=key, sample_weight=sample_weight, changes=changes
        )

    def training_step(self, kind: str, changes: tuple[str, ...] = ()) -> TrainingStep:
        """The compiled step for pictures of a kind.

        Args:
            kind: of their pixels, "uint8" or "float32".
            changes: the kinds of what becomes of them before; (): nothing.

        Raises:
            EngineError: K703, the program has no loss.
        """
        if self.loss is None:
            raise EngineError(
                _("a program compiled without a loss cannot train"),
                code="K703",
                fix=_("compile(network, loss=…)"),
            )
        with self._lock:
            if (kind, changes) not in self._steps:
                plan = training_plan(
                    self.network,
                    kind,
                    self.pixels,
                    self.machine.target,
                    loss=self.loss,
                    changes=changes,
                )
                step = TrainingStep(self.network, plan, self.loss, self.machine)
                self._steps[kind, changes] = step
            return self._steps[kind, changes]

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
