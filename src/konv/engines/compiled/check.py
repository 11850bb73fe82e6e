"""Holds the compiled engine against the reference, problem by problem.

A problem is one line of text: a JSON object with a network and how it is run. What fails in a test
can be run again::

    python -m konv.engines.compiled.check '{"network": {…}, "pictures": 5, "seed": 1}'

Weights and pixels are small whole numbers. Where a network only multiplies, adds and compares them,
and no sum can reach 2²⁴, every result must be the reference's, bit by bit; elsewhere it must be
near. All arrays that machine code sees lie between pages that nobody may touch.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.runtime.guarded import guarded_bytes, guarded_copy
from konv.engines.compiled.target import host_target, target_of
from konv.engines.contract import Array, Step
from konv.engines.reference.program import ReferenceEngine
from konv.engines.threads import get_threads, set_threads
from konv.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Dropout,
    GlobalAveragePooling2D,
    LeakyReLU,
    ReLU,
)
from konv.layers.activated import ActivatedLayer
from konv.layers.base import Layer
from konv.losses import MeanSquaredError
from konv.network.graph import Network
from konv.network.reading import network_from_json
from konv.network.writing import json_text

__all__ = ["Problem", "differences"]

# Results of sums that are not exact: how far apart, as a part of the largest number.
_TOLERANCE = 2e-3
_EXACT_LIMIT = 2**24
_EXACT_ACTIVATIONS = ("linear", "relu")


@dataclass(frozen=True)
class Problem:
    """A network, and how it is run.

    Args:
        network: in JSON.
        pictures: how many there are in the batch.
        seed: what weights, pixels and targets are made from.
        isa: the instruction set; "": the best.
        threads: how many work on it.
        from_start: whether the guarded arrays begin at their page, instead of ending at it.
    """

    network: Mapping[str, Any]
    pictures: int = 3
    seed: int = 0
    isa: str = ""
    threads: int = 1
    from_start: bool = False

    @staticmethod
    def of(network: Network, **settings: Any) -> Problem:
        """The problem of a network."""
        return Problem(json.loads(json_text(network)), **settings)

    @staticmethod
    def from_line(line: str) -> Problem:
        """The problem that a line describes."""
        return Problem(**json.loads(line))

    @property
    def line(self) -> str:
        """The problem as one line."""
        return json.dumps(asdict(self), separators=(",", ":"))


@dataclass(frozen=True)
class _Data:
    """What a network is run on."""

    weights: dict[str, Array]
    images: Array
    targets: Array
    sample_weight: Array


def differences(problem: Problem) -> list[str]:
    """Where the compiled engine's results are not the reference's; empty if nowhere."""
    network = network_from_json(json.dumps(problem.network)).network
    data = _data(network, problem)
    exact = _is_exact(network, data)
    before = get_threads()
    set_threads(problem.threads)
    try:
        return list(_compare(network, problem, data, exact))
    finally:
        set_threads(before)


def _compare(network: Network, problem: Problem, data: _Data, exact: bool) -> Iterator[str]:
    loss = MeanSquaredError()
    wanted = ReferenceEngine(np.float64).compile(network, loss=loss)
    target = target_of(problem.isa) if problem.isa else host_target()
    allocate = partial(guarded_bytes, from_start=problem.from_start)
    program = CompiledEngine(target, allocate=allocate).compile(network, loss=loss)
    guarded = _guarded(data, problem.from_start)
    same = partial(_difference, exact=exact)
    yield from same(
        "outputs",
        program.forward(guarded.weights, guarded.images),
        wanted.forward(data.weights, data.images),
    )
    given, expected = (
        engine.loss_and_gradients(
            d.weights, d.images, d.targets, key=problem.seed, sample_weight=d.sample_weight
        )
        for engine, d in ((program, guarded), (wanted, data))
    )
    yield from _step_differences(given, expected, same)


def _step_differences(given: Step, expected: Step, same: Any) -> Iterator[str]:
    yield from same("outputs in training", given.outputs, expected.outputs)
    yield from _difference("losses", given.losses, expected.losses, exact=False)
    if given.gradients.keys() != expected.gradients.keys():
        yield f"gradients of {sorted(given.gradients)}, not of {sorted(expected.gradients)}"
        return
    for name, gradient in expected.gradients.items():
        yield from same(f"gradient of {name}", given.gradients[name], gradient)
    for name, value in expected.state.items():
        yield from _difference(f"new {name}", given.state[name], value, exact=False)


def _difference(what: str, given: Array, expected: Array, *, exact: bool) -> Iterator[str]:
    """How two arrays differ, in one line, if they do."""
    if given.shape != expected.shape:
        yield f"{what}: shape {given.shape}, not {expected.shape}"
        return
    off = np.abs(given.astype(np.float64) - expected)
    largest = float(np.abs(expected).max(initial=0))
    allowed = 0.0 if exact else _TOLERANCE * max(largest, 1e-3)
    bad = ~(off <= allowed)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        yield (
            f"{what}: {int(bad.sum())} of {bad.size} wrong; "
            f"at {place} {given[place]!r}, not {expected[place]!r}"
            + ("" if exact else f" (largest {largest:.3g}, allowed {allowed:.3g})")
        )


def _data(network: Network, problem: Problem) -> _Data:
    """Small whole numbers, few of them 0; moving variances and γ near 1."""
    generator = np.random.default_rng(problem.seed)
    weights = {
        name: _weight(name, spec.shape, generator) for name, spec in network.weight_specs.items()
    }
    images = generator.integers(0, 4, (problem.pictures, *network.input_shape)).astype(np.uint8)
    if problem.seed % 2:
        images = images.astype(np.float32) - 1
    targets = generator.integers(-2, 3, (problem.pictures, *network.output_shape))
    outputs = int(np.prod(network.output_shape))
    # The mean over outputs and pictures is taken back: gradients stay whole numbers.
    sample_weight = np.full(problem.pictures, problem.pictures * outputs / 2)
    return _Data(weights, images, targets.astype(np.float32), sample_weight)


def _weight(name: str, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    own = name.rpartition("/")[2]
    if own in ("gamma", "moving_variance"):
        return generator.uniform(0.5, 1.5, shape).astype(np.float32)
    return generator.integers(-1, 2, shape).astype(np.float32)


def _guarded(data: _Data, from_start: bool) -> _Data:
    copy = partial(guarded_copy, from_start=from_start)
    weights = {name: copy(weight) for name, weight in data.weights.items()}
    return _Data(weights, copy(data.images), copy(data.targets), data.sample_weight)


def _is_exact(network: Network, data: _Data) -> bool:
    """Whether every sum is one of whole numbers below 2²⁴, and every factor a power of two."""
    outputs = int(np.prod(network.output_shape))
    if outputs & (outputs - 1) or data.images.shape[0] & (data.images.shape[0] - 1):
        return False
    if not all(_only_whole_numbers(node.layer) for node in network.nodes):
        return False
    return _largest_sum(network, data) < _EXACT_LIMIT


def _only_whole_numbers(layer: Layer) -> bool:
    if isinstance(layer, Activation | ActivatedLayer):
        return layer.activation in _EXACT_ACTIVATIONS
    if isinstance(layer, ReLU):
        return layer.negative_slope in (0, 1) and layer.threshold == round(layer.threshold)
    inexact = AveragePooling2D | GlobalAveragePooling2D | BatchNormalization | Dropout | LeakyReLU
    return not isinstance(layer, inexact)


def _largest_sum(network: Network, data: _Data) -> float:
    """A bound: the network with all weights, pixels and gradients made positive."""
    positive = {name: np.abs(weight) for name, weight in data.weights.items()}
    program = ReferenceEngine(np.float64).compile(network, loss=MeanSquaredError())
    images = np.abs(data.images.astype(np.float64))
    targets = -np.abs(data.targets)
    step = program.loss_and_gradients(
        positive, images, targets, key=0, sample_weight=data.sample_weight
    )
    arrays = [step.outputs, *step.gradients.values()]
    return max(float(np.abs(array).max(initial=0)) for array in arrays)


def main(lines: list[str]) -> int:
    """Check each line; what differs is printed."""
    failed = 0
    for line in lines or sys.stdin:
        found = differences(Problem.from_line(line))
        failed += bool(found)
        print("\n".join(found) or "equal")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
