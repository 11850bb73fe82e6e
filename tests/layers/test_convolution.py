"""Conv2D equals nested loops on whole numbers, and its sizes, weights and cost the formula."""

import numpy as np
import pytest
from hypothesis import given

from konv.errors import ShapeError
from konv.layers import Context, Conv2D
from oracles import naive
from oracles.exact import assert_exact
from oracles.problems import WindowProblem, convolution_problems
from oracles.properties import examples

EDGES = [
    "h=5 w=4 c=3 f=2 k=5x4",  # the kernel is the picture
    "h=1 w=1 c=3 f=2 k=1x1",
    "n=2 h=6 w=5 c=4 f=3 k=1x1 bias=1",  # a 1×1 convolution
    "h=6 w=5 c=2 f=2 k=1x1 s=3x2",  # a stride longer than the kernel
    "h=3 w=3 k=2x2 p=same",  # an odd zero at the bottom and right
    "h=7 w=7 k=3x3 s=2x2 p=same",
    "h=4 w=4 k=4x4 s=3x3 p=same",
    "h=5 w=5 k=2x2 d=3x3 p=same",
    "h=2 w=3 k=4x5 p=full",  # a kernel larger than the picture
    "h=2 w=2 k=3x3 d=3x2 p=full s=2x3",
    "h=2 w=3 k=2x2 p=3",  # windows that see nothing but zeros
    "h=4 w=5 k=3x2 p=2,1 s=2x3 flip=1",
    "h=4 w=5 k=3x2 p=0,3,2,1 s=3x2 flip=1",
    "h=1 w=9 k=1x4 s=1x5 c=2 f=2",  # columns between the windows that none sees
    "h=5 w=5 c=6 f=6 g=6 k=3x3 p=same layout=first bias=1",  # as many groups as channels
    "h=5 w=5 c=4 f=6 g=2 k=2x3 s=2x1 d=1x2 p=1,0,2,1 layout=first bias=1 flip=1",
]


def layer_of(problem):
    return Conv2D(
        problem.filters,
        problem.kernel,
        strides=problem.stride,
        padding=problem.padding,
        data_format=problem.data_format,
        dilation_rate=problem.dilation,
        groups=problem.groups,
        use_bias=problem.bias,
        true_convolution=problem.flip,
    )


def check_exact(problem):
    layer = layer_of(problem)
    specs = {spec.name: spec for spec in layer.weight_specs(problem.input_shape)}
    x = problem.integers((problem.pictures, *problem.size, problem.channels), 1)
    kernel = problem.integers(specs["kernel"].shape, 2)
    g = problem.integers((problem.pictures, *naive.output_size(problem), problem.filters), 3)
    y = naive.convolution(problem, x, kernel)
    dx, dkernel = naive.convolution_gradients(problem, x, kernel, g)
    weights, gradients = {"kernel": kernel}, {"kernel": dkernel}
    if problem.bias:
        weights["bias"] = problem.integers((problem.filters,), 4)
        y = y + weights["bias"]
        gradients["bias"] = g.sum(axis=(0, 1, 2))
    assert_exact(layer, problem, given=(x, weights, g), expected=(y, dx, gradients))


@pytest.mark.parametrize("line", EDGES)
def test_it_equals_nested_loops_at_the_edges(line):
    check_exact(WindowProblem.parse(line))


@given(convolution_problems())
@examples(200)
def test_it_equals_nested_loops(problem):
    assert WindowProblem.parse(repr(problem)) == problem
    check_exact(problem)


@given(convolution_problems())
@examples(100)
def test_single_precision_is_within_rounding_of_double(problem):
    layer = layer_of(problem)
    generator = np.random.default_rng(problem.seed)
    x = generator.normal(size=(problem.pictures, *problem.input_shape))
    weights = {
        spec.name: generator.normal(size=spec.shape)
        for spec in layer.weight_specs(problem.input_shape)
    }

    def output(dtype, change=lambda values: values):
        cast = {name: change(value).astype(dtype) for name, value in weights.items()}
        return layer.forward(cast, (change(x).astype(dtype),), Context())[0]

    kernel = weights["kernel"]
    products = kernel.size // problem.filters + 1
    # Each number is rounded once on the way in, each product and each sum once: 3 K ε Σ|x||w|.
    bound = 3 * products * np.finfo(np.float32).eps * output(np.float64, np.abs)
    assert (np.abs(output(np.float32) - output(np.float64)) <= bound).all()


@given(convolution_problems())
@examples(150)
def test_its_sizes_weights_and_cost_are_those_of_counting(problem):
    layer = layer_of(problem)
    rows, columns = naive.output_size(problem)
    last = (rows, columns, problem.filters)
    first = (problem.filters, rows, columns)
    assert layer.output_shape(problem.input_shape) == (first if problem.channels_first else last)
    seen = problem.channels // problem.groups
    expected = [("kernel", (*problem.kernel, seen, problem.filters), False)]
    if problem.bias:
        expected.append(("bias", (problem.filters,), True))
    specs = layer.weight_specs(problem.input_shape)
    assert [(spec.name, spec.shape, spec.bias) for spec in specs] == expected
    per_output = problem.kernel[0] * problem.kernel[1] * seen
    assert layer.macs(problem.input_shape) == rows * columns * problem.filters * per_output


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        ("valid", [[27, 37], [57, 67]]),
        ("same", [[27, 37, 17], [57, 67, 29], [20, 23, 8]]),  # zeros at the bottom and right
    ],
)
def test_the_3_by_3_example_by_hand(padding, expected):
    layer = Conv2D(1, 2, padding=padding, use_bias=False)
    x = np.arange(9.0).reshape(1, 3, 3, 1)
    kernel = np.array([[1.0, 2], [3, 4]]).reshape(2, 2, 1, 1)
    output, _saved = layer.forward({"kernel": kernel}, (x,), Context())
    assert output[0, :, :, 0].tolist() == expected


def test_keras_1_on_theano_flipped_the_kernel_and_padded_top_and_left():
    layer = Conv2D(1, 2, padding=((1, 0), (1, 0)), use_bias=False, true_convolution=True)
    x = np.arange(9.0).reshape(1, 3, 3, 1)
    kernel = np.array([[1.0, 2], [3, 4]]).reshape(2, 2, 1, 1)
    output, _saved = layer.forward({"kernel": kernel}, (x,), Context())
    assert output[0, :, :, 0].tolist() == [[0, 1, 4], [3, 13, 23], [15, 43, 53]]


def test_the_activation_is_applied_after_the_bias():
    layer = Conv2D(1, 1, activation="relu")
    x = np.array([-3.0, 1, 5]).reshape(1, 1, 3, 1)
    weights = {"kernel": np.ones((1, 1, 1, 1)), "bias": np.array([-2.0])}
    output, saved = layer.forward(weights, (x,), Context())
    assert output.ravel().tolist() == [0, 0, 3]
    (flowing,), by_weight = layer.backward(weights, saved, np.ones_like(output))
    assert flowing.ravel().tolist() == [0, 0, 1]
    assert by_weight["bias"].tolist() == [1]
    assert by_weight["kernel"].ravel().tolist() == [5]


@pytest.mark.parametrize(
    ("channels", "filters", "groups", "possible"),
    [(6, 4, 3, "1, 2"), (6, 4, 4, "1, 2"), (7, 3, 7, "1"), (12, 18, 5, "1, 2, 3, 6")],
)
def test_groups_that_do_not_divide_are_refused_with_those_that_do(
    channels, filters, groups, possible
):
    with pytest.raises(ShapeError) as caught:
        Conv2D(filters, 1, groups=groups).output_shape((5, 5, channels))
    assert caught.value.code == "K103"
    assert caught.value.fix == f"groups that divide both: {possible}"
    assert caught.value.what == f"{channels} channels and {filters} filters in {groups} groups"
    for label, count in (("channels", channels), ("filters", filters)):
        assert (label, f"{count} / {groups} = {count / groups:.4g}") in caught.value.details
    for group in possible.split(", "):
        fixed = Conv2D(filters, 1, groups=int(group))
        assert fixed.output_shape((5, 5, channels)) == (5, 5, filters)
