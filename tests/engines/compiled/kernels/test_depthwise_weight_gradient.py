"""The weight gradients of depthwise convolution as machine code, against the chain rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.depthwise_weight_gradient import DepthwiseWeightGradient
from konv.engines.compiled.target import AARCH64
from oracles import naive
from oracles.machine import TARGETS, in_layout, run_guarded
from oracles.problems import WindowProblem, convolution_problems
from oracles.windowed_kernels import DEPTHWISE_PROBLEMS, Setting

NOTHING = np.zeros(0, np.float32)


def _weight_gradient(setting: Setting) -> DepthwiseWeightGradient:
    problem = setting.problem
    return DepthwiseWeightGradient(
        setting.input,
        setting.map_of_output(0, 1, 2, 0),
        setting.window,
        problem.multiplier,
        problem.flip,
        problem.bias,
    )


def _kernel_gradient(setting: Setting) -> np.ndarray:
    given = setting.x(), setting.kernel(), setting.dy()
    return naive.depthwise_gradients(setting.problem, *given)[1]


def _check_weights(setting: Setting, target: str) -> None:
    """They are added to what is there; what lies around dz is not looked at."""
    kernel = _weight_gradient(setting)
    before = setting.kernel(), setting.bias() if kernel.bias else NOTHING
    arrays = (
        in_layout(setting.x(), setting.input),
        in_layout(setting.dy(), kernel.gradient, np.nan),
        *before,
    )
    result = run_guarded(kernel, *arrays, target=target, count=setting.problem.pictures)
    np.testing.assert_array_equal(result[2], before[0] + _kernel_gradient(setting))
    if kernel.bias:
        np.testing.assert_array_equal(result[3], before[1] + setting.dy().sum(axis=(0, 1, 2)))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("line", DEPTHWISE_PROBLEMS)
def test_the_weights_get_sums_over_all_pixels(line: str, target: str) -> None:
    _check_weights(Setting.parse(line), target)


@settings(max_examples=30, deadline=None)
@given(convolution_problems())
def test_they_are_right_for_whatever_window_fits(problem: WindowProblem) -> None:
    _check_weights(Setting(problem), TARGETS[-1])


@pytest.mark.parametrize("target", TARGETS)
def test_sums_of_real_numbers_are_as_near_as_their_sizes_allow(target: str) -> None:
    setting = Setting.parse("n=4 h=19 w=18 c=21 k=3x3 p=same bias=1")
    generator = np.random.default_rng(0)
    x, dz = (
        generator.standard_normal(array.shape).astype(np.float32)
        for array in (setting.x(), setting.dy())
    )
    kernel = setting.kernel().astype(float)
    wide, sizes = (
        naive.depthwise_gradients(setting.problem, a.astype(float), kernel, b.astype(float))[1]
        for a, b in ((x, dz), (abs(x), abs(dz)))
    )
    weights = _weight_gradient(setting)
    arrays = (in_layout(x, setting.input), in_layout(dz, weights.gradient))
    zeros = np.zeros(wide.shape, np.float32), np.zeros(21, np.float32)
    result = run_guarded(weights, *arrays, *zeros, target=target, count=4)
    terms = 4 * 19 * 18
    assert (abs(result[2] - wide) <= terms * np.finfo(np.float32).eps * sizes).all()


def test_nothing_happens_without_pictures() -> None:
    setting = Setting.parse("h=5 w=5 c=3 k=3x3 p=same bias=1")
    weights = setting.kernel(), setting.bias()
    for target in TARGETS:
        result = run_guarded(
            _weight_gradient(setting), NOTHING, NOTHING, *weights, target=target, count=0
        )
        np.testing.assert_array_equal(result[2], weights[0])


@pytest.mark.parametrize("line", [DEPTHWISE_PROBLEMS[i] for i in (3, 4, 7, 11, 14)])
def test_can_be_written_for_other_processors(line: str) -> None:
    kernel = _weight_gradient(Setting.parse(line))
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)[:4] == b"\x7fELF"


def test_they_count_their_multiply_adds() -> None:
    setting = Setting.parse("h=8 w=8 c=3 m=2 k=2x2 s=2x2")
    assert _weight_gradient(setting).operations == 16 * 6 * 4
