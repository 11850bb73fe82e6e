"""The gradients of pools as machine code, against loops over their windows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.pooling_gradients import PoolingGradient
from konv.engines.compiled.target import AARCH64, target_of
from konv.layers.global_pooling import GlobalMaxPooling2D
from konv.layers.pooling import AveragePooling2D
from oracles.machine import TARGETS, in_layout, run_guarded
from oracles.problems import WindowProblem, pool_problems
from oracles.windowed_kernels import POOL_PROBLEMS, Setting

KINDS = ("max", "min", "average")


def _kernel(setting: Setting, kind: str, *, accumulate: bool = False) -> PoolingGradient:
    """All maps with a border of their own."""
    return PoolingGradient(
        setting.map_of_input(1, 0, 2, 1),
        setting.map_of_output(0, 0, 1, 0),
        setting.window,
        kind,
        setting.map_of_output(0, 1, 0, 1),
        setting.map_of_input(0, 1, 0, 3),
        accumulate,
    )


def _check(setting: Setting, kind: str, target: str, *, accumulate: bool) -> None:
    """What lies around the maps is neither looked at nor written to."""
    kernel = _kernel(setting, kind, accumulate=accumulate)
    x, y, dy, dx = setting.pooled(kind)
    before = np.arange(x.size, dtype=np.float32).reshape(x.shape) % 7
    arrays = (
        in_layout(x, kernel.input, np.nan),
        in_layout(y, kernel.output, np.nan),
        in_layout(dy, kernel.gradient, np.nan),
        in_layout(before if accumulate else np.full_like(x, np.nan), kernel.input_gradient, 7),
    )
    result = run_guarded(kernel, *arrays, target=target, count=len(x))
    expected = before + dx if accumulate else dx
    np.testing.assert_array_equal(result[3], in_layout(expected, kernel.input_gradient, 7))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("line", POOL_PROBLEMS)
def test_goes_to_the_first_that_was_chosen_or_to_all(line: str, kind: str, target: str) -> None:
    _check(Setting.parse(line), kind, target, accumulate=False)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("line", POOL_PROBLEMS)
def test_is_added_to_what_is_there(line: str, kind: str) -> None:
    _check(Setting.parse(line), kind, TARGETS[-1], accumulate=True)


@settings(max_examples=40, deadline=None)
@given(pool_problems(), st.sampled_from(KINDS), st.booleans())
def test_is_right_for_whatever_window_fits(
    problem: WindowProblem, kind: str, accumulate: bool
) -> None:
    _check(Setting(problem), kind, TARGETS[-1], accumulate=accumulate)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("number", [0, -np.inf, np.inf])
@pytest.mark.parametrize("kind", ["max", "min"])
def test_of_equal_elements_the_first_on_the_map_gets_all(
    kind: str, number: float, target: str
) -> None:
    # 2×2 windows, 2 apart, on a 3×3 map with a padding of 1: they begin in its corners.
    x = np.full((1, 3, 3, 1), number, np.float32)
    y, dy = np.full((2, 2), number, np.float32), np.array([[1, 2], [3, 4]], np.float32)
    large, small = MapLayout(3, 3, 1), MapLayout(2, 2, 1)
    window = Window((2, 2), (2, 2), padding=(1, 1))
    kernel = PoolingGradient(large, small, window, kind, small, large)
    dx = run_guarded(kernel, x, y, dy, np.full_like(x, np.nan), target=target)[3]
    np.testing.assert_array_equal(dx[0, :, :, 0], [[1, 2, 0], [3, 4, 0], [0, 0, 0]])


def test_the_choice_of_a_whole_map_is_that_of_the_reference() -> None:
    x = np.random.default_rng(0).integers(0, 4, (3, 9, 17, 20)).astype(np.float32)
    dy = np.random.default_rng(1).standard_normal((3, 20)).astype(np.float32)
    layer = GlobalMaxPooling2D()
    large, small = MapLayout(9, 17, 20), MapLayout(1, 1, 20)
    kernel = PoolingGradient(large, small, Window((9, 17), (9, 17)), "max", small, large)
    result = run_guarded(
        kernel, x, layer.pool(x), dy, np.full_like(x, np.nan), target=TARGETS[-1], count=3
    )
    expected = layer.spread(x, dy.reshape(3, 1, 1, 20))
    np.testing.assert_array_equal(result[3], expected)


@pytest.mark.parametrize("target", TARGETS)
def test_a_share_is_rounded_as_the_reference_rounds_it(target: str) -> None:
    layer = AveragePooling2D(3, strides=3, padding="same")
    axes = layer.axes((7, 8, 5))
    dy = np.random.default_rng(0).integers(-9, 10, (2, 3, 3, 5)).astype(np.float32)
    padded = np.zeros((2, *(axis.size + axis.before + axis.after for axis in axes), 5), np.float32)
    layer.spread(dy, (padded, axes, dy), padded)
    top, left = axes[0].before, axes[1].before
    window = Window((3, 3), (3, 3), padding=(top, left))
    large, small = MapLayout(7, 8, 5), MapLayout(3, 3, 5)
    kernel = PoolingGradient(large, small, window, "average", small, large)
    nothing, dx = np.zeros(0, np.float32), np.full((2, 7, 8, 5), np.nan, np.float32)
    KernelFunction(kernel, target_of(target))(nothing, nothing, dy, dx, count=2)
    np.testing.assert_array_equal(dx, padded[:, top : top + 7, left : left + 8])


def test_a_picture_does_not_depend_on_its_neighbours() -> None:
    generator = np.random.default_rng(0)
    dy = generator.standard_normal((5, 4, 4, 20)).astype(np.float32)
    large, small = MapLayout(9, 9, 20), MapLayout(4, 4, 20)
    kernel = PoolingGradient(large, small, Window((3, 3), (2, 2)), "average", small, large)
    nothing, together = np.zeros(0, np.float32), np.empty((5, 9, 9, 20), np.float32)
    function = KernelFunction(kernel)
    function(nothing, nothing, dy, together, count=5)
    for i in range(5):
        alone = np.full_like(together[0], np.nan)
        function(nothing, nothing, dy[i].copy(), alone, first=i, count=1)
        assert (alone == together[i]).all()


def test_nothing_happens_without_pictures() -> None:
    for target in TARGETS:
        kernel = _kernel(Setting.parse(POOL_PROBLEMS[2]), "max")
        run_guarded(kernel, *[np.zeros(0, np.float32)] * 4, target=target, count=0)


@pytest.mark.parametrize("kind", KINDS)
def test_can_be_written_for_other_processors(kind: str) -> None:
    for line in POOL_PROBLEMS:
        kernel = _kernel(Setting.parse(line), kind)
        assert object_code(kernel_text(kernel, AARCH64), AARCH64)[:4] == b"\x7fELF"
