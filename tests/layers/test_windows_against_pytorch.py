"""Convolutions and pools equal PyTorch: exactly on whole numbers, else within rounding.

The bound on real numbers is 2 K ε Σ|x||w|, with K the number of products in a sum: twice, since
both sides round.
"""

import numpy as np
import pytest
from hypothesis import given

from konv.layers import (
    AveragePooling2D,
    Context,
    Conv2D,
    DepthwiseConv2D,
    MaxPooling2D,
    MinPooling2D,
    SeparableConv2D,
)
from oracles import naive, pytorch
from oracles.problems import WindowProblem, convolution_problems, pool_problems
from oracles.properties import examples

pytestmark = pytest.mark.oracle
DTYPES = (np.float32, np.float64)


def shared_fields(problem):
    return {
        "kernel_size": problem.kernel,
        "strides": problem.stride,
        "padding": problem.padding,
        "dilation_rate": problem.dilation,
        "use_bias": problem.bias,
        "true_convolution": problem.flip,
        "data_format": problem.data_format,
    }


def convolutions(torch, problem):
    """(layer, the same in PyTorch) of each kind."""
    fields = shared_fields(problem)
    depthwise = {**fields, "depth_multiplier": problem.multiplier}
    return (
        (
            Conv2D(problem.filters, groups=problem.groups, **fields),
            pytorch.convolution(torch, problem),
        ),
        (DepthwiseConv2D(**depthwise), pytorch.depthwise(torch, problem)),
        (SeparableConv2D(problem.filters, **depthwise), pytorch.separable(torch, problem)),
    )


def pools(torch, problem):
    fields = {"strides": problem.stride, "padding": problem.padding}
    return tuple(
        (pool(problem.kernel, data_format=problem.data_format, **fields), function(torch, problem))
        for pool, function in (
            (MaxPooling2D, pytorch.max_pool),
            (MinPooling2D, pytorch.min_pool),
            (AveragePooling2D, pytorch.average_pool),
        )
    )


def passes(layer, problem, arrays, gradient):
    """(y, gradients of x and of the weights in their order), maps as (N, H, W, C)."""
    x, *weights = arrays
    names = [spec.name for spec in layer.weight_specs(problem.input_shape)]
    named = dict(zip(names, weights, strict=True))
    back = (lambda maps: np.moveaxis(maps, 1, -1)) if problem.channels_first else lambda maps: maps
    y, saved = layer.forward(named, (problem.in_layout(x),), Context(training=True))
    (dx,), by_name = layer.backward(named, saved, problem.in_layout(gradient))
    return back(y), [back(dx), *(by_name[name] for name in names)]


def shapes_of(layer, problem):
    x = (problem.pictures, *problem.size, problem.channels)
    return [x, *(spec.shape for spec in layer.weight_specs(problem.input_shape))]


def output_shape(layer, problem):
    filters = layer.map_size(layer.output_shape(problem.input_shape))[2]
    return (problem.pictures, *naive.output_size(problem), filters)


def check_exact(layer, function, torch, problem, times=1):
    given_numbers = [
        problem.integers(shape, stream, low=-2, high=2, times=times)
        for stream, shape in enumerate(shapes_of(layer, problem))
    ]
    g = problem.integers(output_shape(layer, problem), 99, low=-2, high=2, times=times)
    for dtype in DTYPES:
        arrays = [array.astype(dtype) for array in given_numbers]
        y, gradients = passes(layer, problem, arrays, g.astype(dtype))
        expected, by_torch = pytorch.both_passes(torch, function, arrays, g.astype(dtype))
        assert np.abs(y).max(initial=0) < 2**24
        for one, other in zip((y, *gradients), (expected, *by_torch), strict=True):
            assert np.array_equal(one, other), f"{layer}: {problem!r}"


def check_real(layer, function, torch, problem):
    generator = np.random.default_rng(problem.seed)
    numbers = [generator.normal(size=shape) for shape in shapes_of(layer, problem)]
    g = generator.normal(size=output_shape(layer, problem))
    for dtype in DTYPES:
        arrays = [array.astype(dtype) for array in numbers]
        y, gradients = passes(layer, problem, arrays, g.astype(dtype))
        expected, by_torch = pytorch.both_passes(torch, function, arrays, g.astype(dtype))
        # The same sums over absolute values: Σ|x||w| of every number.
        sizes = passes(layer, problem, [np.abs(array) for array in numbers], np.abs(g))
        products = max(y.size, numbers[0].size) * max(problem.filters, problem.multiplier)
        bound = 2 * products * np.finfo(dtype).eps
        for one, other, size in zip(
            (y, *gradients), (expected, *by_torch), (sizes[0], *sizes[1]), strict=True
        ):
            assert (np.abs(one - other) <= bound * size).all(), f"{layer}: {problem!r}"


@given(problem=convolution_problems())
@examples(120)
def test_convolutions_are_exact_on_whole_numbers(torch, problem):
    for layer, function in convolutions(torch, problem):
        check_exact(layer, function, torch, problem)


@given(problem=convolution_problems())
@examples(60)
def test_convolutions_of_real_numbers_differ_by_rounding_alone(torch, problem):
    for layer, function in convolutions(torch, problem):
        check_real(layer, function, torch, problem)


@given(problem=pool_problems())
@examples(120)
def test_pools_are_exact_on_whole_numbers_ties_included(torch, problem):
    times = naive.window_counts(problem)
    for layer, function in pools(torch, problem):
        check_exact(layer, function, torch, problem, times)


@pytest.mark.parametrize("size", [5, 6, 7])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_same_at_stride_1_is_that_of_pytorch(torch, size, kernel, dilation):
    line = f"n=2 h={size} w={size} c=2 f=3 k={kernel}x{kernel} d={dilation}x{dilation} p=same"
    problem = WindowProblem.parse(line)
    layer = Conv2D(3, **shared_fields(problem))

    def function(x, w):
        turned = x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1)
        y = torch.nn.functional.conv2d(*turned, padding="same", dilation=dilation)
        return y.permute(0, 2, 3, 1)

    check_exact(layer, function, torch, problem)
