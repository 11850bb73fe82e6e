"""Sums over windows of 3×3 after Winograd: transformed inputs times transformed weights.

Some tiles of the map at a time are a block::

    V[point, tile, channel]  = Bᵀ d B             of each tile and channel
    M[point, tile, filter]   = Σ_channel V · U    a product of matrices for each of the points
    sums[tile, filter]       = Aᵀ M A             of each tile and filter

V of a block, and M for a chunk of filters, lie in a scratch array that stays in the second-level
cache. U is read once for every block. Channels are added up one after the other: the block does not
matter to the bits, nor does the picture beside.
"""

from __future__ import annotations

from collections.abc import Iterator

from konv.engines.compiled.emit.function import Function, Index, Value
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.rows import RowTile, Steps, products, row_tiles
from konv.engines.compiled.kernels.winograd_chunks import ChannelPart, FilterChunk, FilterChunks
from konv.engines.compiled.kernels.winograd_map import TiledMap
from konv.engines.compiled.kernels.winograd_tiles import (
    Finish,
    Source,
    sums_of_tile,
    transform_tile,
)
from konv.engines.compiled.record import record

__all__ = ["ROWS", "Block", "WinogradSums"]

_MOST_TILES = 64
ROWS = 8  # tiles of a block are a multiple of that, which is the height of a register tile
_INPUTS_BYTES = 768 * 1024  # of V
_NEAR_BYTES = 512 * 1024  # of U, that stay in the second-level cache
_LINE = 16  # numbers of a line of the cache


@record
class Block:
    """Some tiles that are worked on together.

    Args:
        first: of them, counted through all pictures.
        count: how many.
    """

    first: Index
    count: Index


@record
class WinogradSums:
    """The work.

    Args:
        map: the sums, in tiles.
        input: the map that is met; its border holds at least what the windows reach.
        padding: how many rows and columns before the map the first window begins.
        chunks: of filters.
    """

    map: TiledMap
    input: MapLayout
    padding: tuple[int, int]
    chunks: FilterChunks

    @property
    def most_tiles(self) -> int:
        """How many tiles are a block at most."""
        fit = _INPUTS_BYTES // (4 * self.map.points * self._row)
        return max(ROWS, min(_MOST_TILES, fit) // ROWS * ROWS)

    @property
    def weights_numbers(self) -> int:
        """What U takes."""
        return self.chunks.numbers(self.map.points, self.input.channels)

    @property
    def pictures(self) -> int:
        """How many should be there at once: as many as fill a block, if U comes from far."""
        far = 4 * self.weights_numbers > _NEAR_BYTES
        return -(-self.most_tiles // self.map.tiles) if far else 1

    @property
    def scratch_numbers(self) -> int:
        """What V and M of a block take."""
        return self.map.points * (self._inputs_pitch + self._products_pitch)

    @property
    def _row(self) -> int:
        """From one tile to the next, in V: so that vectors do not lie across lines of the cache."""
        channels = self.input.channels
        vector = min(_LINE, 1 << (channels - 1).bit_length())
        return -(-channels // vector) * vector

    # From one point to the next there is a line more than it takes: otherwise all points of a tile
    # would lie in the same places of the cache.

    @property
    def _inputs_pitch(self) -> int:
        return -(-self.most_tiles * self._row // _LINE) * _LINE + _LINE

    @property
    def _products_pitch(self) -> int:
        return self.most_tiles * self.chunks.size + _LINE

    def blocks(self, f: Function, pictures: Index) -> Iterator[Block]:
        """All tiles of so many pictures, in blocks of about equal size."""
        tiles = f.multiply(pictures, self.map.tiles)
        blocks = _divided(f, tiles, self.most_tiles)
        with f.loop(blocks) as turn:
            size = f.multiply(_divided(f, _divided(f, tiles, blocks), ROWS), ROWS)
            first = f.multiply(turn.index, size)
            yield Block(first, f.smaller(size, f.subtract(tiles, first)))

    def write(self, f: Function, x: Value, weights: Value, scratch: Value, finish: Finish) -> None:
        """All sums of the pictures that the function is called with.

        Args:
            f: where it is written.
            x: the first picture.
            weights: U.
            scratch: of :attr:`scratch_numbers`.
            finish: what becomes of the sums of each tile.
        """
        channels = ChannelPart(0, self.input.channels, self.input.channels)
        for block in self.blocks(f, f.count):
            self.transform(f, x, scratch, block)
            for chunk in self.chunks.each(f):
                u = f.at(weights, f.multiply(chunk.first, self.map.points * (channels.room + 1)))
                self.multiply(f, u, scratch, block=block, chunk=chunk, channels=channels)
                self.finish(f, scratch, block, chunk, finish)

    def transform(self, f: Function, x: Value, scratch: Value, block: Block) -> None:
        """V of a block.

        Args:
            f: where it is written.
            x: the first picture.
            scratch: where V goes.
            block: which tiles.
        """
        layout = self.input
        begin = layout.at(-self.padding[0], -self.padding[1]) - layout.origin
        for tile in self.map.each(f, block.first, block.count):
            window = f.at(tile.address(f, x, layout), begin)
            place = f.at(scratch, f.multiply(tile.number, self._row))
            for channel, piece in f.row(layout.channels):
                here, there = (f.hidden(f.at(each, channel)) for each in (window, place))
                source = Source(here, layout.row, layout.channels)
                transform_tile(f, tile, source, (there, self._inputs_pitch), piece)

    def multiply(
        self,
        f: Function,
        weights: Value,
        scratch: Value,
        *,
        block: Block,
        chunk: FilterChunk,
        channels: ChannelPart,
    ) -> None:
        """M of a block and a chunk; if that takes several parts of the channels, it is added to.

        Args:
            f: where it is written.
            weights: U of the chunk and the channels.
            scratch: where V is, and M goes.
            block, chunk, channels: which.
        """
        adds = not (isinstance(channels.count, int) and channels.count == self.input.channels)
        with f.loop(self.map.points) as point:
            start = f.add(f.multiply(point.index, self._inputs_pitch), channels.first)
            v = f.at(scratch, start)
            u = f.hidden(f.at(weights, f.multiply(point.index, channels.pitch(chunk))))
            m = f.at(self._products(f, scratch), f.multiply(point.index, self._products_pitch))
            for tile in row_tiles(f, block.count, chunk.padded):
                self._multiply_tile(f, (v, u, m), tile, chunk, (channels.count, adds))

    def _multiply_tile(
        self,
        f: Function,
        addresses: tuple[Value, Value, Value],
        tile: RowTile,
        chunk: FilterChunk,
        depth: tuple[Index, bool],
    ) -> None:
        """Some tiles of the map at a point."""
        (v, u, m), (channels, adds) = addresses, depth
        pieces = chunk.padded
        first = f.hidden(f.at(m, f.multiply(tile.first, chunk.width)))
        places = [
            f.at(first, f.add(f.multiply(line, chunk.width), piece.start))
            for line in tile.lines
            for piece in pieces
        ]
        whole = pieces[0]
        sums = products(
            f,
            f.hidden(f.at(v, f.multiply(tile.first, self._row))),
            u,
            steps=Steps(self._row, 1, chunk.width),
            depth=channels,
            lines=tile.lines,
            pieces=pieces,
            start=[f.load_vector(p, whole) if adds else f.constant(0, whole.width) for p in places],
        )
        for value, place in zip(sums, places, strict=True):
            f.store_vector(value, place, whole)

    def clear(self, f: Function, scratch: Value, block: Block, chunk: FilterChunk) -> None:
        """M of a block and a chunk becomes zeros."""
        with f.loop(self.map.points) as point:
            place = f.multiply(point.index, self._products_pitch)
            m = f.at(self._products(f, scratch), place)
            for offset, piece in f.row(f.multiply(block.count, chunk.width)):
                f.store_vector(f.constant(0, piece.width), f.at(m, offset), piece)

    def finish(
        self, f: Function, scratch: Value, block: Block, chunk: FilterChunk, finish: Finish
    ) -> None:
        """The sums of a block and a chunk.

        Args:
            f: where it is written.
            scratch: where M is.
            block, chunk: which tiles and filters.
            finish: what becomes of the sums of each tile.
        """
        products = self._products(f, scratch)
        for tile in self.map.each(f, block.first, block.count):
            place = f.at(products, f.multiply(tile.number, chunk.width))
            for offset, piece in chunk.row(f):
                here = f.hidden(f.at(place, offset))
                filters = f.add(chunk.first, offset), piece
                sums_of_tile(f, tile, (here, self._products_pitch), filters, finish)

    def _products(self, f: Function, scratch: Value) -> Value:
        """Where M lies."""
        return f.at(scratch, self.map.points * self._inputs_pitch)


def _divided(f: Function, total: Index, parts: Index) -> Index:
    """Quotient, rounded up."""
    if isinstance(total, int) and isinstance(parts, int):
        return -(-total // parts)
    return f.builder.udiv(f.add(total, f.subtract(parts, 1)), f.index(parts))
