"""The gradients of depthwise convolution as machine code, against the chain rule term by term."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.depthwise_gradients import (
    DepthwiseInputGradient,
    DepthwiseWeightGradient,
)
from oracles import naive
from oracles.machine import TARGETS, in_layout, run_guarded
from oracles.problems import WindowProblem
from oracles.windowed_kernels import Setting

PROBLEMS = [
    "n=2 h=5 w=7 c=4 k=3x3 p=same bias=1 seed=1",
    "n=1 h=1 w=1 c=1 k=1x1 seed=2",
    "n=3 h=1 w=1 c=3 k=3x3 p=same bias=1 seed=3",
    "n=2 h=9 w=17 c=20 k=3x3 p=same seed=4",
    "n=2 h=8 w=16 c=16 k=3x3 p=same s=2x2 bias=1 seed=5",
    "n=2 h=7 w=9 c=37 k=3x2 s=2x3 p=1,0,2,1 flip=1 bias=1 seed=6",
    "n=1 h=12 w=11 c=5 k=5x5 p=full d=2x1 seed=7",
    "n=1 h=9 w=23 c=33 k=2x11 s=1x2 p=1,0,6,7 seed=8",
    "n=1 h=3 w=4 c=17 k=7x9 p=same bias=1 flip=1 seed=9",
    "n=1 h=4 w=3 c=512 k=3x3 p=same seed=10",
    "n=2 h=5 w=6 c=7 m=2 k=3x3 p=same bias=1 seed=11",
    "n=1 h=5 w=6 c=6 m=3 k=3x3 s=2x1 p=same flip=1 bias=1 seed=12",
    "n=1 h=4 w=5 c=3 m=5 k=2x2 bias=1 seed=13",
    "n=1 h=4 w=5 c=2 m=16 k=3x3 p=same seed=14",
    "n=1 h=4 w=5 c=2 m=37 k=2x3 d=1x2 p=full bias=1 seed=15",
    "n=1 h=20 w=20 c=3 k=2x2 s=9x7 d=3x3 seed=16",
    "n=1 h=13 w=14 c=3 k=3x3 s=4x2 d=2x4 p=same bias=1 seed=17",
]


def _gradients(setting: Setting) -> tuple[np.ndarray, np.ndarray]:
    return naive.depthwise_gradients(setting.problem, setting.x(), setting.kernel(), setting.dy())


def _input_gradient(setting: Setting, **fields: object) -> DepthwiseInputGradient:
    problem = setting.problem
    values = {
        "output": MapLayout(*problem.size, problem.channels),
        "multiplier": problem.multiplier,
        "flipped": problem.flip,
        **fields,
    }
    return DepthwiseInputGradient(setting.gradient, window=setting.window, **values)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("line", PROBLEMS)
def test_the_input_gets_what_every_window_gives_back(line: str, target: str) -> None:
    setting = Setting(WindowProblem.parse(line))
    dx, _kernel = _gradients(setting)
    arrays = [
        in_layout(setting.dy(), setting.gradient),
        setting.kernel(),
        np.full_like(dx, np.nan),
        np.zeros(0, np.float32),
    ]
    result = run_guarded(_input_gradient(setting), *arrays, target=target, count=len(dx))
    np.testing.assert_array_equal(result[2], dx)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("line", PROBLEMS)
def test_the_weights_get_sums_over_all_pixels_added(line: str, target: str) -> None:
    setting = Setting(WindowProblem.parse(line))
    problem = setting.problem
    _dx, kernel_gradient = _gradients(setting)
    kernel = DepthwiseWeightGradient(
        setting.input,
        setting.output(0, 1, 2, 0),
        setting.window,
        problem.multiplier,
        problem.flip,
        problem.bias,
    )
    before = setting.kernel(), setting.bias()
    arrays = [
        in_layout(setting.x(), setting.input),
        in_layout(setting.dy(), kernel.gradient, np.nan),
        *before,
    ]
    result = run_guarded(kernel, *arrays, target=target, count=problem.pictures)
    np.testing.assert_array_equal(result[2], before[0] + kernel_gradient)
    sums = setting.dy().sum(axis=(0, 1, 2)) if problem.bias else 0
    np.testing.assert_array_equal(result[3], before[1] + sums)
