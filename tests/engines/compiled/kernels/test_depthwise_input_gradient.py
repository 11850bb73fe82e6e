"""The input gradient of depthwise convolution as machine code, against the chain rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.depthwise_input_gradient import DepthwiseInputGradient
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.target import AARCH64
from oracles import naive
from oracles.machine import TARGETS, in_layout, run_guarded
from oracles.problems import WindowProblem, convolution_problems
from oracles.windowed_kernels import DEPTHWISE_PROBLEMS, Setting

BORDER = (1, 0, 2, 1)
NOTHING = np.zeros(0, np.float32)


def _input_gradient(setting: Setting, **fields: object) -> DepthwiseInputGradient:
    problem = setting.problem
    values = {
        "output": setting.map_of_input(*BORDER),
        "multiplier": problem.multiplier,
        "flipped": problem.flip,
        **fields,
    }
    return DepthwiseInputGradient(setting.gradient, window=setting.window, **values)


def _dx(setting: Setting) -> np.ndarray:
    given = setting.x(), setting.kernel(), setting.dy()
    return naive.depthwise_gradients(setting.problem, *given)[0]


def _check_input(setting: Setting, target: str) -> None:
    dx = _dx(setting)
    kernel = _input_gradient(setting)
    arrays = (
        in_layout(setting.dy(), setting.gradient),
        setting.kernel(),
        in_layout(np.full_like(dx, np.nan), kernel.output, 7),
        NOTHING,
    )
    result = run_guarded(kernel, *arrays, target=target, count=len(dx))
    np.testing.assert_array_equal(result[2], in_layout(dx, kernel.output, 7))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("line", DEPTHWISE_PROBLEMS)
def test_the_input_gets_what_every_window_gives_back(line: str, target: str) -> None:
    _check_input(Setting.parse(line), target)


@settings(max_examples=30, deadline=None)
@given(convolution_problems())
def test_it_is_right_for_whatever_window_fits(problem: WindowProblem) -> None:
    _check_input(Setting(problem), TARGETS[-1])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "line",
    [
        *(DEPTHWISE_PROBLEMS[i] for i in (3, 5, 7, 14, 15)),
        # one channel is left over
        "n=2 h=4 w=5 c=9 k=2x3 m=2 p=same",
        "n=2 h=4 w=5 c=11 k=2x3 m=3 p=same",
    ],
)
@pytest.mark.parametrize("rectifier", [LINEAR, RELU, Rectifier(0.25)], ids=str)
def test_the_input_gradient_is_added_and_passes_the_rectifier(
    rectifier: Rectifier, line: str, target: str
) -> None:
    setting = Setting.parse(line)
    dx = _dx(setting)
    before, y = np.random.default_rng(1).integers(-2, 3, (2, *dx.shape)).astype(np.float32)
    activated = setting.map_of_input(0, 3, 0, 1)
    kernel = _input_gradient(setting, accumulate=True, rectifier=rectifier, activated=activated)
    arrays = (
        in_layout(setting.dy(), setting.gradient),
        setting.kernel(),
        in_layout(before, kernel.output, 7),
        in_layout(y, activated, np.nan),
    )
    result = run_guarded(kernel, *arrays, target=target, count=len(dx))
    total = before + dx
    expected = np.where(y > 0, total, rectifier.slope * total)
    np.testing.assert_array_equal(result[2], in_layout(expected, kernel.output, 7))


def test_the_input_gradient_of_a_picture_does_not_depend_on_its_neighbours() -> None:
    setting = Setting.parse("n=5 h=9 w=17 c=20 k=3x3 p=same s=2x2")
    generator = np.random.default_rng(0)
    dz = in_layout(
        generator.standard_normal(setting.dy().shape).astype(np.float32), setting.gradient
    )
    kernel = generator.standard_normal(setting.kernel().shape).astype(np.float32)
    function = KernelFunction(_input_gradient(setting, output=setting.map_of_input()))
    together = np.empty(setting.x().shape, np.float32)
    function(dz, kernel, together, NOTHING, count=5)
    for i in range(5):
        alone = np.full_like(together[0], np.nan)
        function(dz[i].copy(), kernel, alone, NOTHING, first=i, count=1)
        assert (alone == together[i]).all()


def test_nothing_happens_without_pictures() -> None:
    setting = Setting.parse("h=5 w=5 c=3 k=3x3 p=same bias=1")
    for target in TARGETS:
        run_guarded(_input_gradient(setting), *[NOTHING] * 4, target=target, count=0)


@pytest.mark.parametrize("line", [DEPTHWISE_PROBLEMS[i] for i in (3, 4, 7, 11, 14)])
def test_can_be_written_for_other_processors(line: str) -> None:
    kernel = _input_gradient(Setting.parse(line))
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)[:4] == b"\x7fELF"


def test_it_counts_its_multiply_adds() -> None:
    setting = Setting.parse("h=8 w=8 c=3 m=2 k=2x2 s=2x2")
    assert _input_gradient(setting).operations == 64 * 6  # a pixel meets one window
