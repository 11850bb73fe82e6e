"""Running a layer on whole numbers and comparing every result bit by bit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from konv.layers import Context, Layer
from oracles.problems import WindowProblem

Arrays = Mapping[str, np.ndarray]


def assert_exact(
    layer: Layer,
    problem: WindowProblem,
    *,
    given: tuple[np.ndarray, Arrays, np.ndarray],
    expected: tuple[np.ndarray, np.ndarray, Arrays],
) -> None:
    """Both passes of ``layer``, in float64 and in float32, equal ``expected`` exactly.

    Args:
        layer: the one under test.
        problem: for the layout and the message.
        given: (x, weights, gradient of y), whole numbers; maps are (N, H, W, C).
        expected: (y, gradient of x, gradients of the weights), whole numbers.
    """
    x, weights, g = given
    y, dx, dw = expected
    for dtype in (np.float64, np.float32):
        floats = {name: value.astype(dtype) for name, value in weights.items()}
        maps = problem.in_layout(x).astype(dtype)
        gradient = (problem.in_layout(g) if g.ndim == 4 else g).astype(dtype)
        output, saved = layer.forward(floats, (maps,), Context(training=True))
        (flowing,), by_weight = layer.backward(floats, saved, gradient)
        _same("forward", problem, output, problem.in_layout(y) if y.ndim == 4 else y)
        _same("gradient of x", problem, flowing, problem.in_layout(dx))
        assert by_weight.keys() == dw.keys()
        for name, value in dw.items():
            _same(f"gradient of {name}", problem, by_weight[name], value)


def _same(what: str, problem: WindowProblem, actual: np.ndarray, expected: np.ndarray) -> None:
    assert np.abs(expected).max(initial=0) < 2**24, f"too large to be exact: {problem}"
    assert actual.shape == expected.shape, f"{what} of {problem}"
    assert np.array_equal(actual, expected), f"{what} of {problem}\n{actual}\nnot\n{expected}"
