"""An epoch of ``fit``, as users call it: konv beside Keras 3, in turn, with all that fit does.

    python -m benchmarks.fit_time --python .venv-bench/keras-tensorflow/bin/python [--networks A,B]

The training step alone is measured by ``python -m benchmarks``; here whatever a library does
around its steps counts: order of the pictures, batches, metrics. Both get the same pictures in
float32, the same first weights and SGD with momentum. A round is one epoch of each; the first does
not count.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.suite.job import LEARNING_RATE, MOMENTUM, Job, read_job

_LETTERS = "ABCD"
_BATCHES = (32, 128)
# About as many as take Keras a second.
_PICTURES = {"A": 4096, "B": 1024, "C": 4096, "D": 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", required=True, help="an interpreter that has Keras")
    parser.add_argument("--backend", default="tensorflow", choices=("tensorflow", "jax"))
    parser.add_argument("--networks", default=",".join(_LETTERS), help="such as A,D")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    pythons = {"konv": sys.executable, f"keras-{options.backend}": options.python}
    found = []
    letters = options.networks.split(",")
    if unknown := set(letters) - set(_LETTERS):
        parser.error(
            f"--networks {options.networks}: {', '.join(sorted(unknown))}: not of A, B, C, D"
        )
    for letter in letters:
        for batch in _BATCHES:
            row = compare(letter, batch, pythons, options.rounds)
            found.append(row)
            if not options.json:
                print(_line(row), flush=True)
    if options.json:
        print(json.dumps(found, indent=1))


def compare(letter: str, batch: int, pythons: dict[str, str], rounds: int) -> dict[str, object]:
    """Microseconds per picture of each library, and how often konv's go into the other's."""
    from benchmarks.suite.job import write_job
    from benchmarks.suite.networks import make_job, subject

    network = subject(letter).network
    with tempfile.TemporaryDirectory(prefix="konv-fit-") as name:
        write_job(make_job(network, batch), Path(name))
        workers = [
            _started(python, library, name, _PICTURES[letter])
            for library, python in pythons.items()
        ]
        times = [[_epoch_us(worker) for worker in workers] for _round in range(rounds + 1)][1:]
        for worker in workers:
            worker.communicate("", timeout=60)
    ratios = sorted(theirs / ours for ours, theirs in times)
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    quarter = len(ratios) // 4
    return {
        "network": f"{letter} {network.name}",
        "batch": batch,
        "us_per_picture": dict(zip(pythons, medians, strict=True)),
        "ratio": medians[1] / medians[0],
        "quartiles": [ratios[quarter], ratios[-1 - quarter]],
    }


def _line(row: dict) -> str:
    times = ", ".join(f"{library} {us:.1f}" for library, us in row["us_per_picture"].items())
    low, high = row["quartiles"]
    return (
        f"{row['network']:<18} batch {row['batch']:>3}   {row['ratio']:.2f} "
        f"({low:.2f} … {high:.2f})   µs per picture: {times}"
    )


def _started(python: str, library: str, folder: str, pictures: int) -> subprocess.Popen[str]:
    command = [python, "-m", "benchmarks.fit_time", "--work", library, folder, str(pictures)]
    backend = library.partition("-")[2] or "numpy"
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)


def _epoch_us(worker: subprocess.Popen[str]) -> float:
    assert worker.stdin is not None
    assert worker.stdout is not None
    print("epoch", file=worker.stdin, flush=True)
    answer = worker.stdout.readline()
    if not answer:
        sys.exit(f"{worker.args} has ended: what it said stands above")
    return float(answer)


def work(library: str, folder: str, pictures: int) -> None:
    """Train for an epoch for every line that is read; answer with microseconds per picture."""
    answers, sys.stdout = sys.stdout, sys.stderr
    job = read_job(Path(folder))
    sets, batch = job.pictures.targets.shape[:2]
    chosen = np.arange(pictures) % (sets * batch)
    x = job.pictures.images.reshape(sets * batch, *job.pictures.images.shape[2:])[chosen]
    y = job.pictures.targets.reshape(-1)[chosen]
    epoch = (_konv if library == "konv" else _keras)(job, x, y, batch)
    for _line in sys.stdin:
        start = time.perf_counter()
        epoch()
        print((time.perf_counter() - start) / pictures * 1e6, file=answers, flush=True)


def _konv(job: Job, x: np.ndarray, y: np.ndarray, batch: int) -> Callable[[], object]:
    import konv

    model = konv.Model.from_network(konv.Network.from_json(job.network))
    model.set_weights(job.konv_weights)
    model.compile(optimizer=konv.SGD(LEARNING_RATE, momentum=MOMENTUM))
    return lambda: model.fit(x, y, batch_size=batch, epochs=1, verbose=0)


def _keras(job: Job, x: np.ndarray, y: np.ndarray, batch: int) -> Callable[[], object]:
    import keras

    from benchmarks.suite.peers.keras_model import keras_model

    model = keras_model(job.graph, job.weights)
    optimizer = keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    return lambda: model.fit(x, y, batch_size=batch, epochs=1, verbose=0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
