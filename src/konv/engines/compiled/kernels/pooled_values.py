"""What gradients behind a rectifier and a max-pool begin with: values of pixels of the pooled map.

Functions that read them have the pointers ``y``, ``winner`` and ``dy``.
"""

from __future__ import annotations

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, INT32, Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.rectifier import Rectifier
from konv.engines.compiled.record import record

__all__ = ["Pixel", "PooledValues", "pixel_offset"]

Pixel = tuple[Index, Index, Index]  # picture, row, column


@record
class PooledValues:
    """Some neighbouring filters at a pixel.

    Args:
        pooled: the map y.
        gradient: the map dy.
        rectifier: what the gradient is taken back through.
    """

    pooled: MapLayout
    gradient: MapLayout
    rectifier: Rectifier

    def gradients(self, f: Function, pixel: Pixel, start: Index, piece: Piece) -> Value:
        """dy, taken back through the rectifier."""
        y, dy = (
            f.load_vector(f.at(f.pointers[name], f.add(pixel_offset(f, map_, pixel), start)), piece)
            for name, map_ in (("y", self.pooled), ("dy", self.gradient))
        )
        return self.rectifier.gate(f, y, dy)

    def winners(self, f: Function, pixel: Pixel, start: Index, piece: Piece) -> Value:
        """Which pixels of the pool's window won: their numbers, row by row."""
        plain = MapLayout(self.pooled.height, self.pooled.width, self.pooled.channels)
        offset = f.add(pixel_offset(f, plain, pixel), start)
        numbers = f.load_vector(f.at(f.pointers["winner"], offset, BYTE), piece, BYTE)
        return f.builder.zext(numbers, ir.VectorType(INT32, piece.width))


def pixel_offset(f: Function, layout: MapLayout, pixel: Pixel) -> Index:
    """Where a pixel begins, in elements."""
    picture, row, column = pixel
    return f.add(
        f.multiply(picture, layout.size),
        f.multiply(row, layout.row),
        f.multiply(column, layout.channels),
        layout.origin,
    )
