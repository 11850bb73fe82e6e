"""Weights as bfloat16, in the tiles that products read: for prediction.

::

    tiles[block of 16 filters][tap][32 channels][16 pairs of channels][16 filters][2]

The channels that fill up the last tile are zeros, and so are the filters. A normalization that is
folded into the weights multiplies them before they are rounded.
"""

from __future__ import annotations

from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.bf16 import BF16_BYTES, pairs, rounded
from konv.engines.compiled.emit.function import BYTE, INT32, Function, Index, Piece, Value
from konv.engines.compiled.emit.tiles import ROW_BYTES
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.bf16_map import filled_up
from konv.engines.compiled.kernels.folding import scale_of
from konv.engines.compiled.kernels.normalization import Formula
from konv.engines.compiled.record import record

__all__ = ["FILTERS", "Bf16Weights", "Filters"]

FILTERS = 16  # columns of a tile
_UNROLLED = 4
_WEIGHTS_PER_CYCLE = 2


@record
class Bf16Weights(Kernel):
    """Rounds weights and lays them out. Called with blocks of 16 filters.

    Pointers::

        kernel      float32 [taps, channels, filters]
        variance    float32 [filters], if there is a formula
        gamma       float32 [filters], if the formula has it
        tiles       written, bfloat16, see the head of this file

    Args:
        taps, channels, filters: of the weights.
        flipped: whether the taps are taken from the last to the first.
        formula: that of the normalization that is folded into them.
    """

    pointers: ClassVar[tuple[str, ...]] = ("kernel", "variance", "gamma", "tiles")

    taps: int
    channels: int
    filters: int
    flipped: bool = False
    formula: Formula | None = None

    @property
    def blocks(self) -> int:
        """How many blocks of filters there are."""
        return -(-self.filters // FILTERS)

    @property
    def block_bytes(self) -> int:
        """What the tiles of one block take."""
        return self.taps * filled_up(self.channels) * FILTERS * BF16_BYTES

    @property
    def tiles_bytes(self) -> int:
        """What all tiles take."""
        return self.blocks * self.block_bytes

    @property
    def cycles_per_batch(self) -> float:
        """About how many cycles all weights take."""
        return self.taps * self.channels * self.filters / _WEIGHTS_PER_CYCLE

    def emit(self, f: Function) -> None:
        with f.loop(f.count) as turn:
            block = f.add(f.first, turn.index)
            first = f.multiply(block, FILTERS)
            piece = Piece(0, f.smaller(FILTERS, f.subtract(self.filters, first)), FILTERS)
            scale = self._scale(f, first, piece)
            tiles = f.at(f.pointers["tiles"], f.multiply(block, self.block_bytes), BYTE)
            with f.loop(self.taps) as tap:
                source = f.subtract(self.taps - 1, tap.index) if self.flipped else tap.index
                row = f.add(first, f.multiply(source, self.channels * self.filters))
                place = f.multiply(tap.index, self.block_bytes // self.taps)
                weights = f.at(f.pointers["kernel"], row)
                filters = Filters(f, weights, self.filters, piece, scale)
                filters.write(f.at(tiles, place, BYTE), self.channels)

    def _scale(self, f: Function, first: Index, piece: Piece) -> Value | None:
        """What the weights of some filters are multiplied with; 0 for those that are none."""
        if self.formula is None:
            return None
        scale = scale_of(f, self.formula, first, piece)
        return f.builder.select(f.mask(piece), scale, f.constant(0.0, FILTERS))


@record
class Filters:
    """Up to 16 filters of a matrix of weights.

    Args:
        f: where they are read.
        first: the weight of the first of them in the first row.
        step: from one row to the next.
        piece: how many there are.
        scale: what they are multiplied with.
    """

    f: Function
    first: Value
    step: int
    piece: Piece
    scale: Value | None = None

    def rounded(self, row: Index) -> Value:
        """Their weights in a row."""
        f = self.f
        numbers = f.load_vector(f.at(self.first, f.multiply(row, self.step)), self.piece)
        return rounded(f, numbers if self.scale is None else f.builder.fmul(numbers, self.scale))

    def write(self, tiles: Value, rows: int) -> None:
        """So many rows as tiles: pair after pair, then zeros until the last tile is full."""
        f = self.f
        whole, odd = divmod(rows, 2)
        for first, count in f.blocks(whole, _UNROLLED):
            for pair in (f.add(first, number) for number in range(count)):
                row = f.multiply(pair, 2)
                both = pairs(f, self.rounded(row), self.rounded(f.add(row, 1)))
                _store(f, tiles, pair, both)
        if odd:
            _store(f, tiles, whole, f.builder.zext(self.rounded(2 * whole), _PAIRS))
        done = whole + odd
        with f.loop(filled_up(rows) // 2 - done) as turn:
            _store(f, tiles, f.add(done, turn.index), ir.Constant(_PAIRS, None))


_PAIRS = ir.VectorType(INT32, FILTERS)


def _store(f: Function, tiles: Value, pair: Index, values: Value) -> None:
    address = f.at(tiles, f.multiply(pair, ROW_BYTES), BYTE)
    f.store_vector(values, address, Piece(0, FILTERS, FILTERS))
