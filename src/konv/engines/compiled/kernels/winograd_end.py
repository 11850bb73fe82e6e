"""What becomes of the sums of a tile after Winograd: scale, bias, pool, rectifier."""

from __future__ import annotations

from collections.abc import Sequence

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, FLOAT, Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import largest
from konv.engines.compiled.kernels.rectifier import Rectifier
from konv.engines.compiled.kernels.shift import End, Shift
from konv.engines.compiled.kernels.winograd_map import MapTile
from konv.engines.compiled.kernels.winograd_tiles import Finish, wanted
from konv.engines.compiled.record import record

__all__ = ["MapEnd"]


@record
class MapEnd:
    """It is written for a function with the pointers ``bias``, ``y`` and ``winner``.

    Args:
        output: the map y: after the pool, if there is one.
        pool: rows and columns of the pool, as far apart as they are large, which divide a tile.
        rectifier: what is applied to the sums.
        shift: what is added to them.
        winners: whether ``winner`` is written: bytes, laid out as y without a border.
    """

    output: MapLayout
    pool: tuple[int, int]
    rectifier: Rectifier
    shift: Shift
    winners: bool

    def finish(self, f: Function) -> Finish:
        """As many rows of sums together as a pool has."""
        return Finish(self.pool[0], lambda *sums: self._store(f, *sums))

    def _store(
        self,
        f: Function,
        tile: MapTile,
        number: Index,
        first: Index,
        piece: Piece,
        sums: Sequence[Sequence[Value]],
    ) -> None:
        end = self.shift.all(f, first, piece)
        dense = MapLayout(self.output.height, self.output.width, self.output.channels)
        y, winner = (
            f.hidden(f.at(f.pointers[name], f.add(start, first), kind))
            for name, start, kind in (
                ("y", self._start(f, tile, number, self.output), FLOAT),
                ("winner", self._start(f, tile, number, dense), BYTE),
            )
        )
        wide = self.pool[1]
        for j in wanted(f, tile, wide):
            window = [value for row in sums for value in row[j * wide : (j + 1) * wide]]
            value, which = self._largest(f, window, end)
            at = f.at(y, j * self.output.channels)
            f.store_vector(self.rectifier.apply(f, value), at, piece)
            if self.winners:
                narrow = f.builder.trunc(which, ir.VectorType(BYTE, which.type.count))
                f.store_vector(narrow, f.at(winner, j * dense.channels, BYTE), piece)

    def _largest(self, f: Function, window: Sequence[Value], end: End) -> tuple[Value, Value]:
        """The largest of a pool window, shifted, and its number.

        To add the same number to all of them, and to round, leaves the largest the largest: a bias
        alone is added afterwards.
        """
        if self.shift.scaled:
            return largest(f, [end(value) for value in window])
        value, which = largest(f, window)
        return end(value), which

    def _start(self, f: Function, tile: MapTile, number: Index, layout: MapLayout) -> Index:
        """Where a row of outputs of a tile begins."""
        return f.add(tile.offset(f, layout, self.pool), f.multiply(number, layout.row))
