"""BatchNormalization forward, against the layer's NumPy formulas in float64."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.normalization import (
    BatchStatistics,
    ChannelSums,
    Formula,
    Normalize,
)
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.target import AARCH64
from konv.layers import BatchNormalization
from konv.layers.base import Context
from oracles.machine import TARGETS, in_layout, out_of_layout, run_guarded

# height, width, channels, border: top, bottom, left, right
LAYOUTS = [
    MapLayout(1, 1, 1),
    MapLayout(1, 1, 10),
    MapLayout(1, 1, 67),
    MapLayout(5, 7, 1),
    MapLayout(4, 6, 3, 1, 0, 2, 1),
    MapLayout(17, 20, 3),
    MapLayout(6, 5, 8, 1, 1),
    MapLayout(3, 3, 16, 1, 1, 1, 1),
    MapLayout(4, 3, 20),
    MapLayout(2, 2, 37, 0, 0, 1, 0),
    MapLayout(3, 2, 64),
    MapLayout(1, 2, 100, 0, 1, 0, 1),
    MapLayout(2, 1, 512),
]
EPSILON = 1e-3


def maps_for(layout: MapLayout, pictures: int, seed: int = 0) -> np.ndarray:
    """Numbers whose channels have means and deviations of their own."""
    random = np.random.default_rng(seed)
    mean, deviation = random.normal(size=layout.channels) * 3, random.uniform(0.2, 4)
    size = (pictures, layout.height, layout.width, layout.channels)
    return (random.normal(size=size) * deviation + mean).astype(np.float32)


def weights_for(channels: int) -> dict[str, np.ndarray]:
    """γ, β, and moving values."""
    random = np.random.default_rng(channels)
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    numbers = random.normal(size=(4, channels)).astype(np.float32)
    weights = dict(zip(names, numbers, strict=True))
    weights["moving_variance"] = np.abs(weights["moving_variance"])
    return weights


def lane_sums(maps: np.ndarray, layout: MapLayout, target: str, lane: int) -> np.ndarray:
    """[lanes, 2, channels], every lane given in tiles of two pictures."""
    kernel, sums = ChannelSums(layout), []
    for first in range(0, len(maps), lane):
        so_far = np.zeros((2, layout.channels))
        last = min(first + lane, len(maps))
        for start in range(first, last, 2):
            tile = in_layout(maps[start : min(start + 2, last)], layout, border=np.nan)
            so_far = run_guarded(kernel, tile, so_far, target=target, count=len(tile))[1]
        sums.append(so_far)
    return np.array(sums)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_sums_of_channels_are_exact_for_whole_numbers(layout: MapLayout, target: str) -> None:
    size = (5, layout.height, layout.width, layout.channels)
    maps = np.random.default_rng(3).integers(-99, 100, size).astype(np.float32)
    sums = lane_sums(maps, layout, target, lane=5)[0]
    wide = maps.astype(np.float64)
    np.testing.assert_array_equal(sums[0], wide.sum(axis=(0, 1, 2)))
    np.testing.assert_array_equal(sums[1], np.square(wide).sum(axis=(0, 1, 2)))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("layout", LAYOUTS[2:-1:3], ids=str)
def test_statistics_are_those_of_the_batch_whatever_its_lanes(
    layout: MapLayout, target: str
) -> None:
    maps, channels = maps_for(layout, 5), layout.channels
    weights = weights_for(channels)
    wide = maps.astype(np.float64)
    mean, variance = wide.mean(axis=(0, 1, 2)), wide.var(axis=(0, 1, 2))
    for lane in (2, 8):
        sums = lane_sums(maps, layout, target, lane)
        ran = run_guarded(
            BatchStatistics(channels, layout.height * layout.width, 16 * channels, 0.9),
            np.array([5, lane], np.int64),
            sums,
            weights["moving_mean"],
            weights["moving_variance"],
            *np.full((4, channels), np.nan, np.float32),
            target=target,
            count=channels,
        )
        expected = (
            mean,
            variance,
            weights["moving_mean"] * 0.9 + mean * 0.1,
            weights["moving_variance"] * 0.9 + variance * 0.1,
        )
        for actual, wanted in zip(ran[4:], expected, strict=True):
            np.testing.assert_allclose(actual, wanted, rtol=1e-6, atol=1e-6)


def test_statistics_of_a_block_of_channels_leave_the_others_alone() -> None:
    sums = np.random.default_rng(0).uniform(1, 2, (3, 2, 20)).cumsum(axis=1) * 10
    arrays = [np.full(20, 7, np.float32) for _ in range(6)]
    kernel = BatchStatistics(20, 4, 320, 0.5)
    sizes = np.array([24, 8], np.int64)
    for target in TARGETS:
        ran = run_guarded(kernel, sizes, sums, *arrays, target=target, first=3, count=14)
        total = sums.sum(axis=0) / 96
        np.testing.assert_allclose(ran[4][3:17], total[0, 3:17], rtol=1e-6)
        for array in ran[4:]:
            np.testing.assert_array_equal(array[:3], 7)
            np.testing.assert_array_equal(array[17:], 7)


@pytest.mark.parametrize("target", TARGETS)
def test_moving_values_equal_the_layers_bit_by_bit(target: str) -> None:
    """Whole numbers whose mean and variance are exact."""
    layer, layout = BatchNormalization(momentum=0.97), MapLayout(2, 2, 6)
    maps = np.random.default_rng(1).integers(-9, 10, (4, 2, 2, 6)).astype(np.float32)
    maps[-1, -1, -1] -= maps.sum(axis=(0, 1, 2)) % 16  # the mean is a whole number
    weights = weights_for(6)
    _y, saved = layer.forward(weights, (maps,), Context(training=True))
    updates = layer.state_updates(weights, saved)
    ran = run_guarded(
        BatchStatistics(6, 4, 96, layer.momentum),
        np.array([4, 8], np.int64),
        lane_sums(maps, layout, target, lane=4),
        weights["moving_mean"],
        weights["moving_variance"],
        *np.full((4, 6), np.nan, np.float32),
        target=target,
        count=6,
    )
    np.testing.assert_array_equal(ran[4], saved.batch_mean)
    np.testing.assert_array_equal(ran[5], saved.batch_variance)
    np.testing.assert_array_equal(ran[6], updates["moving_mean"])
    np.testing.assert_array_equal(ran[7], updates["moving_variance"])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("mean", "deviation"), [(0, 1e-3), (1000, 1), (-30, 1e-2)])
def test_variance_far_from_zero_is_as_good_as_float32(
    mean: float, deviation: float, target: str
) -> None:
    layout = MapLayout(16, 16, 3)
    noise = np.random.default_rng(4).normal(size=(8, 16, 16, 3))
    maps = (mean + deviation * noise).astype(np.float32)
    ran = run_guarded(
        BatchStatistics(3, 256, 48, 0.9),
        np.array([8, 4], np.int64),
        lane_sums(maps, layout, target, lane=4),
        *np.zeros((6, 3), np.float32),
        target=target,
        count=3,
    )
    wide = maps.astype(np.float64)
    np.testing.assert_allclose(ran[5], wide.var(axis=(0, 1, 2)), rtol=2e-7)


@pytest.mark.parametrize("target", TARGETS)
def test_equal_numbers_have_no_negative_variance(target: str) -> None:
    maps = np.full((8, 3, 3, 2), 1 / 3, np.float32) * np.array([1, 3e4], np.float32)
    ran = run_guarded(
        BatchStatistics(2, 9, 32, 0.9),
        np.array([8, 8], np.int64),
        lane_sums(maps, MapLayout(3, 3, 2), target, lane=8),
        *np.zeros((6, 2), np.float32),
        target=target,
        count=2,
    )
    np.testing.assert_array_equal(ran[4], maps[0, 0, 0])
    assert (ran[5] >= 0).all()
    assert (ran[5] < 1e-6 * np.square(maps[0, 0, 0])).all()


def _normalized(
    maps: np.ndarray, layouts: tuple[MapLayout, MapLayout], formula: Formula, target: str
) -> np.ndarray:
    """The memory of y, which was full of sevens."""
    weights = weights_for(layouts[0].channels)
    nothing = np.full(layouts[0].channels, np.nan, np.float32)
    y = np.full((len(maps), layouts[1].size), 7, np.float32)
    return run_guarded(
        Normalize(*layouts, formula),
        in_layout(maps, layouts[0], border=np.nan),
        weights["moving_mean"],
        weights["moving_variance"],
        weights["gamma"] if formula.scale else nothing,
        weights["beta"] if formula.center else nothing,
        y,
        target=target,
        count=len(maps),
    )[-1]


def _expected(maps: np.ndarray, formula: Formula) -> np.ndarray:
    layer = BatchNormalization(epsilon=formula.epsilon, scale=formula.scale, center=formula.center)
    wide = {name: values.astype(np.float64) for name, values in weights_for(maps.shape[-1]).items()}
    z, _saved = layer.forward(wide, (maps.astype(np.float64),), Context())
    return np.where(z > 0, z, z * formula.rectifier.slope)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rectifier", [LINEAR, RELU, Rectifier(0.25)], ids=str)
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_normalizes_scales_shifts_and_rectifies(
    layout: MapLayout, rectifier: Rectifier, target: str
) -> None:
    bordered = MapLayout(layout.height, layout.width, layout.channels, 1, 2, 0, layout.width % 2)
    maps, formula = maps_for(layout, 3), Formula(EPSILON, rectifier=rectifier)
    y = _normalized(maps, (layout, bordered), formula, target)
    inside = out_of_layout(y, bordered)
    expected = _expected(maps, formula)
    np.testing.assert_allclose(inside, expected, rtol=1e-5, atol=2e-5)
    untouched = in_layout(np.zeros_like(maps), bordered, border=7).reshape(y.shape) == 7
    np.testing.assert_array_equal(y[untouched], 7)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("scale", "center"), [(False, False), (True, False), (False, True)])
def test_scale_and_shift_can_be_left_out(scale: bool, center: bool, target: str) -> None:
    layout = MapLayout(3, 4, 5)
    maps, formula = maps_for(layout, 2), Formula(EPSILON, scale, center, RELU)
    y = _normalized(maps, (layout, layout), formula, target)
    expected = _expected(maps, formula)
    np.testing.assert_allclose(out_of_layout(y, layout), expected, rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("layout", LAYOUTS[3:8], ids=str)
def test_a_picture_is_the_same_wherever_it_stands(layout: MapLayout, target: str) -> None:
    maps, formula = maps_for(layout, 3), Formula(EPSILON)
    together = _normalized(maps, (layout, layout), formula, target)
    alone = _normalized(maps[2:], (layout, layout), formula, target)
    assert out_of_layout(together, layout)[2].tobytes() == out_of_layout(alone, layout)[0].tobytes()


@pytest.mark.parametrize(
    "kernel",
    [
        ChannelSums(LAYOUTS[4]),
        ChannelSums(LAYOUTS[-1]),
        BatchStatistics(20, 9, 320, 0.99),
        Normalize(LAYOUTS[4], LAYOUTS[4], Formula(EPSILON, rectifier=RELU)),
        Normalize(LAYOUTS[-1], LAYOUTS[-1], Formula(EPSILON)),
    ],
    ids=str,
)
def test_writes_code_for_aarch64(kernel: ChannelSums | BatchStatistics | Normalize) -> None:
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
