"""Every step of a sliding window is that of nested loops, and its equations can be computed."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import konv
from konv.explain.sliding.equations import equation_of
from oracles import naive
from oracles.problems import convolution_problems, pool_problems
from oracles.properties import examples
from oracles.tutorial_numbers import CONVOLUTIONS, K2, NINE, K, X


def alone(problem):
    """The same windows over one map."""
    return replace(
        problem,
        pictures=1,
        channels=1,
        filters=1,
        groups=1,
        multiplier=1,
        channels_first=False,
    )


def computed(text):
    """What Python makes of the left side of an equation, and the right side."""
    formula, result = text.rsplit(" = ", 1)
    formula = formula.rpartition(": ")[2]
    names = {"max": lambda *numbers: max(numbers), "min": lambda *numbers: min(numbers)}
    return eval(formula, {**vars(math), **names}), float(result)


def windows_of(problem):
    """The places that each window meets, row by row."""
    rows, columns = (naive.axis_windows(problem, axis) for axis in (0, 1))
    return [(i, j, tuple(r), tuple(c)) for i, r in enumerate(rows) for j, c in enumerate(columns)]


@examples(150)
@given(convolution_problems(), st.sampled_from([None, 0, 3, -2]))
def test_every_step_is_that_of_nested_loops(problem, bias):
    problem = alone(problem)
    x = problem.integers((1, *problem.size, 1), 1)
    kernel = problem.integers((*problem.kernel, 1, 1), 2)
    sliding = konv.convolve(
        x[0, :, :, 0],
        kernel[:, :, 0, 0],
        stride=problem.stride,
        padding=problem.padding,
        dilation=problem.dilation,
        bias=bias,
        true_convolution=problem.flip,
    )
    expected = naive.convolution(problem, x, kernel)[0, :, :, 0]
    assert sliding.output.tolist() == (expected + (bias or 0)).tolist()
    windows = windows_of(problem)
    assert len(sliding) == len(sliding.steps) == len(windows)
    for step, (i, j, rows, columns) in zip(sliding.steps, windows, strict=True):
        assert (step.at, step.rows, step.columns) == ((i, j), rows, columns)
        assert step.sum == step.products.sum() == expected[i, j]
        assert step.value == step.arithmetic[-1].value == expected[i, j] + (bias or 0)
        for row, column, number, padding in zip(
            np.repeat(rows, len(columns)),
            np.tile(columns, len(rows)),
            step.window.flat,
            step.padding.flat,
            strict=True,
        ):
            on_map = 0 <= row < problem.size[0] and 0 <= column < problem.size[1]
            assert padding != on_map
            assert number == (x[0, row, column, 0] if on_map else 0)
        equation = equation_of(step)
        left, right = computed(equation.text(all_terms=True))
        assert left == right == expected[i, j]
        for later in equation.later:
            left, right = computed(later.formula)
            assert left == right == step.value


@examples(80)
@given(pool_problems(), st.sampled_from(["max", "min", "average"]))
def test_every_step_of_a_pool_is_that_of_nested_loops(problem, kind):
    problem = alone(problem)
    times = naive.window_counts(problem) if kind == "average" else 1
    x = problem.integers((1, *problem.size, 1), 1, times=times)
    size = naive.output_size(problem)
    g = np.zeros((1, *size, 1), int)
    if kind == "average":
        expected = naive.average_pool(problem, x, g)[0]
    else:
        expected = naive.extreme_pool(problem, x, g, largest=kind == "max")[0]
    sliding = konv.pool(
        x[0, :, :, 0], problem.kernel, kind, stride=problem.stride, padding=problem.padding
    )
    assert sliding.output.tolist() == expected[0, :, :, 0].tolist()
    for step, (i, j, rows, columns) in zip(sliding.steps, windows_of(problem), strict=True):
        assert (step.at, step.rows, step.columns) == ((i, j), rows, columns)
        assert step.kernel is None
        assert (step.sum is None) == (kind != "average")
        assert step.value == step.arithmetic[-1].value == expected[0, i, j, 0]
        equation = equation_of(step)
        last = [equation.text(all_terms=True), *(later.formula for later in equation.later)][-1]
        left, right = computed(last)
        assert left == right == step.value


@pytest.mark.parametrize(("name", "fields", "expected"), CONVOLUTIONS)
def test_convolutions_of_tutorial_004(name, fields, expected):
    words = {"strides": "stride"}
    fields = {words.get(field, field): value for field, value in fields.items()}
    sliding = konv.convolve(X, K, **fields)
    assert sliding.output.tolist() == expected
    assert [step.value for step in sliding.steps] == [x for row in expected for x in row]


def test_tutorial_003_and_keras_1():
    assert konv.convolve(NINE, K2).output.tolist() == [[27, 37], [57, 67]]
    same = konv.convolve(NINE, K2, padding="same").output.tolist()
    assert same == [[27, 37, 17], [57, 67, 29], [20, 23, 8]]
    theano = konv.convolve(NINE, K2, padding=((1, 0), (1, 0)), true_convolution=True)
    assert theano.output.tolist() == [[0, 1, 4], [3, 13, 23], [15, 43, 53]]


def test_tutorial_000_pools():
    made = {kind: konv.pool(X, 2, kind).output.tolist() for kind in ("max", "average", "min")}
    assert made == {"max": [[2, 3], [3, 2]], "average": [[1, 2], [2, 1]], "min": [[0, 0], [0, 0]]}


def test_an_activation_is_the_last_step():
    sliding = konv.convolve([[1, -2]], [[3]], bias=1, activation="relu")
    assert sliding.output.tolist() == [[4, 0]]
    assert [later.text for later in equation_of(sliding.steps[1]).later] == [
        "-6 + 1 = -5 (bias)",
        "relu: max(0, (-5)) = 0",
    ]


def test_named_kernels_do_what_their_names_say():
    picture = np.array([[0, 0, 0], [0, 9, 0], [0, 0, 0]], float)
    edge_below = np.array([[0, 0, 0], [0, 0, 0], [9, 9, 9]], float)
    at_middle = {name: konv.convolve(picture, name).output[0, 0] for name in konv_kernels()}
    assert at_middle == pytest.approx(
        {
            "identity": 9,
            "box-blur": 1,
            "gaussian": 9 / 4,
            "sharpen": 45,
            "laplace": -36,
            "edge": 72,
            "sobel-x": 0,
            "sobel-y": 0,
            "emboss": 9,
        }
    )
    assert konv.convolve(edge_below, "sobel-y").output[0, 0] == 36
    assert konv.convolve(edge_below.T, "sobel-x").output[0, 0] == 36
    flat = np.full((3, 3), 5.0)
    for name in ("box-blur", "gaussian", "identity", "sharpen"):
        assert konv.convolve(flat, name).output[0, 0] == pytest.approx(5)
    for name in ("laplace", "edge", "sobel-x", "sobel-y"):
        assert konv.convolve(flat, name).output[0, 0] == 0


def konv_kernels():
    from konv.explain.sliding import KERNELS

    return KERNELS


def test_a_step_is_counted_like_a_place_of_a_list():
    sliding = konv.convolve(X, K)
    assert sliding.step(-1).number == 3
    assert sliding.step(-1).at == (1, 1)
    with pytest.raises(IndexError):
        sliding.step(4)
    assert repr(sliding) == "<SlidingWindow 4×4 → 2×2: 4 steps>"
    assert repr(sliding.step(0)) == "<SlidingStep 0 at (0, 0): 15>"


WRONG = [
    (
        lambda: konv.convolve(X, K, dilation=2),
        "K104",
        "a dilation of 1, or a kernel of at most 2×2",
    ),
    (lambda: konv.convolve([[1, 2]], K), "K104", "a kernel of at most 1×2, or padding 1"),
    (lambda: konv.convolve([[1, 2]], K, padding=(0, 1)), "K104", "a kernel of at most 1×3"),
    (lambda: konv.convolve(np.ones((70, 70)), [[1]], dilation=99, padding=6), "K601", "80 rows"),
    (lambda: konv.pool(X, 5), "K104", "a pool of at most 4×4, or padding 1, or padding same"),
    (lambda: konv.pool(X, 2, padding=2), "K105", "padding 1, or padding same"),
    (lambda: konv.convolve([[1, 2], [3]], K), "K201", "row 0 has 2, row 1 has 1"),
    (lambda: konv.convolve([[1, float("nan")]], K), "K201", "row 0, column 1 of matrix is nan"),
    (lambda: konv.convolve([[1], [1e101]], K), "K201", "row 1, column 0 of matrix is 1e+101"),
    (lambda: konv.convolve([[10**400]], K), "K201", "a whole number of about 400 digits"),
    (lambda: konv.convolve([[1, "2"]], K), "K201", "column 1 of matrix is '2'"),
    (lambda: konv.convolve([[True]], K), "K201", "column 0 of matrix is True"),
    (lambda: konv.convolve([1, 2], K), "K201", "row 0 of matrix is 1"),
    (lambda: konv.convolve([], K), "K201", "matrix=[]"),
    (lambda: konv.convolve([[]], K), "K201", "row 0 of matrix is []"),
    (lambda: konv.convolve(np.ones((2, 2, 3)), K), "K201", "row 0, column 0 of matrix is [1.0"),
    (lambda: konv.convolve(np.ones((81, 2)), K), "K601", "81×2"),
    (lambda: konv.convolve(X, [[1]], padding=39), "K601", "82×82"),
    (lambda: konv.convolve(X, "sobel-z"), "K201", 'did you mean "sobel-'),
    (lambda: konv.convolve(X, K, stride=0), "K201", "stride must be"),
    (lambda: konv.convolve(X, K, padding="sam"), "K201", "padding must be"),
    (lambda: konv.convolve(X, K, dilation=1.5), "K201", "dilation must be"),
    (lambda: konv.convolve(X, K, bias="3"), "K201", "bias must be"),
    (lambda: konv.convolve(X, K, activation="softmax"), "K201", "activation must be"),
    (lambda: konv.convolve(X, K, true_convolution=1), "K201", "true_convolution must be"),
    (lambda: konv.pool(X, 2, "mean"), "K201", '"max", "average", "min"'),
    (lambda: konv.pool(X, 0), "K201", "size must be"),
]


@pytest.mark.parametrize(("call", "code", "said"), WRONG, ids=[row[2] for row in WRONG])
def test_what_cannot_be_is_refused_with_a_fix(call, code, said):
    with pytest.raises(konv.KonvError) as caught:
        call()
    assert caught.value.code == code
    assert said in str(caught.value)
    assert caught.value.where in ("convolve", "pool")
    assert caught.value.fix


def test_the_offered_changes_work():
    tall = [[1], [2], [3]]
    with pytest.raises(konv.ShapeError) as caught:
        konv.convolve(tall, np.ones((2, 4)))
    assert caught.value.fix == "a kernel of at most 2×1, or padding 2, or padding same"
    assert konv.convolve(tall, np.ones((2, 1))).output.shape == (2, 1)
    assert konv.convolve(tall, np.ones((2, 4)), padding=2).output.shape == (6, 2)
    assert konv.convolve(tall, np.ones((2, 4)), padding="same").output.shape == (3, 1)
    with pytest.raises(konv.ShapeError):
        konv.convolve(tall, np.ones((2, 4)), padding=1)


def test_numbers_of_every_kind_are_taken():
    from fractions import Fraction

    rows = [[np.float32(1), Fraction(1, 2)], (np.int64(3), 4)]
    assert konv.convolve(rows, [[2]]).output.tolist() == [[2, 1], [6, 8]]
    assert konv.convolve(np.ones((2, 2, 1), np.uint8), [[2]]).output.tolist() == [[2, 2], [2, 2]]
