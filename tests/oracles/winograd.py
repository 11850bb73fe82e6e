"""Winograd's matrices from their definition, and how far off sums after Winograd may be."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import numpy as np

__all__ = ["error_bound", "error_bound_along_rows", "growth", "matrices", "transformed"]

_POINTS = {
    (2, 3): ["0", "1", "-1"],
    (4, 3): ["0", "5/8", "-5/8", "3/2", "-3/2"],
    (4, 4): ["0", "1/2", "-1/2", "5/4", "-5/4", "3", "-3"],
    (4, 5): ["0", "1/2", "-1/2", "1", "-1", "2", "-2"],
}
_UNIT = 2.0**-24
# Roundings on the way of any product to its sum, beside those of the channels: of the weights, of
# the inputs, of the products and of the bias; where a processor multiplies and adds apart.
_ROUNDINGS = 10 + 8 + 10 + 2


def matrices(size: int, taps: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Aᵀ, G and Bᵀ of F(size, taps), as fractions: evaluation at the points, then at infinity,
    if that is needed to have size + taps − 1 of them.

    Those are Toom-Cook's matrices of the product of polynomials, transposed: Aᵀ evaluates one of
    ``size`` coefficients, G one of ``taps``, and the rows of Bᵀ are Π (t − q) over all other points
    q, which G divides by what they are at their own point.
    """
    points = [Fraction(point) for point in _POINTS[size, taps]]
    at_infinity = [None] * (size + taps - 1 - len(points))
    rows = []
    for point in [*points, *at_infinity]:
        polynomial = [Fraction(1)]
        for other in points:
            if other != point:
                longer = zip([Fraction(0), *polynomial], [*polynomial, Fraction(0)], strict=True)
                polynomial = [upper - other * lower for upper, lower in longer]
        rows.append(polynomial + [Fraction(0)] * (size + taps - 1 - len(polynomial)))
    values = [[point**i for i in range(max(size, taps))] for point in points]
    shares = [prod((p - q for q in points if q != p), start=Fraction(1)) for p in points]
    last = [[Fraction(i == taps - 1) for i in range(taps)] for _ in at_infinity]
    weights = [[v[i] / s for i in range(taps)] for v, s in zip(values, shares, strict=True)] + last
    products = [
        [*(v[i] for v in values), *(Fraction(i == size - 1) for _ in at_infinity)]
        for i in range(size)
    ]
    return tuple(np.array(matrix, object) for matrix in (products, weights, rows))  # type: ignore[return-value]


def transformed(kernel: np.ndarray, size: int) -> np.ndarray:
    """G g Gᵀ of a kernel [3, 3, channels, filters], in float64: [point, channels, filters]."""
    weights = matrices(size)[1].astype(np.float64)
    result = np.einsum("ik,jl,klcf->ijcf", weights, weights, kernel.astype(np.float64))
    return result.reshape(-1, *kernel.shape[2:])


def growth(size: int, taps: int = 3) -> float:
    """How many times max|x| · max|g| the terms of a sum may be, of each row; direct: ``taps``.

    In two dimensions, of each channel, it is the square of it.
    """
    products, weights, inputs = (np.abs(m).astype(np.float64) for m in matrices(size, taps))
    return float((products @ (weights.sum(1) * inputs.sum(1))).max())


def error_bound(padded: np.ndarray, kernel: np.ndarray, size: int, bias: float) -> np.ndarray:
    """How far sums may be from the exact ones, each: (K + n) u · |Aᵀ| (|U| ⊙ |V|) |A| + u |bias|.

    Args:
        padded: x with its border, (N, rows + 2, columns + 2, channels).
        kernel: (3, 3, channels, filters).
        size: of a tile.
        bias: the largest there is.
    """
    products, weights, inputs = (np.abs(m).astype(np.float64) for m in matrices(size))
    count, high, wide, channels = padded.shape
    down, across = (-(-(each - 2) // size) for each in (high, wide))
    x = np.zeros((count, down * size + 2, across * size + 2, channels))
    x[:, :high, :wide] = np.abs(padded)
    u = np.einsum("ik,jl,klcf->ijcf", weights, weights, np.abs(kernel.astype(np.float64)))
    result = np.zeros((count, down * size, across * size, kernel.shape[3]))
    for i, j in np.ndindex(down, across):
        rows, columns = i * size, j * size
        block = x[:, rows : rows + size + 2, columns : columns + size + 2]
        v = np.einsum("ik,jl,nklc->nijc", inputs, inputs, block)
        m = np.einsum("nijc,ijcf->nijf", v, u)
        sums = np.einsum("ik,jl,nklf->nijf", products, products, m)
        result[:, rows : rows + size, columns : columns + size] = sums
    roundings = (channels + _ROUNDINGS) * _UNIT
    return (roundings / (1 - roundings) * (result + bias))[:, : high - 2, : wide - 2]


def error_bound_along_rows(
    padded: np.ndarray, kernel: np.ndarray, size: int, bias: float
) -> np.ndarray:
    """The same after Winograd along rows: (K + n) u · |Aᵀ| Σ (|U| ⊙ |V|) + u |bias|.

    Args:
        padded: x with its border, (N, rows, columns, channels).
        kernel: (rows, columns, channels, filters).
        size: of a tile.
        bias: the largest there is.
    """
    high, wide, channels, filters = kernel.shape
    products, weights, inputs = (np.abs(m).astype(np.float64) for m in matrices(size, wide))
    count, rows, columns = padded.shape[0], padded.shape[1] - high + 1, padded.shape[2] - wide + 1
    across = -(-columns // size)
    x = np.zeros((count, padded.shape[1], across * size + wide - 1, channels))
    x[:, :, : padded.shape[2]] = np.abs(padded)
    u = np.einsum("pl,klcf->pkcf", weights, np.abs(kernel.astype(np.float64)))
    result = np.zeros((count, rows, across * size, filters))
    for first in range(0, across * size, size):
        v = np.einsum("pl,nrlc->nrpc", inputs, x[:, :, first : first + size + wide - 1])
        m = sum(np.einsum("nrpc,pcf->nrpf", v[:, k : k + rows], u[:, k]) for k in range(high))
        result[:, :, first : first + size] = np.einsum("ip,nrpf->nrif", products, m)
    roundings = (channels * high + _ROUNDINGS) * _UNIT
    return (roundings / (1 - roundings) * (result + bias))[:, :, :columns]
