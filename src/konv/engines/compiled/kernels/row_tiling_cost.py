"""What Winograd's way along rows costs: a small model of the processor, in cycles per picture.

Register tiles take as long as the slower of their multiply-adds and their loads, two of either in a
cycle, and as the latency of the sums that a number is added to. Transforms take their time point by
point. The constants were fitted to 75 layers on three instruction sets: the mean error is 8 %.
"""

from __future__ import annotations

from konv.engines.compiled.kernels.row_tiling import RowTiling
from konv.engines.compiled.target import Target

__all__ = ["picture_cycles", "weights_cycles"]

_LATENCY = 4.0  # of a multiply-add
_MULTIPLY = 1.08  # how many times as long products take as they should
# Cycles of a vector at one point: of weights, of inputs, of products.
_WEIGHTS, _INPUTS, _PRODUCTS = 2.5, 3.0, 2.35
_OUTPUT = 3.3  # cycles to store a vector


def picture_cycles(tiling: RowTiling, target: Target, pool: tuple[int, int]) -> float:
    """A picture, whose weights have been transformed.

    Args:
        tiling: how it is cut.
        target: the processor.
        pool: rows and columns of the pool behind the sums.
    """
    outputs = tiling.rows // pool[0] * (tiling.columns // pool[1])
    vectors = _vectors(tiling)
    products = tiling.rows * tiling.across * tiling.points * vectors
    return (
        _MULTIPLY * _products(tiling)
        + _INPUTS * _input_vectors(tiling, target) * tiling.points
        + _PRODUCTS * products
        + _OUTPUT * outputs * vectors
    )


def weights_cycles(tiling: RowTiling) -> float:
    """All transformed weights."""
    return _WEIGHTS * tiling.points * tiling.kernel[0] * tiling.channels * _vectors(tiling)


def _vectors(tiling: RowTiling) -> int:
    """That all filters fill."""
    return -(-tiling.chunks.filters // tiling.chunks.vector)


def _products(tiling: RowTiling) -> float:
    """All register tiles."""
    whole, rest = divmod(_vectors(tiling), tiling.chunks.vectors)
    turns = tiling.channels * tiling.points * tiling.across
    return turns * sum(
        times * _turn(tiling.kernel[0], high, vectors)
        for band in _cut(tiling.rows, tiling.band)
        for high in _cut(band, tiling.high)
        for times, vectors in ((whole, tiling.chunks.vectors), (min(rest, 1), rest))
    )


def _turn(taps: int, high: int, vectors: int) -> float:
    """One channel of a register tile."""
    numbers = high + taps - 1
    return max(
        high * vectors * taps / 2, (taps * vectors + numbers) / 2, _LATENCY * min(taps, high)
    )


def _input_vectors(tiling: RowTiling, target: Target) -> int:
    """How many vectors of the map are transformed: some rows for two bands."""
    lines = sum(band + tiling.kernel[0] - 1 for band in _cut(tiling.rows, tiling.band))
    if tiling.tile_by_tile:
        return lines * tiling.across * -(-tiling.channels // target.vector)
    side_by_side = ((tiling.across - 1) * tiling.size + 1) * tiling.channels
    return lines * -(-side_by_side // target.vector)


def _cut(total: int, most: int) -> list[int]:
    """``total`` in parts of so many, the last with what is left."""
    return [min(most, total - start) for start in range(0, total, most)]
