"""Other ways to the same sum: a row of the im2col matrix, and a true convolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from konv.layers.base import Array
from konv.layers.convolution import ConvolutionLayer
from konv.values.parts import Part
from konv.values.spot import Spot
from konv.values.steps import Matrix
from konv.values.window import coordinates, window_at

__all__ = ["matrix_around", "row_of", "turned"]

_NEIGHBOURS = 2  # rows of the im2col matrix that are shown on either side


def turned(part: Part) -> Part:
    """The same products from the end of the window: those of the kernel turned by 180°."""
    assert part.weights is not None
    assert part.weight_places is not None
    return replace(
        part,
        numbers=part.numbers[::-1],
        places=part.places[::-1],
        inside=part.inside[::-1],
        weights=part.weights[::-1],
        weight_places=part.weight_places[::-1],
        turned=True,
    )


def row_of(parts: Sequence[Part]) -> Part:
    """All channels as a row of the im2col matrix: row by row, column by column, by channel."""

    def woven(arrays: Sequence[Array]) -> Array:
        stacked = np.stack(arrays, axis=1)
        return stacked.reshape(-1, *stacked.shape[2:])

    return Part(
        numbers=woven([part.numbers for part in parts]),
        places=woven([part.places for part in parts]),
        inside=woven([part.inside for part in parts]),
        weights=woven([part.weights for part in parts if part.weights is not None]),
        weight_places=woven(
            [part.weight_places for part in parts if part.weight_places is not None]
        ),
    )


def matrix_around(layer: ConvolutionLayer, spot: Spot, channels: Sequence[int]) -> Matrix:
    """The im2col matrix of these channels, as far as it is shown."""
    axes = layer.axes(*spot.node.input_shapes)
    row, column, _channel = coordinates(layer, spot.at)
    outputs = axes[1].output
    index, count = row * outputs + column, axes[0].output * outputs
    near = range(max(0, index - _NEIGHBOURS), min(count, index + _NEIGHBOURS + 1))
    excerpt = {}
    for other in near:
        window = window_at(layer, spot, *divmod(other, outputs))
        numbers = [window.part(channel).numbers for channel in channels]
        excerpt[other] = np.stack(numbers, axis=1).reshape(-1)
    return Matrix((count, len(excerpt[index])), index, excerpt)
