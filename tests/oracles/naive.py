"""Layers as nested loops over their formulas: slow, obvious, written apart from konv's own code.

Maps are (N, H, W, C), kernels (KH, KW, C, F). With whole numbers (int64) every result is exact. The
gradients are the chain rule, term by term: each product ``y += x · w`` of the forward loop gives
``dx += g · w`` and ``dw += g · x``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from oracles.problems import WindowProblem


def zeros_around(
    size: int, kernel: int, stride: int, dilation: int, padding: Any
) -> tuple[int, int]:
    """(before, after) on one axis, found by adding zeros until enough windows fit."""
    reach = (kernel - 1) * dilation + 1
    if padding == "valid":
        return 0, 0
    if padding == "full":  # every window that holds at least one element
        return reach - 1, reach - 1
    if padding == "same":  # as many windows as strides fit into the input, an odd zero at the end
        wanted, total = len(range(0, size, stride)), 0
        while len(window_starts(size, kernel, stride, dilation, (0, total))) < wanted:
            total += 1
        return total // 2, total - total // 2
    return padding if isinstance(padding, tuple) else (padding, padding)


def window_starts(
    size: int, kernel: int, stride: int, dilation: int, zeros: tuple[int, int]
) -> list[int]:
    """Where the first element of each window stands; the map begins at 0."""
    before, after = zeros
    last = (kernel - 1) * dilation
    return [s for s in range(-before, size + after, stride) if s + last < size + after]


def axis_zeros(problem: WindowProblem, axis: int) -> tuple[int, int]:
    """The zeros before and after an axis (0 rows, 1 columns)."""
    padding = problem.padding[axis] if isinstance(problem.padding, tuple) else problem.padding
    return zeros_around(
        problem.size[axis],
        problem.kernel[axis],
        problem.stride[axis],
        problem.dilation[axis],
        padding,
    )


def axis_windows(problem: WindowProblem, axis: int) -> list[list[int]]:
    """For each window on an axis (0 rows, 1 columns): where its elements stand."""
    values = (problem.size[axis], problem.kernel[axis], problem.stride[axis])
    dilation = problem.dilation[axis]
    starts = window_starts(*values, dilation, axis_zeros(problem, axis))
    return [[s + u * dilation for u in range(problem.kernel[axis])] for s in starts]


def meetings(problem: WindowProblem) -> Iterator[tuple[int, int, int, int, int, int]]:
    """(i, j, u, v, row, column): kernel element (u, v) of window (i, j) meets (row, column)."""
    height, width = problem.size
    for i, rows in enumerate(axis_windows(problem, 0)):
        for j, columns in enumerate(axis_windows(problem, 1)):
            for u, row in enumerate(rows):
                for v, column in enumerate(columns):
                    if 0 <= row < height and 0 <= column < width:
                        yield i, j, u, v, row, column


def output_size(problem: WindowProblem) -> tuple[int, int]:
    """(rows, columns) of windows."""
    return len(axis_windows(problem, 0)), len(axis_windows(problem, 1))


def _element(problem: WindowProblem, u: int, v: int) -> tuple[int, int]:
    """Which element of the stored kernel stands at (u, v) of a window."""
    rows, columns = problem.kernel
    return (rows - 1 - u, columns - 1 - v) if problem.flip else (u, v)


def _grouped(problem: WindowProblem) -> Iterator[tuple[slice, slice]]:
    """(channels, filters) of each group."""
    channels, filters = problem.channels // problem.groups, problem.filters // problem.groups
    for group in range(problem.groups):
        yield (
            slice(group * channels, (group + 1) * channels),
            slice(group * filters, (group + 1) * filters),
        )


def convolution(problem: WindowProblem, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """z[i, j, f] = Σ x[row, column, c] · w[u, v, c, f]."""
    z = np.zeros((len(x), *output_size(problem), problem.filters), x.dtype)
    for i, j, u, v, row, column in meetings(problem):
        for channels, filters in _grouped(problem):
            z[:, i, j, filters] += (
                x[:, row, column, channels] @ w[_element(problem, u, v)][:, filters]
            )
    return z


def convolution_gradients(
    problem: WindowProblem, x: np.ndarray, w: np.ndarray, g: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(dx, dw) of :func:`convolution`."""
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i, j, u, v, row, column in meetings(problem):
        element = _element(problem, u, v)
        for channels, filters in _grouped(problem):
            seen, kernel = x[:, row, column, channels], w[element][:, filters]
            dx[:, row, column, channels] += g[:, i, j, filters] @ kernel.T
            dw[element][:, filters] += seen.T @ g[:, i, j, filters]
    return dx, dw


def depthwise(problem: WindowProblem, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """z[i, j, c·M + m] = Σ x[row, column, c] · w[u, v, c, m]."""
    z = np.zeros((len(x), *output_size(problem), problem.channels, problem.multiplier), x.dtype)
    for i, j, u, v, row, column in meetings(problem):
        z[:, i, j] += x[:, row, column, :, None] * w[_element(problem, u, v)]
    return z.reshape(*z.shape[:3], -1)


def depthwise_gradients(
    problem: WindowProblem, x: np.ndarray, w: np.ndarray, g: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(dx, dw) of :func:`depthwise`."""
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    g = g.reshape(*g.shape[:3], problem.channels, problem.multiplier)
    for i, j, u, v, row, column in meetings(problem):
        element = _element(problem, u, v)
        dx[:, row, column] += (g[:, i, j] * w[element]).sum(axis=-1)
        dw[element] += (x[:, row, column, :, None] * g[:, i, j]).sum(axis=0)
    return dx, dw


def _pooled(problem: WindowProblem) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """(i, j, places of the map that window (i, j) holds, row by row)."""
    places: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for i, j, _u, _v, row, column in meetings(problem):
        places.setdefault((i, j), []).append((row, column))
    for (i, j), held in places.items():
        yield i, j, held


def extreme_pool(
    problem: WindowProblem, x: np.ndarray, g: np.ndarray, *, largest: bool
) -> tuple[np.ndarray, np.ndarray]:
    """(y, dx): the largest or smallest element; the gradient goes to the first that holds it."""
    y = np.zeros((len(x), *output_size(problem), problem.channels), x.dtype)
    dx = np.zeros_like(g, shape=x.shape)
    choose = max if largest else min
    for i, j, held in _pooled(problem):
        for n in range(len(x)):
            for c in range(problem.channels):
                winner = choose(held, key=lambda place: x[(n, *place, c)])
                y[n, i, j, c] = x[(n, *winner, c)]
                dx[(n, *winner, c)] += g[n, i, j, c]
    return y, dx


def average_pool(
    problem: WindowProblem, x: np.ndarray, g: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(y, dx): the mean of what lies on the map. Exact when x and g are multiples of the counts."""
    y = np.zeros((len(x), *output_size(problem), problem.channels), x.dtype)
    dx = np.zeros_like(g, shape=x.shape)
    for i, j, held in _pooled(problem):
        for row, column in held:
            y[:, i, j] += x[:, row, column]
            assert not (g[:, i, j] % len(held)).any(), "the problem must divide"
            dx[:, row, column] += g[:, i, j] // len(held)
        assert not (y[:, i, j] % len(held)).any(), "the problem must divide"
        y[:, i, j] //= len(held)
    return y, dx


def window_counts(problem: WindowProblem) -> int:
    """A number that the count of every window divides."""
    return math.lcm(*(len(held) for _i, _j, held in _pooled(problem)))


def batch_normalized(
    x: np.ndarray, gamma: list[float], beta: list[float], epsilon: float
) -> tuple[np.ndarray, list[float], list[float]]:
    """(y, mean, variance) of (numbers, channels), each sum exact to the last bit (fsum)."""
    y = np.zeros(x.shape)
    means, variances = [], []
    for c in range(x.shape[1]):
        values = [float(value) for value in x[:, c]]
        mean = math.fsum(values) / len(values)
        variance = math.fsum((value - mean) ** 2 for value in values) / len(values)
        for n, value in enumerate(values):
            y[n, c] = gamma[c] * (value - mean) / math.sqrt(variance + epsilon) + beta[c]
        means.append(mean)
        variances.append(variance)
    return y, means, variances
