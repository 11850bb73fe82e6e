"""Some updates on copies, to see how long one takes on this machine."""

from __future__ import annotations

import time
from statistics import median

from konv.engines.contract import Update
from konv.layers.random_bits import mixed_key
from konv.training.examples import Batch, batches
from konv.training.loop import Training

__all__ = ["first_batch", "rehearsed_s"]

_TRIAL_S = 0.1
_MOST_STEPS = 100


def first_batch(training: Training) -> Batch:
    """The batch with which a run begins."""
    return next(batches(training.examples, training.plan, 0, 0))


def rehearsed_s(training: Training, batch: Batch) -> float:
    """The seconds that one picture takes in training: the median of some updates.

    The first update, in which the program is compiled, is not counted; the code that training runs
    is there afterwards. Weights and slots are copies, so training begins as if nothing had been.

    Args:
        training: a run that has not begun.
        batch: the updates' batch.
    """
    state, plan = training.state, training.plan
    weights = {name: weight.copy() for name, weight in state.weights.items()}
    slots = {name: slot.copy() for name, slot in state.slots.items()}
    update = Update(plan.optimizer, slots, training.learning_rate, 1)
    times_s: list[float] = []
    while len(times_s) < 2 or (sum(times_s[1:]) < _TRIAL_S and len(times_s) < _MOST_STEPS):
        begun_s = time.perf_counter()
        training.program.train_step(
            weights,
            batch.images,
            batch.targets,
            update,
            key=mixed_key(plan.seed, 0),
            sample_weight=batch.sample_weight,
            changes=batch.changes,
        )
        times_s.append(time.perf_counter() - begun_s)
    return median(times_s[1:]) / len(batch.images)
