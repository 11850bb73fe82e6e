"""A step of training as two calls of a program: gradients, then the update."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.engines.contract import Array, Program, Step, Update

__all__ = ["train_in_two_calls"]


def train_in_two_calls(
    program: Program,
    weights: Mapping[str, Array],
    images: Array,
    targets: Array,
    update: Update,
    **batch: Any,
) -> Step:
    """See :meth:`Program.train_step`.

    Args:
        program: what is trained.
        weights, images, targets, update: as of that.
        batch: what else ``loss_and_gradients`` takes.
    """
    step = program.loss_and_gradients(weights, images, targets, **batch)
    if np.isfinite(step.losses).all():
        program.apply_update(
            weights,
            step,
            update.optimizer,
            update.slots,
            learning_rate=update.learning_rate,
            iteration=update.iteration,
        )
    return step
