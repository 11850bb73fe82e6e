"""Holds the compiled engine against the reference, problem by problem.

A problem is one line of text: a JSON object with a network and how it is run. What fails in a test
can be run again::

    python -m konv.engines.compiled.check '{"network": {…}, "pictures": 5, "seed": 1}'

Weights and pixels are small whole numbers. Where a network only multiplies, adds and compares them,
and no sum can reach 2²⁴, every result must be the reference's, bit by bit; elsewhere it must be
near. All arrays that machine code sees lie between pages that nobody may touch. Convolutions after
Winograd are not exact: a network that has any is held against the reference once without them, and
once with them, on weights that are no whole numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.kernels.winograd_kernel import WinogradKernel
from konv.engines.compiled.kernels.winograd_rows import WinogradRows
from konv.engines.compiled.plan.planning import forward_plan, training_plan
from konv.engines.compiled.problem import Problem
from konv.engines.compiled.record import record
from konv.engines.compiled.runtime.checked_arrays import pixels_kind
from konv.engines.compiled.runtime.guarded import guarded_bytes, guarded_copy
from konv.engines.compiled.target import Target, host_target, target_of
from konv.engines.contract import Array, Pixels, Program, Update
from konv.engines.reference.program import ReferenceEngine
from konv.engines.threads import get_threads, set_threads
from konv.engines.two_calls import train_in_two_calls
from konv.errors import KonvError
from konv.layers import (
    ELU,
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
from konv.optimizers import SGD

__all__ = ["differences", "main"]

# Results of sums that are not exact: how far apart, as a part of the largest number.
_TOLERANCE = 2e-3
# Sums that cancel out are as far off as what is added up in them; targets are of about 1.
_SMALL = 1e-2
_EXACT_LIMIT = 2**24
# Steps in one call are another program, and where nothing is guarded, arrays share memory: every
# third problem has the one, every third the other compared, too.
_EVERY = 3
_EXACT_ACTIVATIONS = ("linear", "relu")
_INEXACT = (
    *(AveragePooling2D, GlobalAveragePooling2D, BatchNormalization),
    *(Dropout, LeakyReLU, ELU),
)


@record
class _Data:
    """What a network is run on."""

    weights: dict[str, Array]
    images: Array
    targets: Array
    sample_weight: Array


def differences(problem: Problem) -> list[str]:
    """Where the compiled engine's results are not the reference's; empty if nowhere."""
    before = get_threads()
    set_threads(problem.threads)
    try:
        return list(_both_ways(problem.built, problem))
    finally:
        set_threads(before)


def _both_ways(network: Network, problem: Problem) -> Iterator[str]:
    """With direct sums only; and again, if any convolution is done after Winograd.

    Then sums of whole numbers are not exact, so those are no whole numbers.
    """
    target = target_of(problem.isa) if problem.isa else host_target()
    whole = all(_only_whole_numbers(node.layer) for node in network.nodes)
    data = _data(network, problem, whole=whole)
    direct = replace(target, winograd=False)
    yield from _compare(network, problem, data, direct, exact=whole and _is_exact(network, data))
    other = replace(target, winograd=problem.winograd)
    if _does_winograd(network, other, data):
        data = _data(network, problem, whole=False)
        for line in _compare(network, problem, data, other, exact=False):
            yield f"after Winograd, {line}"


def _does_winograd(network: Network, target: Target, data: _Data) -> bool:
    """Whether any convolution is done so, in a prediction or in a step."""
    what = network, pixels_kind(data.images), Pixels(), target
    plans = forward_plan(*what), training_plan(*what, loss=MeanSquaredError()).plan
    kinds = WinogradKernel | WinogradRows
    return any(isinstance(call.kernel, kinds) for plan in plans for call in plan.calls)


def _compare(
    network: Network, problem: Problem, data: _Data, target: Target, *, exact: bool
) -> Iterator[str]:
    loss = MeanSquaredError()
    allocate = partial(guarded_bytes, from_start=problem.from_start)
    program = CompiledEngine(target, allocate=allocate).compile(network, loss=loss)
    guarded = _guarded(data, problem.from_start)
    given = _results(program, guarded, problem.seed)
    expected = [
        _results(ReferenceEngine(np.float64).compile(network, loss=loss), data, problem.seed)
    ]
    if not exact:
        expected += _other_expectations(network, data, problem.seed)
    if given.keys() != expected[0].keys():
        yield f"results are {sorted(given)}, not {sorted(expected[0])}"
        return
    gradients = (a for name, a in expected[0].items() if name.startswith("gradient"))
    scale = max((float(np.abs(a).max(initial=0)) for a in gradients), default=0.0)
    found = False
    for name, array in given.items():
        allowed = 0.0 if exact and name != "losses" else _TOLERANCE
        for line in _difference(name, array, [e[name] for e in expected], allowed, 1e-3 * scale):
            found = True
            yield line
    if not found and problem.seed % _EVERY == 0:
        yield from _compare_steps(program, guarded, problem)
    if not found and problem.seed % _EVERY == 1:
        sharing = CompiledEngine(target).compile(network, loss=loss)
        again = _results(sharing, data, problem.seed)
        yield from _other_bits("where arrays share memory", again, given)


def _compare_steps(program: Program, data: _Data, problem: Problem) -> Iterator[str]:
    """A step in one call must leave the bits that it leaves in two."""
    optimizer = SGD(momentum=0.5)
    trained = program.network.trained_weights
    results = []
    for step in (program.train_step, partial(train_in_two_calls, program)):
        own = _guarded(data, problem.from_start)
        slots = optimizer.new_slots({name: own.weights[name] for name in trained})
        slots = {
            name: guarded_copy(slot, from_start=problem.from_start) for name, slot in slots.items()
        }
        step(
            own.weights,
            own.images,
            own.targets,
            Update(optimizer, slots, learning_rate=2.0**-7, iteration=1),
            key=problem.seed,
            sample_weight=own.sample_weight,
        )
        results.append({**own.weights, **slots})
    yield from _other_bits("after a step in one call than in two", *results)


def _other_bits(
    where: str, given: Mapping[str, Array], expected: Mapping[str, Array]
) -> Iterator[str]:
    for name, array in given.items():
        if array.tobytes() != expected[name].tobytes():
            yield f"{name}: other bits {where}"


def _other_expectations(network: Network, data: _Data, seed: int) -> list[dict[str, Array]]:
    """What rounding may make of it: where two numbers are nearly equal, it decides which is larger.

    The reference in float64 with weights that are moved by some millionths, and in float32.
    """
    loss = MeanSquaredError()
    results = []
    generator = np.random.default_rng(seed)
    for _number in range(3):
        weights = {
            name: weight + generator.uniform(-4e-6, 4e-6, weight.shape)
            for name, weight in data.weights.items()
        }
        program = ReferenceEngine(np.float64).compile(network, loss=loss)
        results.append(_results(program, replace(data, weights=weights), seed))
    narrow = ReferenceEngine(np.float32).compile(network, loss=loss)
    return [*results, _results(narrow, data, seed)]


def _results(program: Program, data: _Data, key: int) -> dict[str, Array]:
    """All that a program says of some pictures, by name."""
    step = program.loss_and_gradients(
        data.weights, data.images, data.targets, key=key, sample_weight=data.sample_weight
    )
    return {
        "outputs": program.forward(data.weights, data.images),
        "outputs in training": step.outputs,
        "losses": step.losses,
        **{f"gradient of {name}": value for name, value in step.gradients.items()},
        **{f"new {name}": value for name, value in step.state.items()},
    }


def _difference(
    what: str, given: Array, expected: list[Array], tolerance: float, least: float
) -> Iterator[str]:
    """How an array differs from all that are expected, in one line, if it does.

    Args:
        what: its name.
        given: the array.
        expected: what it may be.
        tolerance: how far apart numbers may be, as a part of the largest one.
        least: what stands for the largest number where all are smaller.
    """
    first = expected[0]
    if given.shape != first.shape:
        yield f"{what}: shape {given.shape}, not {first.shape}"
        return
    allowed = tolerance * max(float(np.abs(first).max(initial=0)), least, _SMALL)
    if tolerance:
        # Saturated activations lose digits in float32, whoever computes them.
        allowed = max(allowed, 2 * float(np.abs(expected[-1] - first).max(initial=0)))
    off = np.min([np.abs(given.astype(np.float64) - array) for array in expected], axis=0)
    bad = ~(off <= allowed)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        yield (
            f"{what}: {int(bad.sum())} of {bad.size} wrong; "
            f"at {place} {given[place]!r}, not {first[place]!r} (allowed {allowed:.3g})"
        )


def _data(network: Network, problem: Problem, *, whole: bool) -> _Data:
    """Small whole numbers; where they do not stay whole, weights that are none, so that no sums
    are equal but for rounding."""
    generator = np.random.default_rng(problem.seed)
    weights = {
        name: _weight(name, spec.shape, generator, whole=whole)
        for name, spec in network.weight_specs.items()
    }
    kind = (np.uint8, np.int8)[problem.seed % 2]
    low = -(problem.seed % 2)
    images = generator.integers(low, 4, (problem.pictures, *network.input_shape)).astype(kind)
    targets = generator.integers(-2, 3, (problem.pictures, *network.output_shape))
    outputs = int(np.prod(network.output_shape))
    # The mean over outputs and pictures is taken back: gradients stay whole numbers.
    sample_weight = np.full(problem.pictures, problem.pictures * outputs / 2)
    return _Data(weights, images, targets.astype(np.float32), sample_weight)


def _weight(
    name: str, shape: tuple[int, ...], generator: np.random.Generator, *, whole: bool
) -> Array:
    if name.rpartition("/")[2] in ("gamma", "moving_variance"):
        return generator.uniform(0.5, 1.5, shape).astype(np.float32)
    if whole:
        return generator.integers(-1, 2, shape).astype(np.float32)
    return generator.uniform(-1, 1, shape).astype(np.float32)


def _guarded(data: _Data, from_start: bool) -> _Data:
    copy = partial(guarded_copy, from_start=from_start)
    weights = {name: copy(weight) for name, weight in data.weights.items()}
    return _Data(weights, copy(data.images), copy(data.targets), data.sample_weight)


def _is_exact(network: Network, data: _Data) -> bool:
    """Whether every sum is one of whole numbers below 2²⁴, and every factor a power of two."""
    outputs = int(np.prod(network.output_shape))
    if outputs & (outputs - 1) or data.images.shape[0] & (data.images.shape[0] - 1):
        return False
    return _largest_sum(network, data) < _EXACT_LIMIT


def _only_whole_numbers(layer: Layer) -> bool:
    if isinstance(layer, Activation | ActivatedLayer):
        return layer.activation in _EXACT_ACTIVATIONS
    if isinstance(layer, ReLU):
        return layer.negative_slope in (0, 1) and layer.threshold == round(layer.threshold)
    return not isinstance(layer, _INEXACT)


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


def main(lines: Iterable[str]) -> int:
    """Check each line; what differs is printed.

    Returns:
        0: nothing differs; 1: something does; 2: a line is no problem.
    """
    failed = 0
    for line in lines:
        try:
            found = differences(Problem.from_line(line))
        except KonvError as error:
            print(f"{type(error).__name__} {error}", file=sys.stderr)
            return 2
        failed += bool(found)
        print("\n".join(found) or "equal")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or sys.stdin))
