"""Rows times a matrix that lies the other way round: the input gradient of dense layers.

::

    dx[r, i] = Σ_u dz[r, u] · kernel[i, u]

The inputs are to be the lanes of vectors, but it is the units that are neighbours in the kernel.
So blocks of it are turned into a corner of the nearest cache, and then used for all rows. There is
room for so many units; more of them follow block by block, and dx holds the sums in between. The
sums go over the units one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.rectifier import Rectifier
from konv.engines.compiled.kernels.rows import RowTile, Steps, products, row_tiles
from konv.engines.compiled.kernels.transposition import SIDE, transpose
from konv.engines.compiled.record import record

__all__ = ["INPUT_VECTORS", "TurnedProducts"]

# A turned block: 16 KB of the nearest cache, which are 128 units for two vectors of 16 inputs.
_SCRATCH_NUMBERS = 4096
INPUT_VECTORS = 2


@record
class TurnedProducts:
    """What functions with the pointers ``dz``, ``kernel``, ``dx`` and ``y`` do.

    Args:
        inputs, units: rows and columns of the kernel.
        accumulate: whether dx is added to what is there.
        gate: the rectifier with the output y, through which dx is passed back.
    """

    inputs: int
    units: int
    accumulate: bool
    gate: Rectifier

    def room(self, f: Function) -> Value:
        """Where blocks of the kernel are turned into."""
        return f.scratch(_SCRATCH_NUMBERS)

    def emit(
        self, f: Function, room: Value, rows: Index, first: Index, pieces: Sequence[Piece]
    ) -> None:
        """The inputs of some vectors, the first of them ``first``, for all rows."""
        lanes = len(pieces) * f.target.vector
        most = _SCRATCH_NUMBERS // lanes
        blocks = -(-self.units // most)
        if blocks == 1:
            block = _Block(0, self.units, None, None)
            self._block(f, room, rows, first, pieces, block)
            return
        size = -(-self.units // (blocks * SIDE)) * SIDE
        with f.loop(blocks) as turn:
            unit = f.multiply(turn.index, size)
            begins, ends = (
                f.builder.icmp_signed("==", turn.index, f.index(place)) for place in (0, blocks - 1)
            )
            block = _Block(unit, f.smaller(size, f.subtract(self.units, unit)), begins, ends)
            self._block(f, room, rows, first, pieces, block)

    def _block(
        self,
        f: Function,
        room: Value,
        rows: Index,
        first: Index,
        pieces: Sequence[Piece],
        block: _Block,
    ) -> None:
        lanes = len(pieces) * f.target.vector
        transpose(
            f,
            f.at(f.pointers["kernel"], f.add(f.multiply(first, self.units), block.first)),
            room,
            step=self.units,
            rows=f.add(pieces[-1].start, pieces[-1].lanes),
            columns=block.count,
            ragged=self.units % SIDE != 0,
            room=lanes,
        )
        for tile in row_tiles(f, rows, pieces):
            places = self._places(f, tile, first, pieces)
            sums = products(
                f,
                f.at(f.pointers["dz"], f.add(f.multiply(tile.first, self.units), block.first)),
                room,
                steps=Steps(self.units, 1, lanes),
                depth=block.count,
                lines=tile.lines,
                pieces=[Piece(piece.start, piece.width, piece.width) for piece in pieces],
                start=[self._start(f, place, piece, block) for place, piece in places],
            )
            for (place, piece), total in zip(places, sums, strict=True):
                dx = self._gated(f, place, piece, block, total)
                f.store_vector(dx, f.at(f.pointers["dx"], place), piece)

    def _places(
        self, f: Function, tile: RowTile, first: Index, pieces: Sequence[Piece]
    ) -> list[tuple[Index, Piece]]:
        """Where in dx and in y the sums of a tile belong."""
        start = f.add(f.multiply(tile.first, self.inputs), first)
        return [
            (f.add(start, f.multiply(line, self.inputs), piece.start), piece)
            for line in tile.lines
            for piece in pieces
        ]

    def _start(self, f: Function, place: Index, piece: Piece, block: _Block) -> Value:
        zero = f.constant(0, piece.width)
        if block.begins is None and not self.accumulate:
            return zero
        before = f.load_vector(f.at(f.pointers["dx"], place), piece)
        return before if self.accumulate else f.builder.select(block.begins, zero, before)

    def _gated(self, f: Function, place: Index, piece: Piece, block: _Block, dx: Value) -> Value:
        if self.gate.linear:
            return dx
        passed = self.gate.gate(f, f.load_vector(f.at(f.pointers["y"], place), piece), dx)
        return passed if block.ends is None else f.builder.select(block.ends, passed, dx)


@record
class _Block:
    """Some neighbouring units; whether they begin and end the sum (None: both)."""

    first: Index
    count: Index
    begins: Value
    ends: Value
