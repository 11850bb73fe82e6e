"""Pools as machine code, against loops over their windows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.pooling import Pooling
from konv.engines.compiled.target import AARCH64, target_of
from konv.layers.pooling import AveragePooling2D
from oracles.machine import TARGETS, in_layout, run_guarded
from oracles.problems import WindowProblem, pool_problems
from oracles.windowed_kernels import POOL_PROBLEMS, Setting

KINDS = ("max", "min", "average")
BORDERS = ((0, 0, 0, 0), (1, 0, 2, 1))


def _check(setting: Setting, kind: str, border: tuple[int, ...], target: str) -> None:
    """What lies around the maps is neither looked at nor written to."""
    x, y, _dy, _dx = setting.pooled(kind)
    input, output = setting.map_of_input(*border), setting.map_of_output(*reversed(border))
    arrays = in_layout(x, input, np.nan), in_layout(np.full_like(y, np.nan), output, 7)
    kernel = Pooling(input, output, setting.window, kind)
    result = run_guarded(kernel, *arrays, target=target, count=len(x))
    np.testing.assert_array_equal(result[1], in_layout(y, output, 7))


def _pooled(
    x: np.ndarray, window: Window, kind: str, target: str = TARGETS[-1], size: int = 1
) -> np.ndarray:
    """A map of size × size windows."""
    y = np.full((len(x), size, size, x.shape[3]), np.nan, np.float32)
    kernel = Pooling(MapLayout(*x.shape[1:]), MapLayout(*y.shape[1:]), window, kind)
    return run_guarded(kernel, x, y, target=target, count=len(x))[1]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("line", POOL_PROBLEMS)
def test_makes_one_number_of_each_window(line: str, kind: str, target: str) -> None:
    _check(Setting.parse(line), kind, BORDERS[1], target)


@settings(max_examples=40, deadline=None)
@given(pool_problems(), st.sampled_from(KINDS), st.sampled_from(BORDERS))
def test_is_right_for_whatever_window_fits(
    problem: WindowProblem, kind: str, border: tuple[int, ...]
) -> None:
    _check(Setting(problem), kind, border, TARGETS[-1])


@pytest.mark.parametrize("target", TARGETS)
def test_a_mean_is_rounded_as_the_reference_rounds_it(target: str) -> None:
    x = np.random.default_rng(0).integers(-9, 10, (2, 6, 7, 5)).astype(np.float32)
    layer = AveragePooling2D(3, strides=2, padding="same")
    axes = layer.axes(x.shape[1:])
    window = Window((3, 3), (2, 2), padding=(axes[0].before, axes[1].before))
    y = np.empty((2, 3, 4, 5), np.float32)
    kernel = Pooling(MapLayout(6, 7, 5), MapLayout(3, 4, 5), window, "average")
    KernelFunction(kernel, target_of(target))(x, y, count=2)
    np.testing.assert_array_equal(y, layer.pool(x, axes))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("channels", [3, 40])
def test_a_whole_large_map_is_one_window(channels: int, target: str) -> None:
    x = np.random.default_rng(0).standard_normal((1, 199, 512, channels)).astype(np.float32)
    window = Window((199, 512), (199, 512))
    for kind, expected in (("max", x.max(axis=(1, 2))), ("min", x.min(axis=(1, 2)))):
        np.testing.assert_array_equal(_pooled(x, window, kind, target)[:, 0, 0], expected)
    mean = _pooled(x, window, "average", target)[:, 0, 0]
    size = abs(x).mean(axis=(1, 2), dtype=float)
    exact = x.mean(axis=(1, 2), dtype=float)
    terms = 199 * 512 / 8 + 8  # it is summed in eight parts
    assert (abs(mean - exact) <= terms * np.finfo(np.float32).eps * size).all()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [3, 12])
def test_what_is_not_a_number_stays_so_wherever_it_stands(
    size: int, kind: str, target: str
) -> None:
    x = np.zeros((size * size, size, size, 5), np.float32)
    for place in range(size * size):
        x[place, place // size, place % size, 2] = np.nan
    y = _pooled(x, Window((size, size)), kind, target)
    assert np.isnan(y[..., 2]).all()
    assert (y[..., [0, 1, 3, 4]] == 0).all()


@pytest.mark.parametrize("target", TARGETS)
def test_infinities_are_numbers_too(target: str) -> None:
    x = np.array([[-np.inf, np.inf], [-np.inf, np.inf]], np.float32).reshape(1, 2, 2, 1)
    window = Window((2, 1), (2, 1), padding=(1, 0))
    kernel = Pooling(MapLayout(2, 2, 1), MapLayout(1, 2, 1), window, "max")
    for kind in ("max", "min"):
        kernel = Pooling(MapLayout(2, 2, 1), MapLayout(1, 2, 1), window, kind)
        result = run_guarded(kernel, x, np.zeros(2, np.float32), target=target)[1]
        np.testing.assert_array_equal(result, [-np.inf, np.inf])


def test_a_picture_does_not_depend_on_its_neighbours() -> None:
    x = np.random.default_rng(0).standard_normal((5, 9, 9, 20)).astype(np.float32)
    kernel = Pooling(MapLayout(9, 9, 20), MapLayout(4, 4, 20), Window((3, 3), (2, 2)), "average")
    function, together = KernelFunction(kernel), np.empty((5, 4, 4, 20), np.float32)
    function(x, together, count=5)
    for i in range(5):
        alone = np.full_like(together[0], np.nan)
        function(x[i].copy(), alone, first=i, count=1)
        assert (alone == together[i]).all()


def test_nothing_happens_without_pictures() -> None:
    kernel = Pooling(MapLayout(4, 4, 3), MapLayout(2, 2, 3), Window((2, 2), (2, 2)), "max")
    for target in TARGETS:
        run_guarded(kernel, *[np.zeros(0, np.float32)] * 2, target=target, count=0)


@pytest.mark.parametrize("kind", KINDS)
def test_can_be_written_for_other_processors(kind: str) -> None:
    for line in POOL_PROBLEMS:
        setting = Setting.parse(line)
        layouts = setting.map_of_input(), setting.map_of_output()
        kernel = Pooling(*layouts, setting.window, kind)
        assert object_code(kernel_text(kernel, AARCH64), AARCH64)[:4] == b"\x7fELF"
