"""Convolution after Winograd of a single picture, which several threads share.

Weights are transformed chunk by chunk, by the thread that needs them and while they are in its
cache: for a single picture, to transform all of them beforehand would take longer than the sums.
"""

from __future__ import annotations

from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.rectifier import Rectifier
from konv.engines.compiled.kernels.winograd import Winograd
from konv.engines.compiled.kernels.winograd_chunks import ChannelPart, FilterChunk
from konv.engines.compiled.kernels.winograd_cost import alone_cycles
from konv.engines.compiled.kernels.winograd_sums import ROWS, Block, WinogradSums
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["WinogradAlone"]

_FEW_VECTORS = 4  # of filters: then a chunk is one of them
# So few tiles have the weights of so few channels transformed at a time: they stay in the first
# level of the cache, and are used but once.
_FEW_TILES, _FEW_CHANNELS = 4, 2
# Items that two threads can share, and tiles whose products are worth to transform weights anew.
_FEWEST_ITEMS, _TILES = 2, 32


@record
class WinogradAlone(Kernel):
    """See the head of this file.

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
