"""What the reference of every layer keeps to: shapes, dtypes, cuts of a batch, given arrays."""

import math

import numpy as np
import pytest

from konv.layers import Context
from oracles.samples import SAMPLES

EACH_SAMPLE = pytest.mark.parametrize("sample", SAMPLES, ids=str)
BOTH_WAYS = pytest.mark.parametrize("training", [False, True], ids=["using", "training"])
BOTH_DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def both_passes(sample, *, pictures=3, dtype=np.float64, training=True, change=lambda x: x):
    """(output, gradients of inputs, gradients of weights), with every array put through change."""
    weights = {name: change(value) for name, value in sample.weights(dtype).items()}
    inputs = tuple(change(value) for value in sample.inputs(pictures, dtype))
    context = Context(training=training, key=77)
    output, saved = sample.layer.forward(weights, inputs, context)
    gradient = change(sample.gradient(pictures, dtype))
    return output, *sample.layer.backward(weights, saved, gradient)


@EACH_SAMPLE
@BOTH_WAYS
@pytest.mark.parametrize("pictures", [1, 2, 5])
def test_the_output_has_the_promised_shape(sample, training, pictures):
    output, _inputs, _weights = both_passes(sample, pictures=pictures, training=training)
    assert output.shape == (pictures, *sample.layer.output_shape(*sample.shapes))


@EACH_SAMPLE
@BOTH_WAYS
def test_a_batch_of_nothing_gives_nothing(sample, training):
    if sample.layer.whole_batch(training):
        return  # the mean of nothing is not a number
    output, inputs, weights = both_passes(sample, pictures=0, training=training)
    assert output.shape == (0, *sample.layer.output_shape(*sample.shapes))
    assert [value.shape for value in inputs] == [(0, *shape) for shape in sample.shapes]
    assert not any(value.any() for value in weights.values())


@EACH_SAMPLE
@BOTH_WAYS
@BOTH_DTYPES
def test_numbers_keep_their_dtype_both_ways(sample, training, dtype):
    output, inputs, weights = both_passes(sample, dtype=dtype, training=training)
    assert output.dtype == dtype
    assert {value.dtype for value in inputs} == {np.dtype(dtype)}
    assert {value.dtype for value in weights.values()} <= {np.dtype(dtype)}


@EACH_SAMPLE
@BOTH_DTYPES
def test_new_values_of_untrained_weights_keep_shape_and_dtype(sample, dtype):
    weights, inputs = sample.weights(dtype), sample.inputs(dtype=dtype)
    _output, saved = sample.layer.forward(weights, inputs, Context(training=True))
    updates = sample.layer.state_updates(weights, saved)
    specs = {spec.name: spec for spec in sample.layer.weight_specs(*sample.shapes)}
    assert set(updates) == {name for name, spec in specs.items() if not spec.trainable}
    for name, value in updates.items():
        assert value.shape == specs[name].shape
        assert value.dtype == dtype
    _output, saved = sample.layer.forward(weights, inputs, Context())
    assert sample.layer.state_updates(weights, saved) == {}


@EACH_SAMPLE
@BOTH_WAYS
def test_gradients_have_the_shapes_of_what_they_belong_to(sample, training):
    _output, inputs, weights = both_passes(sample, training=training)
    assert [value.shape for value in inputs] == [(3, *shape) for shape in sample.shapes]
    trained = {
        spec.name: spec.shape
        for spec in sample.layer.weight_specs(*sample.shapes)
        if spec.trainable
    }
    assert {name: value.shape for name, value in weights.items()} == trained


@EACH_SAMPLE
@BOTH_WAYS
def test_nothing_that_is_given_is_changed(sample, training):
    weights, inputs, gradient = sample.weights(), sample.inputs(), sample.gradient()
    given = [*weights.values(), *inputs, gradient]
    before = [value.copy() for value in given]
    for value in given:
        value.flags.writeable = False
    output, saved = sample.layer.forward(weights, inputs, Context(training=training, key=1))
    kept = output.copy()
    sample.layer.backward(weights, saved, gradient)
    sample.layer.backward(weights, saved, gradient)
    assert all(np.array_equal(a, b) for a, b in zip(before, given, strict=True))
    assert np.array_equal(output, kept)


@EACH_SAMPLE
@BOTH_WAYS
def test_the_backward_pass_can_be_repeated(sample, training):
    first, second = (both_passes(sample, training=training) for _ in range(2))
    assert_same(first, second)


def strided(value):
    """The same numbers, with gaps between them in memory and the axes in another order."""
    wide = np.zeros((*value.shape[::-1], 2), value.dtype)
    view = wide[..., 0].T
    view[...] = value
    assert value.size < 2 or not view.flags.c_contiguous
    return view


def reversed_in_memory(value):
    """The same numbers, last element first in memory: negative strides."""
    every = (slice(None, None, -1),) * value.ndim
    return np.ascontiguousarray(value[every])[every]


def unaligned(value):
    """The same numbers, one byte off the addresses that the processor prefers."""
    memory = np.zeros(value.nbytes + 1, np.uint8)[1:].view(value.dtype)
    view = memory.reshape(value.shape)
    view[...] = value
    assert not view.flags.aligned
    return view


@EACH_SAMPLE
@BOTH_WAYS
@pytest.mark.parametrize("change", [strided, reversed_in_memory, unaligned])
def test_the_layout_in_memory_makes_no_difference(sample, training, change):
    plain = both_passes(sample, training=training)
    other = both_passes(sample, training=training, change=change)
    assert_same(plain, other, tolerance=1e-12)


@EACH_SAMPLE
@BOTH_WAYS
def test_a_batch_may_be_cut_anywhere(sample, training):
    if sample.layer.whole_batch(training):
        return
    weights, inputs = sample.weights(), sample.inputs(5)
    gradient = sample.gradient(5)
    whole, saved = sample.layer.forward(weights, inputs, Context(training=training, key=9))
    flowing, _ = sample.layer.backward(weights, saved, gradient)
    for cut in (1, 2, 4):
        for part in (slice(0, cut), slice(cut, 5)):
            context = Context(training=training, key=9, first_picture=part.start)
            pieces = tuple(value[part] for value in inputs)
            output, saved = sample.layer.forward(weights, pieces, context)
            np.testing.assert_allclose(output, whole[part], rtol=1e-12, atol=1e-14)
            back, _ = sample.layer.backward(weights, saved, gradient[part])
            for one, all_of_it in zip(back, flowing, strict=True):
                np.testing.assert_allclose(one, all_of_it[part], rtol=1e-12, atol=1e-14)


def test_only_batch_normalization_in_training_needs_the_whole_batch():
    for sample in SAMPLES:
        assert not sample.layer.whole_batch(training=False)
        assert sample.layer.whole_batch(training=True) == (sample.kind == "BatchNormalization")


@EACH_SAMPLE
def test_without_windows_there_are_no_axes_and_with_them_they_give_the_output_size(sample):
    axes = sample.layer.axes(*sample.shapes)
    slides = sample.kind in WINDOWED
    assert (axes is not None) == slides
    if slides:
        height, width, _channels = sample.layer.map_size(sample.layer.output_shape(*sample.shapes))
        assert (axes[0].output, axes[1].output) == (height, width)


@EACH_SAMPLE
@pytest.mark.parametrize("factor", [2**31, 2**62, 2**63 - 1])
def test_sizes_and_costs_never_overflow(sample, factor):
    """Shapes as large as these are refused when layers are connected; until then they are exact."""
    layer = sample.layer
    shapes = tuple(tuple(size * factor for size in shape) for shape in sample.shapes)
    sizes = [*layer.output_shape(*shapes), layer.macs(*shapes)]
    for spec in layer.weight_specs(*shapes):
        sizes += [*spec.shape, spec.size]
    assert all(type(size) is int and size >= 0 for size in sizes)
    if sample.kind == "Dense":
        assert layer.macs(*shapes) == math.prod(shapes[0]) * layer.units
    if sample.kind == "Flatten":
        assert layer.output_shape(*shapes) == (
            math.prod(sample.shapes[0]) * factor ** len(shapes[0]),
        )


WINDOWED = {
    "Conv2D",
    "DepthwiseConv2D",
    "SeparableConv2D",
    "MaxPooling2D",
    "AveragePooling2D",
    "MinPooling2D",
    "ZeroPadding2D",
}


def assert_same(first, second, tolerance=0.0):
    (y, inputs, weights), (other_y, other_inputs, other_weights) = first, second
    assert weights.keys() == other_weights.keys()
    pairs = [(y, other_y), *zip(inputs, other_inputs, strict=True)]
    pairs += [(weights[name], other_weights[name]) for name in weights]
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
