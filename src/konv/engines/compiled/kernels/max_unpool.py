"""The gradient of a map before a rectifier and a max-pool, with all of its zeros.

::

    dz[i, j, c] = dy[window of i, j; c], taken back through the rectifier, if z[i, j, c] won there
    dz[i, j, c] = 0 otherwise, also in rows and columns that the pool left out
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import (
    BYTE,
    FLOAT,
    INT32,
    Function,
    Index,
    Piece,
    Value,
)
from konv.engines.compiled.kernels.bands import vector_blocks
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.pooled_values import Pixel, pixel_offset
from konv.engines.compiled.kernels.rectifier import RELU, Rectifier
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["MaxUnpool"]

# Windows of up to so many pixels are written out; larger ones are loops.
_WRITTEN_OUT = 9


@record
class MaxUnpool(Kernel):
    """See the head of this file.

    Args:
        pooled: the map y: after the pool.
        gradient: the map dy.
        output: the map dz: before the pool; its border is not written.
        pool: rows and columns of the pool, as far apart as they are large.
        rectifier: what stands before the pool.
    """

    pointers: ClassVar[tuple[str, ...]] = ("y", "winner", "dy", "dz")

    pooled: MapLayout
    gradient: MapLayout
    output: MapLayout
    pool: tuple[int, int]
    rectifier: Rectifier = RELU

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes: fitted to what was measured."""
        vectors = -(-self.pooled.channels // target.vector)
        stores = 1 + self.pool[0] * self.pool[1]
        return 5.0 * self.pooled.height * self.pooled.width * vectors * stores

    def emit(self, f: Function) -> None:
        rows, columns = self.pool[0] * self.pooled.height, self.pool[1] * self.pooled.width
        left_out = self.output.height - rows, self.output.width - columns
        with f.loop(f.count) as picture:
            with f.loop(self.pooled.height) as row, f.loop(self.pooled.width) as column:
                self._pixel(f, (picture.index, row.index, column.index))
            if left_out[1]:
                with f.loop(rows) as row:
                    self._clear(f, (picture.index, row.index, columns), left_out[1])
            if left_out[0]:
                with f.loop(left_out[0]) as row:
                    place = (picture.index, f.add(row.index, rows), 0)
                    self._clear(f, place, self.output.width)

    def _pixel(self, f: Function, place: Pixel) -> None:
        picture, row, column = place
        first = (picture, f.multiply(row, self.pool[0]), f.multiply(column, self.pool[1]))
        winners = MapLayout(self.pooled.height, self.pooled.width, self.pooled.channels)
        y, dy, dz, winner = (
            f.at(f.pointers[name], pixel_offset(f, layout, at), kind)
            for name, layout, at, kind in (
                ("y", self.pooled, place, FLOAT),
                ("dy", self.gradient, place, FLOAT),
                ("dz", self.output, first, FLOAT),
                ("winner", winners, place, BYTE),
            )
        )
        for start, (piece,) in vector_blocks(f, self.pooled.channels, 1):
            met = (f.load_vector(f.at(pointer, start), piece) for pointer in (y, dy))
            gradient = self.rectifier.gate(f, *met)
            self._window(f, gradient, f.at(winner, start, BYTE), f.at(dz, start), piece)

    def _window(self, f: Function, gradient: Value, winner: Value, dz: Value, piece: Piece) -> None:
        """The gradient where the winner is, and zeros around it."""
        kind = ir.VectorType(INT32, piece.width)
        won = f.builder.zext(f.load_vector(winner, piece, BYTE), kind)
        zeros = f.constant(0, piece.width)
        for row, column in self._places(f):
            number = f.index(f.add(f.multiply(row, self.pool[1]), column))
            here = f.splat(f.builder.trunc(number, INT32), piece.width)
            value = f.builder.select(f.builder.icmp_unsigned("==", won, here), gradient, zeros)
            offset = f.add(
                f.multiply(row, self.output.row), f.multiply(column, self.output.channels)
            )
            f.store_vector(value, f.at(dz, offset), piece)

    def _places(self, f: Function) -> Iterator[tuple[Index, Index]]:
        rows, columns = self.pool
        if rows * columns <= _WRITTEN_OUT:
            yield from product(range(rows), range(columns))
            return
        with f.loop(rows) as row, f.loop(columns) as column:
            yield row.index, column.index

    def _clear(self, f: Function, place: Pixel, columns: int) -> None:
        dz = f.at(f.pointers["dz"], pixel_offset(f, self.output, place))
        for start, piece in f.row(columns * self.output.channels):
            f.store_vector(f.constant(0, piece.width), f.at(dz, start), piece)
