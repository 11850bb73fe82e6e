"""DepthwiseConv2D and SeparableConv2D equal nested loops on whole numbers."""

import pytest
from hypothesis import given

from konv.layers import DepthwiseConv2D, SeparableConv2D
from oracles import naive
from oracles.exact import assert_exact
from oracles.problems import WindowProblem, convolution_problems
from oracles.properties import examples

EDGES = [
    "h=5 w=4 c=3 m=2 k=5x4 f=2",  # the kernel is the picture
    "n=2 h=6 w=5 c=4 m=3 k=1x1 bias=1 f=3",
    "h=6 w=5 c=1 m=2 k=1x1 s=3x2",
    "h=3 w=3 c=2 k=2x2 p=same bias=1 f=4",
    "h=7 w=7 c=2 m=2 k=3x3 s=2x2 p=same f=3",
    "h=5 w=5 c=2 k=2x2 d=3x3 p=same",
    "h=2 w=3 c=2 m=2 k=4x5 p=full f=2",
    "h=2 w=3 k=2x2 p=3 c=2",
    "h=4 w=5 c=3 m=2 k=3x2 p=0,3,2,1 s=3x2 flip=1 layout=first bias=1 f=2",
]
EACH_EDGE = pytest.mark.parametrize("line", EDGES)


def shared_fields(problem):
    return {
        "kernel_size": problem.kernel,
        "strides": problem.stride,
        "padding": problem.padding,
        "data_format": problem.data_format,
        "dilation_rate": problem.dilation,
        "depth_multiplier": problem.multiplier,
        "use_bias": problem.bias,
        "true_convolution": problem.flip,
    }


def problem_arrays(problem, filters):
    """(x, depthwise kernel, gradient of y)."""
    x = problem.integers((problem.pictures, *problem.size, problem.channels), 1, low=-3, high=3)
    kernel = problem.integers((*problem.kernel, problem.channels, problem.multiplier), 2)
    g = problem.integers((problem.pictures, *naive.output_size(problem), filters), 3)
    return x, kernel, g


def with_bias(problem, y, g, weights, gradients):
    if problem.bias:
        weights["bias"] = problem.integers(y.shape[3:], 4)
        gradients["bias"] = g.sum(axis=(0, 1, 2))
        y = y + weights["bias"]
    return y


def check_depthwise(problem):
    x, kernel, g = problem_arrays(problem, problem.channels * problem.multiplier)
    dx, dkernel = naive.depthwise_gradients(problem, x, kernel, g)
    weights, gradients = {"depthwise_kernel": kernel}, {"depthwise_kernel": dkernel}
    y = with_bias(problem, naive.depthwise(problem, x, kernel), g, weights, gradients)
    layer = DepthwiseConv2D(**shared_fields(problem))
    assert_exact(layer, problem, given=(x, weights, g), expected=(y, dx, gradients))


def check_separable(problem):
    x, kernel, g = problem_arrays(problem, problem.filters)
    mixing = problem.integers((problem.channels * problem.multiplier, problem.filters), 5, high=2)
    middle = naive.depthwise(problem, x, kernel)
    dx, dkernel = naive.depthwise_gradients(problem, x, kernel, g @ mixing.T)
    dmixing = sum(
        middle[n, i, j][:, None] * g[n, i, j][None, :]
        for n in range(g.shape[0])
        for i in range(g.shape[1])
        for j in range(g.shape[2])
    )
    weights = {"depthwise_kernel": kernel, "pointwise_kernel": mixing[None, None]}
    gradients = {"depthwise_kernel": dkernel, "pointwise_kernel": dmixing[None, None]}
    y = with_bias(problem, middle @ mixing, g, weights, gradients)
    layer = SeparableConv2D(problem.filters, **shared_fields(problem))
    assert_exact(layer, problem, given=(x, weights, g), expected=(y, dx, gradients))


@EACH_EDGE
def test_depthwise_equals_nested_loops_at_the_edges(line):
    check_depthwise(WindowProblem.parse(line))


@EACH_EDGE
def test_separable_equals_nested_loops_at_the_edges(line):
    check_separable(WindowProblem.parse(line))


@given(convolution_problems())
@examples(150)
def test_depthwise_equals_nested_loops(problem):
    check_depthwise(problem)


@given(convolution_problems())
@examples(150)
def test_separable_equals_nested_loops(problem):
    check_separable(problem)


@given(convolution_problems())
@examples(100)
def test_their_sizes_weights_and_cost_are_those_of_counting(problem):
    rows, columns = naive.output_size(problem)
    middle = problem.channels * problem.multiplier
    kernel = ("depthwise_kernel", (*problem.kernel, problem.channels, problem.multiplier))
    steps = rows * columns * middle * problem.kernel[0] * problem.kernel[1]
    for layer, filters, more, cost in (
        (DepthwiseConv2D(**shared_fields(problem)), middle, [], 0),
        (
            SeparableConv2D(problem.filters, **shared_fields(problem)),
            problem.filters,
            [("pointwise_kernel", (1, 1, middle, problem.filters))],
            rows * columns * middle * problem.filters,
        ),
    ):
        shape = problem.input_shape
        first, last = (filters, rows, columns), (rows, columns, filters)
        assert layer.output_shape(shape) == (first if problem.channels_first else last)
        bias = [("bias", (filters,))] if problem.bias else []
        specs = layer.weight_specs(shape)
        assert [(spec.name, spec.shape) for spec in specs] == [kernel, *more, *bias]
        assert [spec.bias for spec in specs] == [spec.name == "bias" for spec in specs]
        assert layer.macs(shape) == steps + cost
