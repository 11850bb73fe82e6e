"""Convolution with windows of 3×3 after Winograd, with bias, rectifier and pool in one kernel.

::

    z = bias + Aᵀ [Σ_c (G g_c Gᵀ) ⊙ (Bᵀ d_c B)] A      tile by tile of m×m sums

It computes what ``convolution.py`` does, with (m + 2)² products per tile instead of 9·m², but not
to the same bits: sums that are whole numbers need not come out whole, and what is not a number
spreads in its tile. Pools whose windows divide a tile are taken in registers, as there.

The order of the sums depends on the shapes only. Weights must have been transformed, or, by
:class:`WinogradAlone`, are transformed chunk by chunk while they are in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, FLOAT, Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import largest
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.winograd_chunks import (
    ChannelPart,
    FilterChunk,
    FilterChunks,
)
from konv.engines.compiled.kernels.winograd_cost import alone_cycles, sums_cycles, weights_cycles
from konv.engines.compiled.kernels.winograd_map import MapTile, TiledMap
from konv.engines.compiled.kernels.winograd_sums import ROWS, Block, WinogradSums
from konv.engines.compiled.kernels.winograd_tiles import Finish, wanted
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["Winograd", "WinogradAlone"]

_FEW_VECTORS = 4
_FEW_TILES = 4
_FEW_CHANNELS = 2
# Items that two threads can share, and tiles whose products are worth to transform weights anew.
_FEWEST_ITEMS, _TILES = 2, 32


@record
class Winograd(Kernel):
    """See the head of this file.

    Pointers::

        x          the map
        weights    transformed: see winograd_weights.py
        bias       float32 [filters], if there is one
        y          written: after the pool, if there is one
        winner     written, if asked for: bytes, laid out as y without a border
        scratch    of scratch_bytes

    Args:
        input: the map x; its border holds at least what the windows reach.
        output: the map y.
        padding: zeros above and to the left of the map.
        size: m: rows and columns of a tile of sums.
        bias: whether one is added.
        rectifier: what is applied to the sums.
        pool: rows and columns of the pool, as far apart as they are large, which divide m.
        winners: whether ``winner`` is written.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "weights", "bias", "y", "winner", "scratch")

    input: MapLayout
    output: MapLayout
    padding: tuple[int, int]
    size: int
    bias: bool = True
    rectifier: Rectifier = LINEAR
    pool: tuple[int, int] = (1, 1)
    winners: bool = False

    @property
    def operations(self) -> int:
        tiles = self.map.tiles * self.map.points
        return tiles * self.input.channels * self.output.channels

    @property
    def map(self) -> TiledMap:
        """The map of sums."""
        rows, columns = self.output.height * self.pool[0], self.output.width * self.pool[1]
        return TiledMap(rows, columns, self.size)

    def sums(self, target: Target, vectors: int | None = None) -> WinogradSums:
        """What is summed, in chunks of filters of as many vectors as is best, or of so many."""
        chunks = FilterChunks.of(self.output.channels, target, vectors)
        return WinogradSums(self.map, self.input, self.padding, chunks)

    def scratch_bytes(self, target: Target) -> int:
        """What a call needs for itself."""
        return 4 * self.sums(target).scratch_numbers

    def cycles(self, target: Target) -> float:
        """About how many cycles the sums of a picture take, if it is one of many."""
        return sums_cycles(self.sums(target), target)

    def pictures(self, target: Target) -> int:
        return self.sums(target).pictures

    def weights_cycles(self, target: Target) -> float:
        """About how many cycles it takes to transform the weights."""
        return weights_cycles(self.sums(target), target)

    def emit(self, f: Function) -> None:
        x, weights, scratch = (f.pointers[name] for name in ("x", "weights", "scratch"))
        sums = self.sums(f.target)
        sums.write(f, x, weights, scratch, self.finish(f))

    def finish(self, f: Function) -> Finish:
        """What becomes of the sums of a tile: as many rows as a pool has."""
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
        """Bias, pool, rectifier."""
        if self.bias:
            bias = f.load_vector(f.at(f.pointers["bias"], first), piece)
            sums = [[f.builder.fadd(value, bias) for value in row] for row in sums]
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
            value, which = largest(f, window)
            at = f.at(y, j * self.output.channels)
            f.store_vector(self.rectifier.apply(f, value), at, piece)
            if self.winners:
                narrow = f.builder.trunc(which, ir.VectorType(BYTE, which.type.count))
                f.store_vector(narrow, f.at(winner, j * dense.channels, BYTE), piece)

    def _start(self, f: Function, tile: MapTile, number: Index, layout: MapLayout) -> Index:
        """Where a row of outputs of a tile begins."""
        return f.add(tile.offset(f, layout, self.pool), f.multiply(number, layout.row))


@record
class WinogradAlone(Kernel):
    """The same of a single picture, which several threads share.

    Its items are chunks of filters for some of the tiles, all chunks of some tiles one after the
    other.

    Pointers: those of :class:`Winograd`; but the weights are as the convolution has them.

    Args:
        whole: what is done.
        flipped: whether the convolution turns its kernels by 180°.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "kernel", "bias", "y", "winner", "scratch")

    whole: Winograd
    flipped: bool = False

    @property
    def operations(self) -> int:
        return self.whole.operations

    @property
    def rectifier(self) -> Rectifier:
        """What is applied to the sums."""
        return self.whole.rectifier

    @property
    def pool(self) -> tuple[int, int]:
        """What follows that."""
        return self.whole.pool

    def items(self, target: Target) -> int:
        """How many items there are."""
        sums = self.sums(target)
        return sums.chunks.count * -(-sums.map.tiles // self._tiles(sums))

    def _tiles(self, sums: WinogradSums) -> int:
        """Of how many tiles an item is: few chunks are divided, if that leaves enough of them."""
        wanted = -(-_FEWEST_ITEMS // sums.chunks.count)
        parts = max(-(-sums.map.tiles // sums.most_tiles), min(wanted, sums.map.tiles // _TILES))
        return -(-sums.map.tiles // (parts * ROWS)) * ROWS

    def sums(self, target: Target) -> WinogradSums:
        """What is summed."""
        vectors = -(-self.whole.output.channels // target.vector)
        return self.whole.sums(target, 1 if vectors < _FEW_VECTORS else 2)

    @property
    def _room(self) -> int:
        """How many channels have their weights transformed at a time."""
        few = self.whole.map.tiles <= _FEW_TILES
        return min(_FEW_CHANNELS, self.whole.input.channels) if few else self.whole.input.channels

    def scratch_bytes(self, target: Target) -> int:
        """What a call needs for itself: V, M, and some of U."""
        sums = self.sums(target)
        return 4 * (sums.scratch_numbers + sums.map.points * (self._room + 1) * sums.chunks.size)

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes, with its weights."""
        return alone_cycles(self.sums(target), target, self._room)

    def emit(self, f: Function) -> None:
        sums, x, scratch = self.sums(f.target), f.pointers["x"], f.pointers["scratch"]
        with f.loop(f.count) as turn:
            part, number = f.divide(f.add(f.first, turn.index), sums.chunks.count)
            block = self._block(f, sums, part)
            # V serves all chunks of these tiles that are among the items.
            begins = (
                f.builder.icmp_signed("==", f.index(n), f.index(0)) for n in (turn.index, number)
            )
            with f.when(f.builder.or_(*begins)):
                sums.transform(f, x, scratch, block)
            for chunk in sums.chunks.numbered(f, number):
                self._multiply(f, sums, block, chunk)
                sums.finish(f, scratch, block, chunk, self.whole.finish(f))

    def _block(self, f: Function, sums: WinogradSums, part: Index) -> Block:
        """Some of the tiles. If they are all, their number is known now, and code is shorter."""
        size, tiles = self._tiles(sums), sums.map.tiles
        if size >= tiles:
            return Block(0, tiles)
        first = f.multiply(part, size)
        return Block(first, f.smaller(size, f.subtract(tiles, first)))

    def _multiply(self, f: Function, sums: WinogradSums, block: Block, chunk: FilterChunk) -> None:
        """U part by part, and M."""
        scratch, all_channels = f.pointers["scratch"], self.whole.input.channels
        weights = f.at(scratch, sums.scratch_numbers)
        filters, size = self.whole.output.channels, self.whole.size
        transformed = WinogradWeights(all_channels, filters, size, self.flipped)
        parts = -(-all_channels // self._room)
        if parts > 1:
            sums.clear(f, scratch, block, chunk)
        with f.loop(parts) as turn:
            first = f.multiply(turn.index, self._room)
            count = f.smaller(self._room, f.subtract(all_channels, first))
            channels = ChannelPart(first, count, self._room)
            transformed.write_part(f, chunk, channels, weights)
            sums.multiply(f, weights, scratch, block=block, chunk=chunk, channels=channels)
