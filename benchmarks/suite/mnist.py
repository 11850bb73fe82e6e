"""MNIST by the recipe of ``konv train --preset fast``: for all the same first weights and order."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import konv
import konv.data
from benchmarks.suite.job import Job, write_job
from benchmarks.suite.lowering import lowered
from benchmarks.suite.networks import SEED, make_job
from benchmarks.suite.process import WorkerError, WorkerProcess
from benchmarks.suite.recipe import Recipe, Settings, write_recipe
from benchmarks.suite.results import BYTES, OURS
from benchmarks.suite.session import Session, say
from benchmarks.suite.table import in_columns
from konv.cli.presets import PRESETS
from konv.network import Network, named_network
from konv.network.weights import new_weights

__all__ = ["Learnt", "learnt_table", "make_recipe", "measure_mnist"]

_FAST = PRESETS["fast"]
BATCH = _FAST.options["batch_size"]
_PROBE_CALLS = 30
_TITLE = (
    "MNIST by the recipe of `konv train --preset fast`, compiling included: until its end,\n"
    "and until 99 % of the test pictures are right after an epoch"
)
_COLUMNS = [
    "library",
    "recipe s",
    "÷ konv",
    "% then",
    "99 % after s",
    "÷ konv",
    "peak MB",
    "setting",
]


@dataclass(frozen=True)
class Learnt:
    """What one library made of the recipe.

    Args:
        seconds, accuracy: after each epoch, since the start.
        reached_s: when 99 % were right; None: never.
        peak_bytes: of the process.
    """

    peer: str
    configuration: str
    seconds: list[float]
    accuracy: list[float]
    reached_s: float | None
    peak_bytes: int


def measure_mnist(
    session: Session, options: argparse.Namespace
) -> tuple[list[Learnt], list[tuple[str, str]]]:
    """Everyone who can learns, one after the other, each in a fresh process."""
    say("reading MNIST")
    recipe = make_recipe(options.mnist, options.mnist_network, options.mnist_epochs)
    folder, probe = session.folder / "recipe", session.folder / "probe"
    write_recipe(recipe, folder)
    write_job(make_job(konv.Network.from_json(recipe.job.network), BATCH), probe)
    learnt, failures = [], []
    for peer, launch in session.launches.items():
        if peer == BYTES:
            continue  # konv learns from bytes anyway
        say(f"learning MNIST: {peer}")
        log = session.folder / f"{peer}-mnist.log"
        try:
            with WorkerProcess(launch, log) as worker:
                configuration = _fastest(worker, probe)
            with WorkerProcess(launch, log) as worker:
                learnt.append(_learn(worker, peer, folder, configuration))
        except WorkerError as error:
            failures.append((f"{peer}, MNIST", str(error)))
    return learnt, failures


def _fastest(worker: WorkerProcess, probe: Path) -> str:
    """The configuration with the fastest steps of this network and batch."""
    configurations = worker.ask("load", folder=str(probe), task="train")["configurations"]
    if not configurations:
        raise WorkerError("it cannot train")
    times = {}
    for name in configurations:
        worker.ask("prepare", configuration=name)
        answer = worker.ask("burst", configuration=name, calls=_PROBE_CALLS, warm_up=5)
        times[name] = answer["seconds"]
    return min(times, key=times.__getitem__)


def _learn(worker: WorkerProcess, peer: str, folder: Path, configuration: str) -> Learnt:
    answer: dict[str, Any] = worker.ask(
        "learn", timeout_s=3600, folder=str(folder), configuration=configuration
    )
    return Learnt(peer, configuration, **answer, peak_bytes=worker.ask("memory")["peak_bytes"])


def make_recipe(source: Path, name: str, epochs: int) -> Recipe:
    """The recipe for a folder of pictures: Adam, one cycle of the learning rate, as the preset."""
    data = konv.data.load(source, validation=0, cache=False)
    assert data.test is not None
    network = named_network(name).adapted(data.train.images.shape[1:], len(data.class_names))
    pixels = data.train.images
    generator = np.random.default_rng(SEED)
    order = [generator.permutation(len(pixels)).astype(np.int32) for _epoch in range(epochs)]
    updates = epochs * -(-len(pixels) // BATCH)
    cycle = konv.OneCycle(_FAST.options["learning_rate"])
    arrays = {
        "pixels": pixels,
        "labels": data.train.labels,
        "test_pixels": data.test.images,
        "test_labels": data.test.labels,
        "order": np.array(order),
        "rates": np.array([cycle.rate(number, updates) for number in range(1, updates + 1)]),
    }
    mean, deviation = float(pixels.mean()), float(pixels.std())
    settings = Settings(BATCH, 1 / deviation, -mean / deviation)
    return Recipe(_untrained(network), settings, arrays)


def _untrained(network: Network) -> Job:
    weights = new_weights(network, SEED)
    graph, plain = lowered(network, weights)
    pictures = make_job(network, 1).pictures  # not looked at
    return Job(network.to_json(), weights, graph, plain, pictures)


def learnt_table(learnt: list[Learnt]) -> str:
    """Who was at 99 % when."""
    ours = next((item for item in learnt if item.peer == OURS), None)
    first = ours.reached_s if ours else None
    rows = [_COLUMNS]
    for item in learnt:
        whole, reached = item.seconds[-1], item.reached_s
        rows.append(
            [
                item.peer,
                f"{whole:.1f}",
                f"{whole / ours.seconds[-1]:.2f}" if ours else "·",
                f"{100 * item.accuracy[-1]:.2f}",
                "never" if reached is None else f"{reached:.1f}",
                f"{reached / first:.2f}" if reached and first else "·",
                f"{item.peak_bytes / 1e6:.0f}",
                item.configuration,
            ]
        )
    return f"{_TITLE}\n{in_columns(rows)}"
