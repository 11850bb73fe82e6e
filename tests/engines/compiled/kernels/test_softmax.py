"""Softmax and its gradient, against float64."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.softmax import Softmax, SoftmaxGradient
from konv.engines.compiled.target import AARCH64
from konv.layers.activations import ACTIVATIONS
from oracles.machine import TARGETS, run_guarded

SIZES = [(1, 1), (1, 2), (1, 3), (1, 10), (1, 16), (1, 17), (3, 7), (1, 100), (2, 64), (1, 1000)]
REFERENCE = ACTIVATIONS["softmax"]


def _numbers(rows: int, units: int) -> np.ndarray:
    random = np.random.default_rng(units)
    return (random.normal(size=(3, rows, units)) * 5).astype(np.float32)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("rows", "units"), SIZES)
def test_each_row_becomes_shares(rows: int, units: int, target: str) -> None:
    z = _numbers(rows, units)
    kernel = Softmax(rows, units)
    y = run_guarded(kernel, z, np.full_like(z, np.nan), target=target, count=3)[1]
    exact = REFERENCE.forward(z.astype(np.float64))
    # z − max, at most 64, is rounded by up to 2⁻¹⁹, and so much the power is off, relatively.
    np.testing.assert_allclose(y, exact, rtol=2**-18, atol=1e-38)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("rows", "units"), SIZES)
def test_gradient(rows: int, units: int, target: str) -> None:
    z = _numbers(rows, units)
    dy = np.random.default_rng(7).normal(size=z.shape).astype(np.float32)
    y = REFERENCE.forward(z)
    exact = REFERENCE.backward(z.astype("f8"), y.astype("f8"), dy.astype("f8"))
    arrays = (y, dy, np.full_like(z, np.nan))
    dz = run_guarded(SoftmaxGradient(rows, units), *arrays, target=target, count=3)[2]
    np.testing.assert_allclose(dz, exact, rtol=1e-5, atol=2e-7)


@pytest.mark.parametrize("units", [5, 20])
@pytest.mark.parametrize(
    "first", [(1e30, 0), (-1e30, 0), (-np.inf, 0), (np.inf, 0), (np.nan, 0), (0, np.nan)]
)
def test_corners_are_those_of_the_reference(first: tuple[float, float], units: int) -> None:
    z = np.zeros((1, 1, units), np.float32)
    z[..., :2] = first
    with np.errstate(invalid="ignore"):
        expected = REFERENCE.forward(z)
    y = run_guarded(Softmax(1, units), z, np.zeros_like(z), target=TARGETS[-1])[1]
    np.testing.assert_array_equal(np.isnan(y), np.isnan(expected))
    np.testing.assert_allclose(y, expected, rtol=1e-6)


def test_a_row_of_minus_infinity_has_no_softmax() -> None:
    z = np.full((1, 1, 5), -np.inf, np.float32)
    assert np.isnan(run_guarded(Softmax(1, 5), z, np.zeros_like(z), target=TARGETS[-1])[1]).all()


@pytest.mark.parametrize("kernel", [Softmax(2, 21), SoftmaxGradient(2, 21)], ids=repr)
def test_code_for_another_processor(kernel: Softmax | SoftmaxGradient) -> None:
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
