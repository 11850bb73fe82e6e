"""A dense layer for one picture, divided by inputs: the bits of the layer in a batch."""

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.module import kernel_text
from konv.engines.compiled.kernels.dense_alone import DenseSegments, DenseSum
from konv.engines.compiled.kernels.dense_batch import DenseBatch
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU
from konv.engines.compiled.target import AARCH64, target_of
from oracles.machine import TARGETS, run_guarded

SEVERAL_SEGMENTS = [(4608, 128), (515, 130), (700, 17), (64, 1)]
SHAPES = [*SEVERAL_SEGMENTS, (1, 5), (33, 512)]


def alone(x, kernel, bias, *, rectifier, target):
    """Both kernels after each other, each between guard pages."""
    inputs, units = kernel.shape
    first = DenseSegments(inputs, units)
    segments = first.segments(target_of(target))
    empty = np.full((segments, units), np.nan, np.float32)
    *_, sums = run_guarded(first, x, kernel, empty, target=target, count=segments)
    second = DenseSum(segments, units, bias is not None, rectifier)
    given = np.zeros(0, np.float32) if bias is None else bias
    y = np.full(units, np.nan, np.float32)
    return run_guarded(second, sums, given, y, target=target, count=units)[-1]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("inputs", "units"), SHAPES)
@pytest.mark.parametrize("biased", [True, False])
def test_whole_numbers_are_exact(inputs, units, biased, target):
    generator = np.random.default_rng(inputs)
    x, kernel, bias = (
        generator.integers(-3, 4, shape).astype(np.float32)
        for shape in ((inputs,), (inputs, units), (units,))
    )
    y = alone(x, kernel, bias if biased else None, rectifier=RELU, target=target)
    z = x.astype(np.int64) @ kernel.astype(np.int64) + (bias if biased else 0)
    np.testing.assert_array_equal(y, np.maximum(z, 0))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("inputs", "units"), SEVERAL_SEGMENTS)
def test_the_bits_are_those_of_a_picture_in_a_batch(inputs, units, target):
    generator = np.random.default_rng(units)
    x, kernel, bias = (
        generator.normal(size=shape).astype(np.float32)
        for shape in ((3, inputs), (inputs, units), (units,))
    )
    y = np.full((3, units), np.nan, np.float32)
    batch = DenseBatch(inputs, units)
    sizes = np.array([3, 8])
    together = run_guarded(batch, sizes, x, kernel, bias, y, target=target, count=units)[-1]
    by_itself = alone(x[1], kernel, bias, rectifier=LINEAR, target=target)
    np.testing.assert_array_equal(by_itself, together[1])


@pytest.mark.parametrize("kernel", [DenseSegments(300, 40), DenseSum(4, 40, True, RELU)])
def test_there_is_code_for_another_processor(kernel):
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
