"""Time to 99 % on MNIST: the same recipe, the same first weights, the same order of pictures."""

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
from konv.network import Network, named_network
from konv.network.weights import new_weights

__all__ = ["Learnt", "learnt_table", "make_recipe", "measure_mnist"]

BATCH = 64
_PEAK_RATE = 3e-3
_PROBE_CALLS = 30


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
    """The recipe for a folder of pictures: Adam, one cycle of the learning rate."""
    data = konv.data.load(source, validation=0, cache=False)
    assert data.test is not None
    network = named_network(name).adapted(data.train.images.shape[1:], len(data.class_names))
    pixels = data.train.images
    generator = np.random.default_rng(SEED)
    order = [generator.permutation(len(pixels)).astype(np.int32) for _epoch in range(epochs)]
    updates = epochs * -(-len(pixels) // BATCH)
    cycle = konv.OneCycle(_PEAK_RATE)
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
    ours = next((item.reached_s for item in learnt if item.peer == OURS), None)
    rows = [["library", "99 % after s", "÷ konv", "best %", "s per epoch", "peak MB", "setting"]]
    for item in learnt:
        reached = "never" if item.reached_s is None else f"{item.reached_s:.1f}"
        ratio = f"{item.reached_s / ours:.2f}" if item.reached_s and ours else "·"
        epoch_s = item.seconds[-1] / len(item.seconds)
        best = f"{100 * max(item.accuracy):.2f}"
        peak = f"{item.peak_bytes / 1e6:.0f}"
        rows.append([item.peer, reached, ratio, best, f"{epoch_s:.1f}", peak, item.configuration])
    return "time to 99 % of MNIST's test pictures, compiling included\n" + in_columns(rows)
