"""Learning by a recipe, and the clock beside it; the same loop for every library."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.suite.job import Array
from benchmarks.suite.recipe import Recipe

__all__ = ["Learner", "learn"]


@dataclass(frozen=True)
class Learner:
    """A network that learns.

    Args:
        update: (numbers of the pictures, learning rate, which update, from 1): one step.
        classify: the classes it takes the test pictures for.
    """

    update: Callable[[Array, float, int], Any]
    classify: Callable[[], Array]


def learn(library: Any, recipe: Recipe, configuration: str) -> dict[str, Any]:
    """Learn epoch by epoch, judged on the test pictures after each; all of it counts.

    The clock starts with the pictures as bytes in memory and stops nowhere: making the program,
    turning pixels into numbers, learning and judging.

    Returns:
        "seconds" and "accuracy" after each epoch, and "reached_s": when the goal was reached.
    """
    if not hasattr(library, "learner"):
        raise NotImplementedError("this library is not told how to learn by a recipe")
    expected = recipe.arrays["test_labels"]
    start = time.perf_counter()
    learner = library.learner(recipe, configuration)
    iteration, seconds, accuracies = 0, [], []
    for epoch in range(len(recipe.arrays["order"])):
        for places in recipe.batches(epoch):
            iteration += 1
            learner.update(places, float(recipe.arrays["rates"][iteration - 1]), iteration)
        accuracies.append(float(np.mean(learner.classify() == expected)))
        seconds.append(time.perf_counter() - start)
    reached = [s for s, a in zip(seconds, accuracies, strict=True) if a >= recipe.settings.goal]
    return {
        "seconds": seconds,
        "accuracy": accuracies,
        "reached_s": reached[0] if reached else None,
    }
