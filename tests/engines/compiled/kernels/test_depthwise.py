"""Depthwise convolution as machine code, against loops over its formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.depthwise import Depthwise
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.target import AARCH64, target_of
from oracles import naive
from oracles.machine import TARGETS, in_layout, run_guarded
from oracles.problems import WindowProblem, convolution_problems
from oracles.windowed_kernels import DEPTHWISE_PROBLEMS, Setting

BORDER = (1, 0, 2, 1)


def _kernel(setting: Setting, **fields: object) -> Depthwise:
    problem = setting.problem
    values = {
        "output": setting.map_of_output(),
        "multiplier": problem.multiplier,
        "flipped": problem.flip,
        "bias": problem.bias,
        **fields,
    }
    return Depthwise(setting.input, window=setting.window, **values)


def _check(setting: Setting, target: str, rectifier: Rectifier = LINEAR) -> None:
    """Between guard pages, into a map with a border that must stay as it is."""
    z = naive.depthwise(setting.problem, setting.x(), setting.kernel())
    if setting.problem.bias:
        z += setting.bias()
    y = np.where(z > 0, z, rectifier.slope * z)
    output = setting.map_of_output(*BORDER)
    arrays = (
        in_layout(setting.x(), setting.input),
        setting.kernel(),
        setting.bias() if setting.problem.bias else np.zeros(0, np.float32),
        in_layout(np.full_like(y, np.nan), output, 7),
    )
    kernel = _kernel(setting, output=output, rectifier=rectifier)
    result = run_guarded(kernel, *arrays, target=target, count=len(z))
    np.testing.assert_array_equal(result[3], in_layout(y, output, 7))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("line", DEPTHWISE_PROBLEMS)
def test_is_the_sum_over_all_windows(line: str, target: str) -> None:
    _check(Setting.parse(line), target)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rectifier", [RELU, Rectifier(0.25)], ids=str)
def test_is_rectified(rectifier: Rectifier, target: str) -> None:
    _check(Setting.parse(DEPTHWISE_PROBLEMS[3]), target, rectifier)


@settings(max_examples=40, deadline=None)
@given(convolution_problems())
def test_is_right_for_whatever_window_fits(problem: WindowProblem) -> None:
    _check(Setting(problem), TARGETS[-1])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("line", [DEPTHWISE_PROBLEMS[i] for i in (3, 6, 11, 14)])
def test_real_numbers_are_as_near_as_their_sums_allow(line: str, target: str) -> None:
    setting = Setting.parse(line)
    generator = np.random.default_rng(0)
    x, kernel, bias = (
        generator.standard_normal(array.shape).astype(np.float32)
        for array in (setting.x(), setting.kernel(), setting.bias())
    )
    wide, sizes = (
        naive.depthwise(setting.problem, a.astype(float), b.astype(float))
        for a, b in ((x, kernel), (abs(x), abs(kernel)))
    )
    function = KernelFunction(_kernel(setting, bias=True), target_of(target))
    y = np.empty(wide.shape, np.float32)
    function(in_layout(x, setting.input), kernel, bias, y, count=len(x))
    terms = kernel.shape[0] * kernel.shape[1] + 1
    limit = terms * np.finfo(np.float32).eps * (sizes + abs(bias))
    assert (abs(y - (wide + bias)) <= limit).all()


def test_a_picture_does_not_depend_on_its_neighbours() -> None:
    setting = Setting.parse("n=5 h=9 w=17 c=20 k=3x3 p=same bias=1")
    generator = np.random.default_rng(0)
    x = generator.standard_normal(setting.x().shape).astype(np.float32)
    kernel, bias = (
        generator.standard_normal(array.shape).astype(np.float32)
        for array in (setting.kernel(), setting.bias())
    )
    function, memory = KernelFunction(_kernel(setting)), in_layout(x, setting.input)
    together = np.empty((5, *setting.output_size, setting.maps), np.float32)
    function(memory, kernel, bias, together, count=5)
    for i in range(5):
        alone = np.full_like(together[0], np.nan)
        function(memory[i].copy(), kernel, bias, alone, first=i, count=1)
        assert (alone == together[i]).all()


def test_nothing_happens_without_pictures() -> None:
    setting = Setting.parse(DEPTHWISE_PROBLEMS[0])
    empty = np.zeros(0, np.float32)
    for target in TARGETS:
        run_guarded(_kernel(setting), empty, empty, empty, empty, target=target, count=0)


@pytest.mark.parametrize("line", [DEPTHWISE_PROBLEMS[i] for i in (3, 7, 11, 14)])
def test_can_be_written_for_other_processors(line: str) -> None:
    kernel = _kernel(Setting.parse(line))
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)[:4] == b"\x7fELF"


def test_counts_its_multiply_adds() -> None:
    assert _kernel(Setting.parse("h=8 w=8 c=3 m=2 k=3x5 p=same")).operations == 64 * 6 * 15
