"""Training on noise for a moment, to see how long a step takes on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import median

from konv.engines.compiled.forecast.usual import example_images, example_targets, usual_update
from konv.engines.compiled.kernels.updates import settings
from konv.engines.compiled.plan.planning import TrainingPlan
from konv.engines.compiled.record import record
from konv.engines.compiled.runtime.machine import Machine
from konv.engines.compiled.runtime.records import ProgramRecord
from konv.engines.compiled.runtime.training_step import Changed, TrainingStep
from konv.engines.compiled.runtime.updated_weights import UpdatedWeights
from konv.engines.contract import Step
from konv.losses import Loss
from konv.network.graph import Network
from konv.network.weights import new_weights
from konv.optimizers import Optimizer

__all__ = ["Rehearsal", "Trial"]

_TRIAL_S = 0.2
_MOST_STEPS = 1_000


@record
class Trial:
    """Some steps of training on noise.

    Args:
        pictures: of a batch.
        steps: how many were timed.
        step_s: what one took: the median.
    """

    pictures: int
    steps: int
    step_s: float


class Rehearsal:
    """A step of training, compiled.

    Args:
        network: what is trained.
        plan: of a step, which ends with the update.
        loss: that of the plan.
        optimizer: one of konv's.
        machine: where it runs.
    """

    def __init__(
        self,
        network: Network,
        plan: TrainingPlan,
        loss: Loss,
        optimizer: Optimizer,
        machine: Machine,
    ) -> None:
        self._network = network
        self._loss = loss
        self._optimizer = optimizer
        self._step = TrainingStep(network, plan, loss, machine)

    @property
    def record(self) -> ProgramRecord:
        """How it came to be."""
        return self._step.executable.record

    def run(self, pictures: int, kind: str) -> Trial:
        """Some steps with so many pictures of that kind; about a fifth of a second.

        Raises:
            MemoryError: there is not enough for them.
        """
        step = self._prepared(pictures, kind)
        step()  # arrays are made, threads are woken
        times_s: list[float] = []
        while sum(times_s) < _TRIAL_S and len(times_s) < _MOST_STEPS:
            begun_s = time.perf_counter()
            step()
            times_s.append(time.perf_counter() - begun_s)
        return Trial(pictures, len(times_s), median(times_s))

    def _prepared(self, pictures: int, kind: str) -> Callable[[], Step]:
        network, weights = self._network, new_weights(self._network, seed=0)
        trained = {name: weights[name] for name in network.trained_weights}
        slots = self._optimizer.new_slots(trained)
        images = example_images(network, pictures, kind)
        targets = example_targets(network, self._loss, pictures)
        update = usual_update(network, self._optimizer)
        arrays = UpdatedWeights(network).arguments(weights, self._optimizer, slots)
        # So small a rate that the weights stay what they are: random, as in a real beginning.
        now = settings(self._optimizer, learning_rate=1e-9, iteration=1)
        changed = Changed(update, arrays, now) if update and arrays else None
        return partial(self._step.run, weights, images, targets, key=0, changed=changed)
