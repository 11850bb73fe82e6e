"""Weights rounded to bfloat16: where each lies in the tiles, and what fills them up."""

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.bf16_weights import Bf16Weights
from konv.engines.compiled.kernels.normalization import Formula
from oracles.bf16 import FOREIGN, HERE, bits, tiles
from oracles.machine import run_guarded_items

needs_unit = pytest.mark.skipif(not HERE, reason="no products of bfloat16 here")
NOTHING = np.zeros(0, np.float32)


def results(kernel, weights, variance=NOTHING, gamma=NOTHING, *, block=1):
    written = np.full(kernel.tiles_bytes // 2, 0xFFFF, np.uint16)
    arrays = weights, variance, gamma, written
    return run_guarded_items(kernel, *arrays, target=HERE[0], items=kernel.blocks, block=block)[-1]


def random_weights(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@needs_unit
@pytest.mark.parametrize("block", [1, 3])
@pytest.mark.parametrize("filters", [1, 16, 17, 40])
@pytest.mark.parametrize("channels", [1, 2, 31, 32, 33, 70])
@pytest.mark.parametrize("taps", [1, 6])
def test_each_weight_has_its_place(taps, channels, filters, block):
    weights = random_weights(taps, channels, filters)
    given = results(Bf16Weights(taps, channels, filters), weights, block=block)
    np.testing.assert_array_equal(given, tiles(weights).reshape(-1))


@needs_unit
def test_flipped_taps_come_from_the_last_to_the_first():
    weights = random_weights(9, 5, 20)
    given = results(Bf16Weights(9, 5, 20, flipped=True), weights)
    np.testing.assert_array_equal(given, tiles(weights[::-1]).reshape(-1))


@needs_unit
@pytest.mark.parametrize("scale", [True, False])
def test_a_normalization_is_multiplied_in_before_rounding(scale):
    weights = random_weights(4, 3, 37)
    # Powers of two: their roots and quotients are exact.
    variance = 4.0 ** np.arange(-18, 19, dtype=np.float32)
    gamma = np.linspace(-2, 2, 37, dtype=np.float32)
    kernel = Bf16Weights(4, 3, 37, formula=Formula(0.0, scale))
    given = results(kernel, weights, variance, gamma if scale else NOTHING)
    factor = (gamma if scale else np.float32(1)) / np.sqrt(variance)
    np.testing.assert_array_equal(given, tiles(weights * factor).reshape(-1))


@needs_unit
def test_weights_are_rounded_to_nearest_even():
    halves = np.array([1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20], np.float32)
    given = results(Bf16Weights(1, 1, 3), halves.reshape(1, 1, 3))
    np.testing.assert_array_equal(given[0:6:2], bits(np.float32([1, 1 + 2**-6, 1 + 2**-7])))


@pytest.mark.parametrize("formula", [None, Formula(1e-3)])
@pytest.mark.parametrize("target", FOREIGN, ids=lambda target: target.cpu)
def test_code_is_written_for_other_processors(target, formula):
    assert object_code(kernel_text(Bf16Weights(9, 20, 40, formula=formula), target), target)
