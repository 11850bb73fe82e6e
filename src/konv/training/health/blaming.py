"""A loss that is not finite, traced back to the layer that made the first such number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from konv.engines.contract import Array, Program
from konv.engines.reference.program import ReferenceEngine
from konv.training.examples import Batch, Examples
from konv.training.health.unfinite import Unfinite, first_unfinite, largest
from konv.training.plan import Plan

__all__ = ["blame", "first_unfinite_batch"]

# Of the pictures to validate with, as many as one examination looks at.
_PICTURES = 32


def blame(
    program: Program,
    plan: Plan,
    weights: Mapping[str, Array],
    batch: Batch,
    key: int,
    examples: Examples,
) -> Unfinite | None:
    """Go through a batch again, layer by layer, with the same random numbers.

    Args:
        program, plan: of the training.
        weights: as they were before the batch: one whose loss is not finite changes none.
        batch: it.
        key: of its step.
        examples: all training pictures: one of those before may have spoiled the weights.

    Returns:
        The first number that is not finite; None where the reference engine, which adds in another
        order, meets none, or there is no memory for it.
    """
    reference = ReferenceEngine().compile(program.network, loss=plan.loss, pixels=program.pixels)
    try:
        trace = reference.traced(
            weights, batch.images, batch.targets, key=key, changes=batch.changes
        )
    except MemoryError:
        return None
    found = first_unfinite(program.network, weights, batch.images, trace)
    if found is not None and found.kind == "weights":
        found = replace(found, largest_pixel=largest(examples.images))
    return found


def first_unfinite_batch(examples: Examples, losses: Array) -> Batch:
    """Some of the pictures whose losses are not finite.

    Args:
        examples: all pictures.
        losses: of each.
    """
    chosen = np.flatnonzero(~np.isfinite(losses))[:_PICTURES]
    return Batch(examples.images[chosen], examples.targets[chosen], None, None)
