"""What compiled code makes of NaN, infinity and ties, where it is not what the reference makes.

These are the rows of the table in docs/decisions/0034-nan-infinity-and-ties.md.
"""

from dataclasses import dataclass, field

import numpy as np
import pytest

import konv
from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.target import target_names, target_of
from konv.engines.reference.program import ReferenceEngine

NAN, INF = np.nan, np.inf
RISING = np.arange(1, 17, dtype=np.float32).reshape(1, 4, 4, 1)


def with_number(images, row, column, number):
    images = images.copy()
    images[0, row, column, 0] = number
    return images


@dataclass(frozen=True)
class Case:
    """A network, what it is given, and some of its results in either engine."""

    layers: list
    images: np.ndarray
    reference: dict
    compiled: dict
    target: float = 0.0
    weights: dict = field(default_factory=dict)


POOLED = [
    konv.Input((4, 4, 1)),
    konv.Conv2D(1, 1, activation="relu"),
    konv.MaxPooling2D(2),
    konv.Flatten(),
]
ALONE = [
    konv.Input((4, 4, 1)),
    konv.MaxPooling2D(2),
    konv.Conv2D(1, 1),
    konv.Flatten(),
]
OVERLAPPING = [
    konv.Input((4, 4, 1)),
    konv.Conv2D(1, 1),
    konv.MaxPooling2D(2, strides=1),
    konv.Flatten(),
]
PADDED = [konv.Input((3, 3, 1)), konv.Conv2D(1, 3, padding="same"), konv.Flatten()]
DENSE = [konv.Input((2,)), konv.Dense(1, activation="relu"), konv.Dense(1)]

CASES = {
    "a rectifier passes NaN on": Case(
        DENSE, np.array([[NAN, 1]]), {"outputs": [NAN]}, {"outputs": [NAN]}
    ),
    "its gate lets no gradient pass where z is NaN": Case(
        DENSE,
        np.array([[NAN, 1]]),
        {"dense_1/bias": [NAN]},
        {"dense_1/bias": [0]},
    ),
    "nor NaN where z is not above 0": Case(
        DENSE,
        np.array([[-1.0, -1]]),
        {"dense_1/bias": [NAN]},
        {"dense_1/bias": [0]},
        target=NAN,
    ),
    "a pool in a convolution's kernel keeps NaN as the first of its window": Case(
        POOLED,
        with_number(RISING, 0, 0, NAN),
        {"outputs": [NAN, 8, 14, 16]},
        {"outputs": [NAN, 8, 14, 16]},
    ),
    "and forgets it elsewhere": Case(
        POOLED,
        with_number(RISING, 1, 1, NAN),
        {"outputs": [NAN, 8, 14, 16]},
        {"outputs": [5, 8, 14, 16]},
    ),
    "a pool of its own keeps it everywhere": Case(
        ALONE,
        with_number(RISING, 1, 1, NAN),
        {"outputs": [NAN, 8, 14, 16]},
        {"outputs": [NAN, 8, 14, 16]},
    ),
    "but its gradient finds no element that equals it": Case(
        OVERLAPPING,
        with_number(RISING, 0, 0, NAN),
        {"outputs": [NAN, 7, 8, 10, 11, 12, 14, 15, 16], "conv2d_1/bias": [NAN]},
        {"outputs": [NAN, 7, 8, 10, 11, 12, 14, 15, 16], "conv2d_1/bias": [2 * 93 / 9]},
    ),
    "NaN as a gradient of what is live is passed on": Case(
        POOLED,
        RISING,
        {"conv2d_1/kernel": [NAN]},
        {"conv2d_1/kernel": [NAN]},
        target=NAN,
    ),
    "and nowhere else": Case(
        POOLED,
        -RISING,
        {"conv2d_1/kernel": [NAN]},
        {"conv2d_1/kernel": [0]},
        target=NAN,
    ),
    "infinity that wins is passed on, where dense sums multiply it with 0": Case(
        POOLED,
        with_number(RISING, 0, 1, INF),
        {"outputs": [INF, 8, 14, 16], "conv2d_1/bias": [NAN]},
        {"outputs": [INF, 8, 14, 16], "conv2d_1/bias": [INF]},
    ),
    "infinity that loses is not looked at": Case(
        POOLED,
        with_number(RISING, 0, 0, -INF),
        {"conv2d_1/kernel": [NAN]},
        {"conv2d_1/kernel": [(6**2 + 8**2 + 14**2 + 16**2) / 2]},
    ),
    "of equal elements the first wins": Case(
        POOLED,
        np.ones((1, 4, 4, 1)),
        {"conv2d_1/kernel": [2], "conv2d_1/bias": [2]},
        {"conv2d_1/kernel": [2], "conv2d_1/bias": [2]},
    ),
    "rows of weights that meet only the border are left out": Case(
        PADDED,
        np.ones((1, 3, 3, 1)),
        {"outputs": [NAN, NAN, NAN, NAN, INF, INF, NAN, INF, INF]},
        {"outputs": [4, 6, 4, NAN, INF, INF, NAN, INF, INF]},
        weights={"conv2d_1/kernel": [[INF, 1, 1], [1, 1, 1], [1, 1, 1]]},
    ),
}


def results(engine, network, case):
    """Outputs, and gradients by the names of weights; all weights are 1 unless the case says so."""
    weights = {
        name: np.full(spec.shape, name.endswith("kernel"), np.float32)
        for name, spec in network.weight_specs.items()
    }
    for name, values in case.weights.items():
        weights[name] = np.reshape(np.float32(values), weights[name].shape)
    images = np.asarray(case.images, np.float32)
    targets = np.full((1, *network.output_shape), case.target, np.float32)
    program = engine.compile(network, loss=konv.MeanSquaredError())
    with np.errstate(all="ignore"):
        step = program.loss_and_gradients(weights, images, targets, key=0)
        return {"outputs": program.forward(weights, images), **step.gradients}


@pytest.mark.parametrize("name", CASES)
def test_the_reference_does_what_the_record_says(name):
    case = CASES[name]
    found = results(ReferenceEngine(np.float32), konv.Sequential(case.layers).network, case)
    for which, expected in case.reference.items():
        np.testing.assert_allclose(found[which].ravel(), np.float32(expected), rtol=1e-6)


@pytest.mark.parametrize("target", target_names())
@pytest.mark.parametrize("name", CASES)
def test_compiled_code_does_what_the_record_says(name, target):
    case = CASES[name]
    engine = CompiledEngine(target_of(target))
    found = results(engine, konv.Sequential(case.layers).network, case)
    for which, expected in case.compiled.items():
        np.testing.assert_allclose(found[which].ravel(), np.float32(expected), rtol=1e-6)
