"""Weights change if all losses are finite, and only then."""

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.module import kernel_text
from konv.engines.compiled.kernels.copying import Copy
from konv.engines.compiled.kernels.if_finite import IfFinite
from konv.engines.compiled.kernels.updates import SGDUpdate
from konv.engines.compiled.target import AARCH64
from oracles.machine import TARGETS, run_guarded

SETTINGS = np.array([0.5, 0.0], np.float32)


def updated(losses, *, target, first=0, count=10, step=1):
    gradient, weight = np.ones(10 * step, np.float32), np.ones(10 * step, np.float32)
    return run_guarded(
        IfFinite(SGDUpdate(decay=False), step),
        *(np.array([len(losses), 8]), losses.astype(np.float32), SETTINGS, gradient, weight),
        target=target,
        first=first,
        count=count,
    )[-1]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("pictures", [1, 4, 16, 17, 100])
def test_finite_losses_let_weights_change(pictures, target):
    losses = np.linspace(-3e38, 3e38, pictures)
    np.testing.assert_array_equal(updated(losses, target=target), 0.5)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("pictures", "place"), [(1, 0), (16, 3), (17, 16), (40, 39)])
def test_one_loss_that_is_not_finite_keeps_them(pictures, place, wrong, target):
    losses = np.ones(pictures)
    losses[place] = wrong
    np.testing.assert_array_equal(updated(losses, target=target), 1)


@pytest.mark.parametrize("target", TARGETS)
def test_things_of_several_elements_are_counted_by_things(target):
    weight = updated(np.ones(3), target=target, first=2, count=5, step=7)
    np.testing.assert_array_equal(weight, np.repeat([1, 0.5, 1], [14, 35, 21]))


@pytest.mark.parametrize("target", TARGETS)
def test_an_array_may_have_room_for_the_things_of_a_call_only(target):
    kernel = IfFinite(SGDUpdate(decay=False), 7, "gradient")
    gradient, weight = np.arange(35, dtype=np.float32), np.zeros(70, np.float32)
    *_, after = run_guarded(
        kernel,
        *(np.array([3, 8]), np.ones(3, np.float32), SETTINGS, gradient, weight),
        target=target,
        first=2,
        count=5,
    )
    np.testing.assert_array_equal(after[14:49], gradient * -0.5)
    assert not after[:14].any()
    assert not after[49:].any()


def test_there_is_code_for_another_processor():
    kernel = IfFinite(Copy((7,), (1,), (1,), 0, 0, 7, 7))
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
