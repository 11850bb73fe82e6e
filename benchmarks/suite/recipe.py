"""A recipe for learning: everything that decides the result, as files that every worker reads."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.suite.job import Array, Job, read_job, write_job

__all__ = ["Recipe", "Settings", "read_recipe", "write_recipe"]


@dataclass(frozen=True)
class Settings:
    """The numbers of a recipe.

    Args:
        batch: pictures per update.
        beta_1, beta_2, epsilon: of Adam.
        scale, offset: what the network sees is pixel · scale + offset.
        goal: the part of the test pictures that must be right.
    """

    batch: int
    scale: float
    offset: float
    goal: float = 0.99
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7


@dataclass(frozen=True)
class Recipe:
    """What to learn, from what, and how.

    Args:
        job: the network and its first weights.
        settings: the numbers.
        arrays: "pixels" and "labels" to learn from, "test_pixels" and "test_labels"; "order"
            [epochs, N]: who comes when; "rates" [updates]: the learning rate of each.
    """

    job: Job
    settings: Settings
    arrays: dict[str, Array]

    def batches(self, epoch: int) -> list[Array]:
        """The pictures of each update of an epoch; the last ones may be fewer."""
        order = self.arrays["order"][epoch]
        return [
            order[i : i + self.settings.batch] for i in range(0, len(order), self.settings.batch)
        ]


def write_recipe(recipe: Recipe, folder: Path) -> None:
    """Write a recipe into a folder."""
    write_job(recipe.job, folder)
    settings: dict[str, Any] = asdict(recipe.settings)
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    for name, array in recipe.arrays.items():
        np.save(folder / f"{name}.npy", array)


def read_recipe(folder: Path) -> Recipe:
    """What :func:`write_recipe` wrote."""
    settings = Settings(**json.loads((folder / "settings.json").read_text(encoding="utf-8")))
    names = ("pixels", "labels", "test_pixels", "test_labels", "order", "rates")
    arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in names}
    return Recipe(read_job(folder), settings, arrays)
