"""A dense layer divided by inputs: exact, and with the same bits for one picture and for many."""

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.module import kernel_text
from konv.engines.compiled.kernels.dense_partial_sums import (
    DensePartialSums,
    DenseSum,
    parts_of,
)
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU
from konv.engines.compiled.target import AARCH64
from oracles.machine import TARGETS, run_guarded, run_guarded_items
from oracles.matrices import integers, poisoned, reals

# inputs, units, parts
SHAPES = [(4608, 128, 8), (1031, 130, 4), (700, 17, 2), (64, 1, 4), (1030, 500, 3)]


def layer(x, kernel, bias, parts, *, rectifier, target):
    """Both kernels after each other, each between guard pages."""
    (pictures, inputs), units = x.shape, kernel.shape[1]
    sizes = np.array([pictures, 8])
    sums = run_guarded_items(
        DensePartialSums(inputs, units, parts),
        *(sizes, x, kernel, poisoned(pictures, parts, units)),
        target=target,
        items=parts,
        block=1,
    )[-1]
    total = DenseSum(parts, units, bias is not None, rectifier)
    given = np.zeros(0, np.float32) if bias is None else bias
    y = poisoned(pictures, units)
    return run_guarded(total, sums, given, y, target=target, count=pictures)[-1]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("inputs", "units", "parts"), SHAPES)
@pytest.mark.parametrize("pictures", [1, 9])
@pytest.mark.parametrize("biased", [True, False])
def test_whole_numbers_are_exact(inputs, units, parts, pictures, biased, target):
    x, kernel = integers(pictures, inputs, seed=1), integers(inputs, units, seed=1)
    bias = integers(units, seed=1) if biased else None
    y = layer(x, kernel, bias, parts, rectifier=RELU, target=target)
    z = x.astype(np.int64) @ kernel.astype(np.int64) + (bias if biased else 0)
    np.testing.assert_array_equal(y, np.maximum(z, 0))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("inputs", "units", "parts"), SHAPES)
def test_a_picture_by_itself_has_the_bits_it_has_in_a_batch(inputs, units, parts, target):
    x, kernel, bias = (
        reals(*shape, seed=units) for shape in ((11, inputs), (inputs, units), (units,))
    )
    together = layer(x, kernel, bias, parts, rectifier=LINEAR, target=target)
    alone = layer(x[7:8], kernel, bias, parts, rectifier=LINEAR, target=target)
    np.testing.assert_array_equal(alone, together[7:8])


@pytest.mark.parametrize(
    ("inputs", "units", "parts"),
    [
        (4608, 128, 8),
        (1024, 64, 4),
        (1023, 64, 1),  # too short
        (2048, 512, 4),
        (2048, 513, 1),  # too wide: divided by units
        (100_000, 10, 16),
    ],
)
def test_long_slender_kernels_are_divided_by_inputs(inputs, units, parts):
    assert parts_of(inputs, units) == parts


@pytest.mark.parametrize("kernel", [DensePartialSums(300, 40, 4), DenseSum(4, 40, True, RELU)])
def test_there_is_code_for_another_processor(kernel):
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)


def test_every_product_is_an_operation():
    assert DensePartialSums(700, 5, 2).operations == 3500
