"""Functions of single numbers over maps."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.activation import Gate, Sum
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.target import AARCH64
from oracles.machine import TARGETS, in_layout, run_guarded

LAYOUTS = {
    "no border": [MapLayout(3, 5, 7)] * 3,
    "borders": [MapLayout(3, 5, 7), MapLayout(3, 5, 7, 1, 0, 2, 1), MapLayout(3, 5, 7, 0, 1, 0, 0)],
    "a vector": [MapLayout(1, 1, 10)] * 3,
    "one column of one channel": [MapLayout(5, 1, 1, 1, 1, 1, 1)] * 3,
    "many channels": [MapLayout(2, 3, 67, 1, 1, 1, 1)] * 3,
}
FUNCTIONS = {
    LINEAR: lambda z: z,
    RELU: lambda z: np.maximum(z, 0),
    Rectifier(0.5): lambda z: np.where(z > 0, z, z / 2),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rectifier", FUNCTIONS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_sums_are_those_of_numpy(name: str, rectifier: Rectifier, target: str) -> None:
    layouts = LAYOUTS[name]
    random = np.random.default_rng(1)
    shape = (3, layouts[0].height, layouts[0].width, layouts[0].channels)
    a, b = (random.normal(size=shape).astype(np.float32) for _ in range(2))
    stored = [in_layout(maps, layout) for maps, layout in zip((a, b), layouts, strict=False)]
    expected = in_layout(FUNCTIONS[rectifier](a + b), layouts[2], border=np.nan)
    y = np.full_like(expected, np.nan)
    results = run_guarded(Sum(*layouts, rectifier), *stored, y, target=target, count=3)
    np.testing.assert_array_equal(results[2], expected)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize("rectifier", FUNCTIONS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_gate_lets_the_gradient_of_positive_results_pass(
    name: str, rectifier: Rectifier, accumulate: bool, target: str
) -> None:
    layouts = LAYOUTS[name]
    random = np.random.default_rng(2)
    shape = (3, layouts[0].height, layouts[0].width, layouts[0].channels)
    y = random.integers(-2, 3, shape).astype(np.float32)
    dy, before = (random.normal(size=shape).astype(np.float32) for _ in range(2))
    expected = np.where(y > 0, dy, dy * np.float32(rectifier.slope)) + before * accumulate
    stored = [
        in_layout(maps, layout, border=np.nan)
        for maps, layout in zip((y, dy, before), layouts, strict=True)
    ]
    kernel = Gate(rectifier, *layouts, accumulate)
    results = run_guarded(kernel, *stored, target=target, count=3)
    expected = in_layout(expected, layouts[2], border=np.nan)
    np.testing.assert_array_equal(results[2], expected)


@pytest.mark.parametrize(
    "kernel", [Sum(*LAYOUTS["borders"], RELU), Gate(RELU, *LAYOUTS["borders"])]
)
def test_code_for_another_processor(kernel: Sum | Gate) -> None:
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
