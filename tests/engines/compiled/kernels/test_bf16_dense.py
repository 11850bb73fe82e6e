"""Dense layers in bfloat16 against sums of rounded numbers, on every unit that this machine has."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.bf16_dense import Bf16Dense
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from oracles.bf16 import FOREIGN, HERE, bits, rounded
from oracles.machine import run_guarded_items

every_unit = pytest.mark.parametrize("target", HERE, ids=lambda target: target.bf16)

# pictures, inputs, units
SHAPES = [
    (1, 1, 1),
    (1, 33, 16),
    (3, 64, 32),
    (15, 31, 17),
    (16, 100, 40),
    (17, 512, 33),
    (33, 513, 70),
    (40, 1025, 20),
]


def filled(numbers, count):
    """Rows with zeros behind them."""
    return np.pad(numbers, ((0, 0), (0, -numbers.shape[1] % count)))


def run(arrays, kernel, target, block=None):
    x, weights, bias = arrays
    pictures, units = len(x), kernel.units
    memory = (
        np.array([pictures, 1], np.int64),
        filled(bits(x), 32),
        weights,
        bias,
        np.full((pictures, -(-units // 32) * 32), np.nan, np.float32),
        np.full((pictures, units), np.nan, np.float32),
    )
    block = block or kernel.block
    return run_guarded_items(kernel, *memory, target=target, items=units, block=block)[-1]


def arrays_of(shape, make):
    pictures, inputs, units = shape
    return make((pictures, inputs)), make((inputs, units)), make((units,))


def whole_numbers(shape):
    return np.random.default_rng(0).integers(-5, 6, shape).astype(np.float32)


def real_numbers(shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@every_unit
@pytest.mark.parametrize("rectifier", [LINEAR, RELU, Rectifier(0.25)], ids=lambda r: r.slope)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_sums_of_whole_numbers_are_exact(shape, rectifier, target):
    x, weights, bias = arrays = arrays_of(shape, whole_numbers)
    z = x @ weights + bias
    given = run(arrays, Bf16Dense(*shape[1:], rectifier=rectifier), target)
    np.testing.assert_array_equal(given, np.where(z > 0, z, z * np.float32(rectifier.slope)))


@every_unit
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_products_of_rounded_numbers_are_summed_in_float32(shape, target):
    x, weights, bias = arrays = arrays_of(shape, real_numbers)
    x, weights = (rounded(each).astype(np.float64) for each in (x, weights))
    allowed = 2 * shape[1] * np.finfo(np.float32).eps * (np.abs(x) @ np.abs(weights) + np.abs(bias))
    given = run(arrays, Bf16Dense(*shape[1:]), target)
    assert (np.abs(given - (x @ weights + bias)) <= allowed).all()


@every_unit
def test_without_a_bias(target):
    x, weights, _ = arrays_of((5, 40, 37), whole_numbers)
    given = run((x, weights, np.zeros(0, np.float32)), Bf16Dense(40, 37, bias=False), target)
    np.testing.assert_array_equal(given, x @ weights)


@every_unit
@pytest.mark.parametrize("block", [32, 64, 128])
def test_the_size_of_tasks_changes_no_bit(block, target):
    arrays = arrays_of((18, 70, 100), real_numbers)
    kernel = Bf16Dense(70, 100)
    np.testing.assert_array_equal(run(arrays, kernel, target, block), run(arrays, kernel, target))


@every_unit
def test_a_picture_has_the_same_bits_in_any_company(target):
    x, weights, bias = arrays_of((35, 600, 40), real_numbers)
    kernel = Bf16Dense(600, 40)
    together = run((x, weights, bias), kernel, target)
    for some in (slice(0, 1), slice(15, 17), slice(16, 35)):
        alone = run((np.ascontiguousarray(x[some]), weights, bias), kernel, target)
        np.testing.assert_array_equal(alone, together[some])


@every_unit
def test_what_is_no_number_stays_with_its_picture_and_its_unit(target):
    x, weights, bias = arrays_of((20, 50, 30), whole_numbers)
    x[7, 3], weights[2, 5] = np.nan, np.inf
    given = run((x, weights, bias), Bf16Dense(50, 30), target)
    expected = np.zeros((20, 30), bool)
    expected[7], expected[:, 5] = True, True
    np.testing.assert_array_equal(~np.isfinite(given), expected)


@every_unit
def test_no_pictures_are_no_work(target):
    x, weights, bias = arrays_of((0, 20, 10), whole_numbers)
    assert run((x, weights, bias), Bf16Dense(20, 10), target).shape == (0, 10)


@pytest.mark.parametrize("target", FOREIGN, ids=lambda target: target.cpu)
def test_code_is_written_for_other_processors(target):
    words = {"tiles": "tdpbf16ps", "dot": "dpbf16ps.512"}
    text = kernel_text(Bf16Dense(600, 40), target)
    assert words[target.bf16] in text
    assert object_code(text, target)
