"""Convolutions with a bias and a pool in float64, tap by tap: what Winograd's are held to.

A problem has ``input`` (height, width, channels), ``filters``, ``kernel`` and ``pool`` (rows,
columns), ``padding`` (above, below, left, right), ``output`` after the pool, and ``flipped``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["numbers_of", "padded", "pool_windows", "sums_of"]


def numbers_of(problem: Any, count: int, *, whole: bool) -> list[np.ndarray]:
    """Pictures, weights and biases: small whole numbers, or normal ones."""
    generator = np.random.default_rng(count)
    shapes = (
        (count, *problem.input),
        (*problem.kernel, problem.input[2], problem.filters),
        (problem.filters,),
    )
    if whole:
        return [generator.integers(-3, 4, shape).astype(np.float32) for shape in shapes]
    return [generator.standard_normal(shape).astype(np.float32) for shape in shapes]


def sums_of(problem: Any, x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """z in float64, tap by tap; of what is pooled only whole windows."""
    wide = padded(problem, x).astype(np.float64)
    kernel = kernel[::-1, ::-1] if problem.flipped else kernel
    rows, columns = (size * pool for size, pool in zip(problem.output, problem.pool, strict=False))
    z = np.zeros((len(x), rows, columns, problem.filters))
    for row, column in np.ndindex(problem.kernel):
        met = wide[:, row : row + rows, column : column + columns]
        z += met @ kernel[row, column].astype(np.float64)
    return z + bias


def padded(problem: Any, x: np.ndarray) -> np.ndarray:
    """Pictures with zeros around them."""
    top, bottom, left, right = problem.padding
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))


def pool_windows(problem: Any, z: np.ndarray) -> np.ndarray:
    """The pool windows of each output: [N, rows, columns, filters, window]."""
    (high, wide), (rows, columns, filters) = problem.pool, problem.output
    windows = z.reshape(len(z), rows, high, columns, wide, filters)
    return windows.transpose(0, 1, 3, 5, 2, 4).reshape(len(z), rows, columns, filters, -1)
