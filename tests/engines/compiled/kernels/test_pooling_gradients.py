"""The gradients of pools as machine code, against loops over their windows."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.pooling_gradients import PoolingGradient
from oracles import naive
from oracles.machine import TARGETS, in_layout, run_guarded
from oracles.problems import WindowProblem
from oracles.windowed_kernels import Setting

KINDS = ("max", "min", "average")
PROBLEMS = [
    "n=2 h=4 w=6 c=16 k=2x2 s=2x2 seed=1",
    "n=1 h=1 w=1 c=1 k=1x1 seed=2",
    "n=2 h=9 w=23 c=20 k=2x2 s=2x2 seed=3",
    "n=3 h=7 w=11 c=5 k=3x3 s=1x1 p=same seed=4",
    "n=1 h=8 w=9 c=37 k=3x2 s=2x1 p=full seed=5",
    "n=1 h=5 w=6 c=4 k=4x4 s=1x1 p=3,3,3,3 seed=6",
    "n=1 h=9 w=13 c=3 k=2x3 s=4x5 p=1,0,2,1 seed=7",
    "n=2 h=8 w=8 c=33 k=8x8 seed=8",
    "n=1 h=11 w=37 c=7 k=11x37 seed=9",
    "n=1 h=5 w=40 c=17 k=3x13 s=2x4 p=1,1,12,5 seed=10",
    "n=1 h=3 w=3 c=512 k=2x2 s=1x1 p=same seed=11",
    "n=1 h=6 w=5 c=2 k=3x3 s=3x3 p=same seed=12",
    "n=1 h=48 w=66 c=2 k=3x3 s=1x2 p=1 seed=13",
]


def pooled(setting: Setting, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """x, y, dy and dx."""
    problem = setting.problem
    if kind == "average":
        times = naive.window_counts(problem)
        x, dy = setting.x(times=times), setting.dy(times=times)
        y, dx = naive.average_pool(problem, x, dy)
    else:
        x, dy = setting.x(), setting.dy()
        y, dx = naive.extreme_pool(problem, x, dy, largest=kind == "max")
    return x, y, dy, dx


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize("line", PROBLEMS)
def test_goes_to_the_first_that_was_chosen_or_to_all(
    line: str, accumulate: bool, kind: str, target: str
) -> None:
    setting = Setting(WindowProblem.parse(line))
    x, y, dy, dx = pooled(setting, kind)
    border = (1, 0, 2, 1)
    layouts = (
        MapLayout(*x.shape[1:], *border),
        setting.output(),
        setting.output(0, 1, 0, 1),
        MapLayout(*x.shape[1:], 0, 1, 0, 3),
    )
    kernel = PoolingGradient(
        layouts[0], layouts[1], setting.window, kind, layouts[2], layouts[3], accumulate
    )
    before = np.full_like(x, np.nan)
    if accumulate:
        before = np.arange(x.size, dtype=np.float32).reshape(x.shape) % 7
    maps = (x, y, dy, before)
    arrays = [in_layout(m, layout, 7) for m, layout in zip(maps, layouts, strict=True)]
    result = run_guarded(kernel, *arrays, target=target, count=len(x))[3]
    expected = dx + before if accumulate else dx
    np.testing.assert_array_equal(result, in_layout(expected, layouts[3], 7))
