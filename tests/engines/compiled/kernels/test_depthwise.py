"""Depthwise convolution as machine code, against loops over its formula."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.kernels.depthwise import Depthwise
from oracles import naive
from oracles.machine import TARGETS, in_layout, run_guarded
from oracles.problems import WindowProblem
from oracles.windowed_kernels import Setting

PROBLEMS = [
    "n=2 h=5 w=7 c=4 k=3x3 p=same bias=1 seed=1",
    "n=1 h=1 w=1 c=1 k=1x1 seed=2",
    "n=3 h=1 w=1 c=3 k=3x3 p=same bias=1 seed=3",
    "n=2 h=9 w=17 c=20 k=3x3 p=same seed=4",
    "n=1 h=8 w=16 c=16 k=3x3 p=same s=2x2 bias=1 seed=5",
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
]


def _kernel(setting: Setting, **fields: object) -> Depthwise:
    problem = setting.problem
    values = {
        "output": setting.output(),
        "multiplier": problem.multiplier,
        "flipped": problem.flip,
        "bias": problem.bias,
        **fields,
    }
    return Depthwise(setting.input, window=setting.window, **values)


def _z(setting: Setting) -> np.ndarray:
    problem = setting.problem
    z = naive.depthwise(problem, setting.x(), setting.kernel())
    return z + setting.bias() if problem.bias else z


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("line", PROBLEMS)
def test_is_the_sum_over_all_windows(line: str, target: str) -> None:
    setting = Setting(WindowProblem.parse(line))
    kernel = _kernel(setting)
    z = _z(setting)
    arrays = (
        in_layout(setting.x(), setting.input),
        setting.kernel(),
        setting.bias(),
        np.full_like(z, np.nan),
    )
    result = run_guarded(kernel, *arrays, target=target, count=len(z))
    np.testing.assert_array_equal(result[3], z)
