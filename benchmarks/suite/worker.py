"""A process with one library: ``python -m benchmarks.suite.worker NAME THREADS CACHE ENGINE``.

It does what the lines of its standard input say (see ``protocol``), one at a time, and answers each
by a line on its standard output. What libraries print goes to its standard error.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
import traceback
from pathlib import Path
from typing import IO, Any

import numpy as np

from benchmarks.suite.job import Job, read_job
from benchmarks.suite.learning import learn
from benchmarks.suite.memory import peak_bytes
from benchmarks.suite.peers.base import Library, Runnable
from benchmarks.suite.protocol import Message, as_line, from_line
from benchmarks.suite.recipe import read_recipe

__all__ = ["LIBRARIES", "Worker", "main", "serve"]

# What a peer is called -> the module with its Library, and the arguments it is made with.
LIBRARIES: dict[str, tuple[str, dict[str, Any]]] = {
    "konv": ("konv", {}),
    "konv-uint8": ("konv", {"pixels": True}),
    "pytorch": ("pytorch", {}),
    "onnxruntime": ("onnxruntime", {}),
    "keras-tensorflow": ("keras", {"backend": "tensorflow"}),
    "keras-jax": ("keras", {"backend": "jax"}),
    "openvino": ("openvino", {}),
    "tinygrad": ("tinygrad", {}),
}
_CHECKED_STEPS = 6


class Worker:
    """Answers requests; holds one job and what was prepared for it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._job: Job | None = None
        self._task = ""
        self._ready: dict[str, Runnable] = {}

    def answer(self, message: Message) -> Message:
        """Do what a message says."""
        method = getattr(self, f"_{message.pop('do')}")
        answer: Message | None = method(**message)
        return answer or {}

    @property
    def _loaded(self) -> Job:
        if self._job is None:
            raise LookupError("no job was loaded")
        return self._job

    def _describe(self) -> Message:
        return {"versions": self._library.versions}

    def _load(self, folder: str, task: str) -> Message:
        self._drop()
        self._job, self._task = read_job(Path(folder)), task
        return {"configurations": list(self._library.configurations(task))}

    def _further(self, best: str) -> Message:
        return {"configurations": list(self._library.further_configurations(self._task, best))}

    def _prepare(self, configuration: str) -> Message:
        job = self._loaded
        start = time.perf_counter()
        runnable = self._library.prepare(job, self._task, configuration)
        prepared = time.perf_counter()
        runnable.run(0)
        first = time.perf_counter()
        self._ready[configuration] = runnable
        return {"prepare_s": prepared - start, "first_s": first - prepared}

    def _check(self, configuration: str) -> Message:
        """The outputs of the first batch; in training its loss, and how that falls by updates."""
        runnable = self._ready[configuration]
        runnable.reset()
        if self._task == "train" and self._loaded.graph.is_random:
            return {"groups": []}
        if self._task == "train":
            losses = [float(runnable.run(0)) for _step in range(_CHECKED_STEPS)]
            return {"groups": [losses[:1], [loss - losses[0] for loss in losses[1:]]]}
        outputs = np.asarray(runnable.result(runnable.run(0)), np.float64)
        return {"groups": [outputs.reshape(-1).tolist()]}

    def _burst(self, configuration: str, calls: int, warm_up: int) -> Message:
        runnable = self._ready[configuration]
        run = runnable.run
        runnable.reset()
        for step in range(warm_up):
            run(step)
        start = time.perf_counter()
        for step in range(warm_up, warm_up + calls):
            run(step)
        return {"seconds": time.perf_counter() - start}

    def _memory(self) -> Message:
        return {"peak_bytes": peak_bytes()}

    def _learn(self, folder: str, configuration: str) -> Message:
        return learn(self._library, read_recipe(Path(folder)), configuration)

    def _drop(self) -> None:
        self._ready.clear()
        self._job = None


def _only_for_answers() -> IO[str]:
    """The standard output for us alone: what libraries print goes to the standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _failure(error: Exception) -> Message:
    """The answer that says what went wrong, in one line."""
    return {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}


def serve(worker: Worker, requests: IO[str], answers: IO[str]) -> None:
    """Answer every line until one says "quit"."""
    for line in requests:
        message = from_line(line)
        if message["do"] == "quit":
            return
        try:
            answer = worker.answer(message)
        except Exception as error:  # whatever a library raises is its answer
            traceback.print_exc()
            answer = _failure(error)
        answers.write(as_line(answer))
        answers.flush()


def main(name: str, threads: int, cache: Path, engine: str) -> None:
    """Serve until told to quit, or until nobody is there to ask."""
    answers = _only_for_answers()
    module, arguments = LIBRARIES[name]
    if name.startswith("konv"):
        arguments = {**arguments, "engine": engine}
    try:
        peer = importlib.import_module(f"benchmarks.suite.peers.{module}")
        library = peer.make(threads=threads, cache=cache, **arguments)
    except Exception as error:  # not installed, or cannot start here
        traceback.print_exc()
        answers.write(as_line(_failure(error)))
        answers.flush()
        return
    answers.write(as_line({"ready": True}))
    answers.flush()
    serve(Worker(library), sys.stdin, answers)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
