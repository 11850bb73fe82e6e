"""konv itself, through its engine contract, as its own training loop calls it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import konv
from benchmarks.suite.job import LEARNING_RATE, MOMENTUM, Job
from benchmarks.suite.learning import Learner
from benchmarks.suite.peers.base import Runnable
from benchmarks.suite.recipe import Recipe
from konv.engines import Pixels, Update, get_engine
from konv.losses import MeanSquaredError, SparseCategoricalCrossentropy
from konv.network.weights import checked_weights

__all__ = ["Konv", "make"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Konv:
    """Runs jobs with an engine of konv.

    Args:
        engine: its name.
        pixels: whether pictures are given as bytes, as they come from files; else as float32.
    """

    engine: str
    pixels: bool

    @property
    def versions(self) -> dict[str, str]:
        import llvmlite

        return {
            "konv": konv.__version__,
            "engine": self.engine,
            "llvmlite": llvmlite.__version__,
            "numpy": np.__version__,
        }

    def configurations(self, task: str) -> Sequence[str]:
        return ["uint8" if self.pixels else "float32"]

    def further_configurations(self, task: str, best: str) -> Sequence[str]:
        return []

    def prepare(self, job: Job, task: str, configuration: str) -> Runnable:
        """konv compiles when it is asked first, so it is asked here, with a single picture."""
        network = konv.Network.from_json(job.network)
        pixels = Pixels((1 / 255,), (0.0,)) if self.pixels else Pixels()
        images = list(job.pictures.pixels if self.pixels else job.pictures.images)
        engine = get_engine(self.engine)
        if task == "infer":
            program = engine.compile(network, pixels=pixels)
            weights = checked_weights(network, job.konv_weights)
            program.forward(weights, images[0][:1])
            return Runnable(lambda step: program.forward(weights, images[step % len(images)]))
        loss = SparseCategoricalCrossentropy() if job.classifies else MeanSquaredError()
        program = engine.compile(network, loss=loss, pixels=pixels)
        targets = [
            loss.prepare_targets(item, network.output_shape) for item in job.pictures.targets
        ]
        return _training(program, job, images, targets)

    def learner(self, recipe: Recipe, configuration: str) -> Learner:
        """Learns from bytes: pixels become numbers inside the program."""
        network = konv.Network.from_json(recipe.job.network)
        settings, arrays = recipe.settings, recipe.arrays
        loss = SparseCategoricalCrossentropy()
        pixels = Pixels((settings.scale,), (settings.offset,))
        program = get_engine(self.engine).compile(network, loss=loss, pixels=pixels)
        optimizer = konv.Adam(
            beta_1=settings.beta_1, beta_2=settings.beta_2, epsilon=settings.epsilon
        )
        weights = checked_weights(network, recipe.job.konv_weights)
        slots = optimizer.new_slots({name: weights[name] for name in network.trained_weights})
        targets = loss.prepare_targets(arrays["labels"], network.output_shape)

        def update(places: Array, rate: float, iteration: int) -> None:
            images, labels = arrays["pixels"][places], targets[places]
            now = Update(optimizer, slots, learning_rate=rate, iteration=iteration)
            program.train_step(weights, images, labels, now, key=iteration)

        return Learner(update, lambda: program.forward(weights, arrays["test_pixels"]).argmax(1))


def _training(
    program: konv.engines.Program, job: Job, images: Sequence[Array], targets: Sequence[Array]
) -> Runnable:
    network = program.network
    optimizer = konv.SGD(LEARNING_RATE, momentum=MOMENTUM)
    weights = checked_weights(network, job.konv_weights)
    slots = optimizer.new_slots({name: weights[name] for name in network.trained_weights})
    iteration = 0

    def reset() -> None:
        nonlocal iteration
        iteration = 0
        for name, weight in weights.items():
            weight[...] = job.konv_weights[name]
        for slot in slots.values():
            slot[...] = 0

    def train(images: Array, targets: Array) -> float:
        nonlocal iteration
        iteration += 1
        update = Update(optimizer, slots, learning_rate=LEARNING_RATE, iteration=iteration)
        step = program.train_step(weights, images, targets, update, key=iteration)
        return float(step.losses.sum()) / len(images)

    def run(number: int) -> float:
        place = number % len(images)
        return train(images[place], targets[place])

    train(images[0][:1], targets[0][:1])
    reset()
    return Runnable(run, reset)


def make(*, threads: int, cache: Path, engine: str, pixels: bool = False) -> Konv:
    """konv with so many threads. Its cache is where the environment says."""
    konv.set_threads(threads)
    return Konv(engine, pixels)
