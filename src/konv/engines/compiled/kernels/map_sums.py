"""The sums over all windows of a map, tile by tile.

A kernel that is larger than the cache is read part by part: all pictures take some of the input
channels, then the next, while the sums wait where the outputs go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from konv.engines.compiled.emit.function import Function, Index, Value
from konv.engines.compiled.kernels.correlation import Turn, window_sums
from konv.engines.compiled.kernels.map_correlation import MapCorrelation
from konv.engines.compiled.kernels.tile_array import TileArray
from konv.engines.compiled.kernels.tile_choice import Choice
from konv.engines.compiled.kernels.tiles import (
    Chunk,
    Place,
    channel_chunks,
    picture_blocks,
    tiles_over,
)
from konv.engines.compiled.record import record

__all__ = ["MapSums"]


@record
class MapSums:
    """The sums in the making.

    Args:
        f: where they are written.
        correlation: what is summed.
        x, kernel: the arrays.
    """

    f: Function
    correlation: MapCorrelation
    x: Value
    kernel: Value

    def write(
        self,
        begin: Callable[[Place, Chunk], Sequence[Value]],
        finish: Callable[[Place, Chunk, Sequence[Value]], None],
        kept: TileArray,
    ) -> None:
        """Write the sums of all tiles.

        Args:
            begin: what the sums of a tile begin with: one vector per pixel (those that the pool of
                an output has after each other) and piece of the chunk.
            finish: what becomes of the sums of a tile.
            kept: where unfinished sums wait.
        """
        choice = self.correlation.choice(self.f.target)
        if self.correlation.parts == 1:
            for place, chunk in self._walk(choice):
                finish(place, chunk, self._part(choice, place, chunk, begin(place, chunk)))
            return
        for place, chunk in self._walk(choice):
            kept.store(place, chunk, begin(place, chunk))
        with self.f.loop(self.correlation.parts) as turn:
            channel = self.f.multiply(turn.index, self.correlation.inputs)
            for place, chunk in self._walk(choice):
                start = kept.load(place, chunk)
                kept.store(place, chunk, self._part(choice, place, chunk, start, channel))
        for place, chunk in self._walk(choice):
            finish(place, chunk, kept.load(place, chunk))

    def _walk(self, choice: Choice) -> Iterator[tuple[Place, Chunk]]:
        """Every tile of every chunk of channels, so that the larger of two stays in the cache: the
        pictures while the chunks change, or a chunk of a large kernel while the pictures change."""
        f, what, tile = self.f, self.correlation, choice.tile
        if what.cached:
            for block in picture_blocks(f, tile.pictures):
                for chunk in channel_chunks(f, what.channels, what.groups, choice.vectors):
                    for place in tiles_over(f, block, what.rows, what.columns, tile):
                        yield place, chunk
            return
        for chunk in channel_chunks(f, what.channels, what.groups, choice.vectors):
            for block in picture_blocks(f, tile.pictures):
                for place in tiles_over(f, block, what.rows, what.columns, tile):
                    yield place, chunk

    def _part(
        self,
        choice: Choice,
        place: Place,
        chunk: Chunk,
        start: Sequence[Value],
        channel: Index = 0,
    ) -> list[Value]:
        """The sums of a tile after the part of the input channels that begins with ``channel``."""
        f, what = self.f, self.correlation
        group = f.multiply(chunk.group, what.input.channels // what.groups)
        row = f.add(chunk.first, f.multiply(channel, what.channels))
        return window_sums(
            f,
            what.loops(f, place, choice),
            f.hidden(f.at(self.x, f.add(what.input_offset(f, place), group, channel))),
            f.hidden(f.at(self.kernel, f.add(what.kernel_offset(f, place), row))),
            turn=Turn(what.pixels(place.tile), chunk.pieces, what.elements(choice)),
            start=start,
        )
