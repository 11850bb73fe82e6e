"""BatchNormalization backward, against the layer's NumPy formulas in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.normalization import Formula
from konv.engines.compiled.kernels.normalization_gradients import (
    NormalizationInputGradient,
    NormalizationSums,
    NormalizationWeightGradients,
)
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.target import AARCH64
from konv.layers import BatchNormalization
from konv.layers.base import Context
from oracles.machine import TARGETS, in_layout, out_of_layout, run_guarded

LAYOUTS = [
    MapLayout(1, 1, 1),
    MapLayout(1, 1, 35),
    MapLayout(5, 7, 1, 1, 1, 1, 1),
    MapLayout(17, 20, 3),
    MapLayout(6, 5, 8, 0, 1),
    MapLayout(3, 3, 16, 1, 1, 1, 1),
    MapLayout(4, 3, 20),
    MapLayout(2, 3, 100, 0, 0, 0, 2),
    MapLayout(2, 1, 512),
]
EPSILON = 1e-3


@dataclass(frozen=True)
class Given:
    """A batch on its way back."""

    maps: np.ndarray
    gradient: np.ndarray
    gamma: np.ndarray
    beta: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        return self.maps.mean(axis=(0, 1, 2), dtype=np.float64).astype(np.float32)

    @property
    def variance(self) -> np.ndarray:
        return self.maps.astype(np.float64).var(axis=(0, 1, 2)).astype(np.float32)

    @property
    def statistics(self) -> tuple[np.ndarray, ...]:
        """What forward used, in the order of the pointers."""
        return self.mean, self.variance, self.gamma, self.beta

    def expected(self, formula: Formula) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """∂x, and ∂γ and ∂β."""
        layer = BatchNormalization(epsilon=formula.epsilon)
        weights = {"gamma": self.gamma, "beta": self.beta}
        wide = {name: values.astype(np.float64) for name, values in weights.items()}
        wide |= {"moving_mean": wide["beta"], "moving_variance": wide["beta"]}
        maps = self.maps.astype(np.float64)
        z, saved = layer.forward(wide, (maps,), Context(training=True))
        gradient = np.where(z > 0, 1, formula.rectifier.slope) * self.gradient
        (x,), by_weight = layer.backward(wide, saved, gradient)
        return x, by_weight


def _given(layout: MapLayout, pictures: int = 5) -> Given:
    random = np.random.default_rng(layout.channels)
    size = (pictures, layout.height, layout.width, layout.channels)
    numbers = random.normal(size=(2, *size)).astype(np.float32)
    gamma, beta = random.normal(size=(2, layout.channels)).astype(np.float32)
    return Given(numbers[0] * 2 + 1, numbers[1], gamma, beta)


def _other(layout: MapLayout, *border: int) -> MapLayout:
    return MapLayout(layout.height, layout.width, layout.channels, *border)


def _lane_sums(given: Given, layout: MapLayout, formula: Formula, target: str) -> np.ndarray:
    """[2 lanes, 2, channels]: the first three pictures, in two tiles, and the others."""
    gradient_layout = _other(layout, 1, 0, 0, 1)
    kernel = NormalizationSums(layout, gradient_layout, formula)
    sums = []
    for tiles in ([slice(0, 2), slice(2, 3)], [slice(3, None)]):
        so_far = np.zeros((2, layout.channels))
        for tile in tiles:
            x = in_layout(given.maps[tile], layout, border=np.nan)
            dy = in_layout(given.gradient[tile], gradient_layout, border=np.nan)
            arrays = (x, *given.statistics, dy, so_far)
            so_far = run_guarded(kernel, *arrays, target=target, count=len(x))[-1]
        sums.append(so_far)
    return np.array(sums)


def _weight_gradients(sums: np.ndarray, given: Given, target: str) -> list[np.ndarray]:
    """∂γ and ∂β."""
    channels = len(given.gamma)
    return run_guarded(
        NormalizationWeightGradients(channels, 16 * channels, EPSILON),
        np.array([5, 3], np.int64),
        sums,
        given.variance,
        *np.full((2, channels), np.nan, np.float32),
        target=target,
        count=channels,
    )[-2:]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rectifier", [LINEAR, RELU, Rectifier(0.25)], ids=str)
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_gradients_of_scale_and_shift(layout: MapLayout, rectifier: Rectifier, target: str) -> None:
    given, formula = _given(layout), Formula(EPSILON, rectifier=rectifier)
    sums = _lane_sums(given, layout, formula, target)
    by_gamma, by_beta = _weight_gradients(sums, given, target)
    _x, expected = given.expected(formula)
    size = np.sqrt(given.gradient[..., 0].size)
    np.testing.assert_allclose(by_gamma, expected["gamma"], rtol=1e-5, atol=2e-6 * size)
    np.testing.assert_allclose(by_beta, expected["beta"], rtol=1e-5, atol=2e-6 * size)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_sums_are_exact_for_whole_numbers(layout: MapLayout, target: str) -> None:
    random = np.random.default_rng(0)
    size = (5, layout.height, layout.width, layout.channels)
    x, dy = random.integers(-9, 10, (2, *size)).astype(np.float32)
    mean = random.integers(-3, 4, layout.channels).astype(np.float32)
    kernel = NormalizationSums(layout, layout, Formula(EPSILON))
    ones = np.ones(layout.channels, np.float32)
    arrays = [mean, ones, ones, ones, in_layout(dy, layout, border=np.nan)]
    sums = run_guarded(
        kernel,
        in_layout(x, layout, border=np.nan),
        *arrays,
        np.full((2, layout.channels), 5.0),
        target=target,
        count=5,
    )[-1]
    np.testing.assert_array_equal(sums[0] - 5, dy.sum(axis=(0, 1, 2)))
    np.testing.assert_array_equal(sums[1] - 5, (dy * (x - mean)).sum(axis=(0, 1, 2)))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("rectifier", "gate", "accumulate"),
    [(LINEAR, LINEAR, False), (RELU, LINEAR, True), (Rectifier(0.25), RELU, False)],
    ids=str,
)
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_gradient_of_the_input(
    layout: MapLayout, rectifier: Rectifier, gate: Rectifier, accumulate: bool, target: str
) -> None:
    given, formula = _given(layout), Formula(EPSILON, rectifier=rectifier)
    x, by_weight = given.expected(formula)
    gradients = [by_weight[name].astype(np.float32) for name in ("gamma", "beta")]
    gradient_layout, input_gradient = _other(layout, 0, 1, 1, 0), _other(layout, 0, 0, 2, 1)
    before = np.full((5, input_gradient.size), 7, np.float32)
    dx = run_guarded(
        NormalizationInputGradient(
            layout, gradient_layout, input_gradient, formula, accumulate, gate
        ),
        np.array([5, 3], np.int64),
        in_layout(given.maps, layout, border=np.nan),
        *given.statistics,
        *gradients,
        in_layout(given.gradient, gradient_layout, border=np.nan),
        before,
        target=target,
        count=5,
    )[-1]
    expected = np.where(given.maps > 0, 1, gate.slope) * (x + 7 * accumulate)
    inside = out_of_layout(dx, input_gradient)
    np.testing.assert_allclose(inside, expected, rtol=2e-5, atol=2e-5 * np.abs(x).max())
    untouched = in_layout(np.zeros_like(given.maps), input_gradient, border=7).reshape(dx.shape)
    np.testing.assert_array_equal(dx[untouched == 7], 7)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("scale", "center"), [(False, False), (True, False), (False, True)])
def test_scale_and_shift_can_be_left_out(scale: bool, center: bool, target: str) -> None:
    layout = MapLayout(3, 4, 5)
    given = _given(layout)
    nothing = np.full(5, np.nan, np.float32)
    one, zero = np.ones(5, np.float32), np.zeros(5, np.float32)
    plain = Given(
        given.maps, given.gradient, given.gamma if scale else one, given.beta if center else zero
    )
    formula = Formula(EPSILON, scale, center, RELU)
    x, by_weight = plain.expected(formula)
    weights = (given.gamma if scale else nothing, given.beta if center else nothing)
    statistics = (given.mean, given.variance, *weights)
    maps, gradient = (in_layout(array, layout) for array in (given.maps, given.gradient))
    sums = run_guarded(
        NormalizationSums(layout, layout, formula),
        *(maps, *statistics, gradient, np.zeros((2, 5))),
        target=target,
        count=5,
    )[-1]
    by_gamma, by_beta = _weight_gradients(np.array([sums, 0 * sums]), given, target)
    np.testing.assert_allclose(by_gamma, by_weight["gamma"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(by_beta, by_weight["beta"], rtol=1e-5, atol=1e-5)
    dx = run_guarded(
        NormalizationInputGradient(layout, layout, layout, formula),
        np.array([5, 3], np.int64),
        *(maps, *statistics, by_gamma, by_beta, gradient, np.full_like(maps, np.nan)),
        target=target,
        count=5,
    )[-1]
    np.testing.assert_allclose(dx, x, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize(
    "kernel",
    [
        NormalizationSums(LAYOUTS[3], LAYOUTS[3], Formula(EPSILON, rectifier=RELU)),
        NormalizationSums(LAYOUTS[-1], LAYOUTS[-1], Formula(EPSILON)),
        NormalizationWeightGradients(20, 320, EPSILON),
        NormalizationInputGradient(*[LAYOUTS[3]] * 3, Formula(EPSILON, rectifier=RELU)),
        NormalizationInputGradient(*[LAYOUTS[-1]] * 3, Formula(EPSILON), True, RELU),
    ],
    ids=str,
)
def test_writes_code_for_aarch64(kernel: Kernel) -> None:
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
