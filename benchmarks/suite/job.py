"""A job: one network with its weights and pictures, as files that every worker reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.suite.graph import Graph

__all__ = ["LEARNING_RATE", "MOMENTUM", "Job", "PictureSet", "read_job", "write_job"]

Array = np.ndarray[Any, np.dtype[Any]]

# Small enough that no network leaves the weights it began with in one burst, large enough that what
# five updates change is more than the rounding of a loss.
LEARNING_RATE = 3e-3
MOMENTUM = 0.9


@dataclass(frozen=True)
class PictureSet:
    """Pictures that take turns: several batches, so that none is always the one before.

    Args:
        pixels: [batches, N, *input shape], uint8.
        targets: [batches, N] class numbers, or [batches, N, *output shape] numbers.
    """

    pixels: Array
    targets: Array

    @property
    def images(self) -> Array:
        """The same pictures in float32, from 0 to 1."""
        return self.pixels.astype(np.float32) / np.float32(255)


@dataclass(frozen=True)
class Job:
    """What a worker is to run.

    Args:
        network: konv's own description, in JSON.
        konv_weights: under konv's names.
        graph: the network as plain data.
        weights: those of the graph, by name.
        pictures: what it is run on.
    """

    network: str
    konv_weights: dict[str, Array]
    graph: Graph
    weights: dict[str, Array]
    pictures: PictureSet

    @property
    def classifies(self) -> bool:
        """Whether its loss is the cross-entropy of class numbers; else the squared error."""
        return self.pictures.targets.ndim == 2


def write_job(job: Job, folder: Path) -> None:
    """Write a job into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "network.json").write_text(job.network, encoding="utf-8")
    (folder / "graph.json").write_text(job.graph.to_json(), encoding="utf-8")
    _write_arrays(folder / "konv_weights.npz", job.konv_weights)
    _write_arrays(folder / "weights.npz", job.weights)
    pictures = {"pixels": job.pictures.pixels, "targets": job.pictures.targets}
    _write_arrays(folder / "pictures.npz", pictures)


def read_job(folder: Path) -> Job:
    """What :func:`write_job` wrote."""
    return Job(
        network=(folder / "network.json").read_text(encoding="utf-8"),
        konv_weights=_read_arrays(folder / "konv_weights.npz"),
        graph=Graph.from_json((folder / "graph.json").read_text(encoding="utf-8")),
        weights=_read_arrays(folder / "weights.npz"),
        pictures=PictureSet(**_read_arrays(folder / "pictures.npz")),
    )


def _write_arrays(path: Path, arrays: dict[str, Array]) -> None:
    with path.open("wb") as file:
        np.savez(file, **arrays)


def _read_arrays(path: Path) -> dict[str, Array]:
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)
