"""Dense equals sums over its inputs, on rows and on maps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.layers import Dense
from oracles.exact import assert_exact
from oracles.problems import WindowProblem
from oracles.properties import examples


def naive_dense(x, kernel, g):
    """(y, dx, dkernel) of rows, one product at a time."""
    y = np.zeros((len(x), kernel.shape[1]), int)
    dx, dkernel = np.zeros_like(x), np.zeros_like(kernel)
    for n in range(len(x)):
        for unit in range(kernel.shape[1]):
            for source in range(kernel.shape[0]):
                y[n, unit] += x[n, source] * kernel[source, unit]
                dx[n, source] += g[n, unit] * kernel[source, unit]
                dkernel[source, unit] += x[n, source] * g[n, unit]
    return y, dx, dkernel


@given(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9), st.booleans(), st.integers(0, 99))
@examples(100)
def test_it_equals_nested_loops(pictures, inputs, units, bias, seed):
    problem = WindowProblem(pictures, (1, 1), inputs, (1, 1), bias=bias, seed=seed)
    x, kernel = problem.integers((pictures, inputs), 1), problem.integers((inputs, units), 2)
    g = problem.integers((pictures, units), 3)
    y, dx, dkernel = naive_dense(x, kernel, g)
    weights, gradients = {"kernel": kernel}, {"kernel": dkernel}
    if bias:
        weights["bias"] = problem.integers((units,), 4)
        y, gradients["bias"] = y + weights["bias"], g.sum(axis=0)
    layer = Dense(units, use_bias=bias)
    assert_exact(layer, problem, given=(x, weights, g), expected=(y, dx, gradients))
    assert layer.macs((inputs,)) == inputs * units


@pytest.mark.parametrize("bias", [False, True])
def test_on_a_map_it_works_on_the_channels_of_each_place(bias):
    problem = WindowProblem(2, (3, 4), 5, (1, 1))
    x, kernel = problem.integers((2, 3, 4, 5), 1), problem.integers((5, 6), 2)
    g = problem.integers((2, 3, 4, 6), 3)
    y, dx, dkernel = naive_dense(x.reshape(-1, 5), kernel, g.reshape(-1, 6))
    weights, gradients = {"kernel": kernel}, {"kernel": dkernel}
    if bias:
        weights["bias"] = problem.integers((6,), 4)
        y, gradients["bias"] = y + weights["bias"], g.sum(axis=(0, 1, 2))
    layer = Dense(6, use_bias=bias)
    assert_exact(
        layer,
        problem,
        given=(x, weights, g),
        expected=(y.reshape(2, 3, 4, 6), dx.reshape(x.shape), gradients),
    )
    assert layer.output_shape((3, 4, 5)) == (3, 4, 6)
    assert layer.macs((3, 4, 5)) == 3 * 4 * 5 * 6


@pytest.mark.parametrize(
    ("inputs", "units", "weights", "with_bias"),
    [(160, 100, 16_000, 16_100), (9, 4, 36, 40), (1209, 600, 725_400, 726_000)],
)
def test_weights_and_biases_are_counted_apart(inputs, units, weights, with_bias):
    specs = Dense(units).weight_specs((inputs,))
    assert sum(spec.size for spec in specs if not spec.bias) == weights
    assert sum(spec.size for spec in specs) == with_bias
    assert [spec.name for spec in Dense(units, use_bias=False).weight_specs((inputs,))] == [
        "kernel"
    ]
