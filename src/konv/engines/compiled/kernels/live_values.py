"""What is left of a gradient behind a rectifier and a max-pool: its live values.

Of the pixels in a pool's window only the winner has a gradient, and only if the rectifier lets it
pass. For the n pixels of a band of the pooled map this writes down, filter by filter, which are
live::

    values[pixel, filter]   the gradient, taken back through the rectifier
    offsets[pixel, filter]  where the winner's window begins, from the beginning of the band
    lists[filter]           the pixels whose value is not 0; how many they are
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import INT32, Function, Index, Loop, Piece, Value
from konv.engines.compiled.kernels.bands import add_to, vector_blocks
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.live_lists import LiveLists, lists_in
from konv.engines.compiled.kernels.pooled_values import Pixel, PooledValues
from konv.engines.compiled.kernels.pooled_windows import PooledBand
from konv.engines.compiled.kernels.rectifier import Rectifier
from konv.engines.compiled.record import record

__all__ = ["LiveValues"]


@record
class LiveValues:
    """See the head of this file.

    Args:
        pooled: the map y.
        gradient: the map dy.
        pool: rows and columns of the pool.
        steps: from one picture, one row and one column before the pool to the next, in whatever
            windows are counted.
        rectifier: what the gradient is taken back through.
    """

    pooled: MapLayout
    gradient: MapLayout
    pool: tuple[int, int]
    steps: tuple[int, int, int]
    rectifier: Rectifier

    def write(
        self, f: Function, band: PooledBand, memory: Value, bias_gradient: Value | None
    ) -> LiveLists:
        """The lists of a band; the sums of its live values are added to ``bias_gradient``."""
        pixels = f.index(f.multiply(f.multiply(band.columns, band.rows), band.pictures))
        lists = lists_in(f, memory, pixels, self.pooled.channels)
        for start, (piece,) in vector_blocks(f, self.pooled.channels, 1):
            total = self._chunk(f, band, lists, start, piece)
            if bias_gradient is not None:
                add_to(f, [(f.at(bias_gradient, start), piece)], [total])
        lists.fill(f, self.pooled.channels)
        return lists

    def _chunk(
        self, f: Function, band: PooledBand, lists: LiveLists, start: Index, piece: Piece
    ) -> Value:
        """Values, offsets and flags of some neighbouring filters; the sum of their values."""
        first = f.multiply(start, lists.pixels)
        sums = [f.index(0), f.constant(0, piece.width)]
        with self._pixels(f, band, sums) as (pixel, base, turn):
            number, total = turn.carried
            gradient = self._values.gradients(f, pixel, start, piece)
            here = f.add(first, f.multiply(number, lists.lanes))
            f.builder.store(gradient, f.at(lists.values, here), align=4)
            offsets = self._offsets(f, pixel, start, piece, base)
            f.builder.store(offsets, f.at(lists.offsets, here, INT32), align=4)
            live = f.builder.fcmp_unordered("!=", gradient, f.constant(0, piece.width))
            lists.flag(f, start, number, live)
            turn.results = [f.add(number, 1), f.builder.fadd(total, gradient)]
        lists.end_flags(f, start)
        return sums[1]

    @contextmanager
    def _pixels(
        self, f: Function, band: PooledBand, sums: list[Value]
    ) -> Iterator[tuple[Pixel, Value, Loop]]:
        """Every pixel of a band: (picture, row, column), where its first window begins, the turn.

        ``sums`` are carried from turn to turn; they are the last ones afterwards.
        """
        down, across = (self.pool[i] * self.steps[i + 1] for i in (0, 1))
        with f.loop(band.pictures, sums) as picture:
            with f.loop(band.rows, picture.carried) as row:
                with f.loop(band.columns, row.carried) as column:
                    place = (
                        f.add(band.picture, picture.index),
                        f.add(band.row, row.index),
                        f.add(band.column, column.index),
                    )
                    start = f.add(
                        f.multiply(picture.index, self.steps[0]),
                        f.multiply(row.index, down),
                        f.multiply(column.index, across),
                    )
                    yield place, start, column
                row.results = column.results
            picture.results = row.results
        sums[:] = picture.results

    @property
    def _values(self) -> PooledValues:
        return PooledValues(self.pooled, self.gradient, self.rectifier)

    def _offsets(
        self,
        f: Function,
        pixel: Pixel,
        start: Index,
        piece: Piece,
        base: Value,
    ) -> Value:
        """Where the windows of the winners begin."""
        number = self._values.winners(f, pixel, start, piece)
        kind = number.type
        _, row_step, column_step = self.steps
        columns = self.pool[1]
        # number // columns without a division: exact for numbers below 256
        row = f.builder.lshr(
            f.builder.mul(number, _all(kind, -(-65536 // columns))), _all(kind, 16)
        )
        offset = f.builder.add(
            f.builder.mul(number, _all(kind, column_step)),
            f.builder.mul(row, _all(kind, row_step - columns * column_step)),
        )
        return f.builder.add(offset, f.splat(f.builder.trunc(f.index(base), INT32), piece.width))


def _all(kind: ir.VectorType, number: int) -> Value:
    return ir.Constant(kind, [number] * kind.count)
