"""Kernels as those want them who read them filter by filter: see ``FilterOrder``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from konv.engines.compiled.kernels.filter_order import FilterOrder

__all__ = ["in_filter_order", "out_of_filter_order"]


def in_filter_order(kernel: np.ndarray, order: FilterOrder) -> np.ndarray:
    """A kernel of (rows, columns, channels, filters); what lies between its rows is no number."""
    result = np.full(order.size, np.nan, np.float32)
    for channels, there in _blocks(result, order):
        there[:] = kernel[:, :, channels].transpose(3, 0, 1, 2)
    return result


def out_of_filter_order(
    array: np.ndarray, order: FilterOrder, shape: tuple[int, ...]
) -> np.ndarray:
    """The other way round."""
    result = np.full(shape, np.nan, np.float32)
    for channels, there in _blocks(array, order):
        result[:, :, channels] = there.transpose(1, 2, 3, 0)
    return result


def _blocks(array: np.ndarray, order: FilterOrder) -> Iterator[tuple[slice, np.ndarray]]:
    """Every block: (its channels, its place: filters, rows, columns, channels)."""
    first = 0
    for start in range(0, order.channels, order.block):
        channels = min(order.block, order.channels - start)
        row = -(-order.columns * channels // order.whole) * order.whole
        count = order.filters * order.rows * row
        rows = array[first : first + count].reshape(order.filters, order.rows, row)
        inside = rows[..., : order.columns * channels]
        strides = (*inside.strides[:2], 4 * channels, 4)
        shape = (order.filters, order.rows, order.columns, channels)
        yield (
            slice(start, start + channels),
            np.lib.stride_tricks.as_strided(inside, shape, strides),
        )
        first += count
