"""Tiles, chunks and blocks: everything is visited once, whatever the sizes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from konv.engines.compiled.emit.function import Function
from konv.engines.compiled.kernels.axis import convolution_axis, input_gradient_axis
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.tiles import Tile, channel_chunks, picture_blocks, tiles_over
from konv.engines.compiled.record import record
from oracles.machine import TARGETS, run_guarded


@record
class _Visits(Kernel):
    """Adds 1 to every number of its maps, visited tile by tile."""

    pointers: ClassVar[tuple[str, ...]] = ("visits",)

    shape: tuple[int, int, int]
    tile: Tile
    vectors: int = 1
    groups: int = 1
    stride: int = 1

    def emit(self, f: Function) -> None:
        height, width, channels = self.shape
        rows = input_gradient_axis((height, height), 2, self.stride, 1, 0)
        columns = convolution_axis((width, width), 1, 1, 1, 0)
        for block in picture_blocks(f, self.tile.pictures):
            for chunk in channel_chunks(f, channels, self.groups, self.vectors):
                for place in tiles_over(f, block, rows, columns, self.tile):
                    for picture, row, column in np.ndindex(
                        place.tile.pictures, place.tile.rows, place.tile.columns
                    ):
                        pixel = f.add(
                            f.multiply(f.add(place.picture, picture), height * width),
                            f.multiply(f.add(place.rows.output, row * self.stride), width),
                            place.columns.output,
                            column,
                        )
                        visited = f.at(
                            f.pointers["visits"], f.add(f.multiply(pixel, channels), chunk.first)
                        )
                        for piece in chunk.pieces:
                            here = f.at(visited, piece.start)
                            one = f.constant(1, piece.width)
                            more = f.builder.fadd(f.load_vector(here, piece), one)
                            f.store_vector(more, here, piece)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "kernel",
    [
        _Visits((1, 1, 1), Tile(1, 1, 1)),
        _Visits((5, 7, 40), Tile(1, 2, 3), 2),
        _Visits((5, 7, 40), Tile(4, 5, 7), 3),
        _Visits((7, 3, 21), Tile(2, 2, 2), 1, 3),
        _Visits((9, 4, 65), Tile(1, 3, 1), 4, stride=2),
    ],
    ids=str,
)
@pytest.mark.parametrize("count", [0, 1, 6])
def test_every_number_is_visited_once(kernel: _Visits, count: int, target: str) -> None:
    visits = np.zeros((6, *kernel.shape), np.float32)
    (result,) = run_guarded(kernel, visits, target=target, count=count)
    np.testing.assert_array_equal(result[:count], 1)
    np.testing.assert_array_equal(result[count:], 0)


def test_tiles_are_as_large_as_they_say() -> None:
    assert Tile(2, 3, 4).outputs == 24
