"""All sums over windows of a map: tile by tile, with the tiles that cost least."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from konv.engines.compiled.emit.function import FLOAT, Function, Index, Piece, Value
from konv.engines.compiled.kernels.axis import Axis
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.correlation import Turn, WindowLoop, joined, window_sums
from konv.engines.compiled.kernels.tile_choice import Choice, Work, best_choice
from konv.engines.compiled.kernels.tiles import (
    Chunk,
    Place,
    Tile,
    channel_chunks,
    picture_blocks,
    tiles_over,
)

__all__ = ["MapCorrelation"]

_SECOND_LEVEL_BYTES = 1 << 20  # of the second-level cache, what a kernel may fill
_FEWEST_INPUTS = 16  # channels of a part: sums are loaded and stored once more for each


@dataclass(frozen=True)
class MapCorrelation:
    """Sums over windows for all outputs of a map.

    ::

        sum[i, j, o] = begin[o] + Σ_{m, n, c} x[row m of i, column n of j, c] · kernel[…, c, o]

    Kernels are (rows, columns, input channels / groups, output channels).

    Args:
        input: the map x.
        rows, columns: how the outputs meet it.
        kernel: rows and columns of the kernel.
        channels: of the output.
        groups: how many groups the channels are divided into.
    """

    input: MapLayout
    rows: Axis
    columns: Axis
    kernel: tuple[int, int]
    channels: int
    groups: int

    @property
    def operations(self) -> int:
        """Multiply-adds for one picture."""
        rows, columns = (
            axis.pool * sum(line.count * line.taps for line in axis.lines)
            for axis in (self.rows, self.columns)
        )
        return rows * columns * self.input.channels // self.groups * self.channels

    def emit(
        self,
        f: Function,
        x: Value,
        kernel: Value,
        begin: Callable[[Place, Chunk], Sequence[Value]],
        finish: Callable[[Place, Chunk, Sequence[Value]], None],
        kept: tuple[Value, MapLayout],
    ) -> None:
        """Write the sums of all tiles.

        Args:
            f: where it is written.
            x, kernel: the arrays.
            begin: what the sums of a tile begin with: one vector per pixel (those that the pool of
                an output has after each other) and piece of the chunk.
            finish: what becomes of the sums of a tile.
            kept: where unfinished sums are kept if the kernel is too large to be read at once.
        """
        choice = self._choice(f)
        if self._parts == 1:
            for chunk, place in self._walk(f, choice):
                start = begin(place, chunk)
                finish(place, chunk, self._sums(f, x, kernel, choice, place, chunk, 0, start))
            return
        for chunk, place in self._walk(f, choice):
            self.store(f, kept, place, chunk, begin(place, chunk))
        with f.loop(self._parts) as part:
            for chunk, place in self._walk(f, choice):
                start = self.load(f, kept, place, chunk)
                sums = self._sums(f, x, kernel, choice, place, chunk, part.index, start)
                self.store(f, kept, place, chunk, sums)
        for chunk, place in self._walk(f, choice):
            finish(place, chunk, self.load(f, kept, place, chunk))

    def _sums(
        self,
        f: Function,
        x: Value,
        kernel: Value,
        choice: Choice,
        place: Place,
        chunk: Chunk,
        part: Index,
        start: Sequence[Value],
    ) -> list[Value]:
        """What one part of the input channels adds to the sums of a tile."""
        channel = f.multiply(part, self._inputs)
        group = f.multiply(chunk.group, self.input.channels // self.groups)
        row = f.add(chunk.first, f.multiply(channel, self.channels))
        return window_sums(
            f,
            self._loops(f, place, choice),
            f.hidden(f.at(x, f.add(self._input_offset(f, place), group, channel))),
            f.hidden(f.at(kernel, f.add(self._kernel_offset(f, place), row))),
            turn=Turn(self._pixels(place.tile), chunk.pieces, self._elements(choice)),
            start=start,
        )

    @property
    def _parts(self) -> int:
        """Into how many parts of equal size the input channels are cut, so that what is read of
        the kernel for all pictures stays in the cache. Sums of a pool cannot wait for the rest."""
        inputs = self.input.channels // self.groups
        if self.rows.pool * self.columns.pool > 1:
            return 1
        size = 4 * self.kernel[0] * self.kernel[1] * self._element
        parts = [n for n in range(1, inputs // _FEWEST_INPUTS + 1) if inputs % n == 0] or [1]
        return next((n for n in parts if size <= n * _SECOND_LEVEL_BYTES), parts[-1])

    @property
    def _inputs(self) -> int:
        """Input channels of one part."""
        return self.input.channels // self.groups // self._parts

    def _walk(self, f: Function, choice: Choice) -> Iterator[tuple[Chunk, Place]]:
        """Every tile of every chunk of channels, so that the larger of two stays in the cache: the
        pictures while the chunks change, or a chunk of a large kernel while the pictures change."""
        if 4 * self.kernel[0] * self.kernel[1] * self._element <= _SECOND_LEVEL_BYTES * self._parts:
            for block in picture_blocks(f, choice.tile.pictures):
                for chunk in channel_chunks(f, self.channels, self.groups, choice.vectors):
                    for place in tiles_over(f, block, self.rows, self.columns, choice.tile):
                        yield chunk, place
            return
        for chunk in channel_chunks(f, self.channels, self.groups, choice.vectors):
            for block in picture_blocks(f, choice.tile.pictures):
                for place in tiles_over(f, block, self.rows, self.columns, choice.tile):
                    yield chunk, place

    def addresses(
        self,
        f: Function,
        array: tuple[Value, MapLayout],
        place: Place,
        chunk: Chunk,
        kind: Any = FLOAT,
    ) -> list[tuple[Value, Piece]]:
        """Where the vectors of a tile lie in an array of that layout: output by output."""
        pointer, layout = array
        offset = f.add(
            f.multiply(place.picture, layout.size),
            f.multiply(place.rows.output, layout.row),
            f.multiply(place.columns.output, layout.channels),
            chunk.first,
            layout.origin,
        )
        first = f.hidden(f.at(pointer, offset, kind))
        return [
            (f.at(first, inside + piece.start, kind), piece)
            for inside in self._outputs(place.tile, layout)
            for piece in chunk.pieces
        ]

    def load(
        self, f: Function, array: tuple[Value, MapLayout], place: Place, chunk: Chunk
    ) -> list[Value]:
        """The vectors of a tile."""
        return [f.load_vector(*there) for there in self.addresses(f, array, place, chunk)]

    def store(
        self,
        f: Function,
        array: tuple[Value, MapLayout],
        place: Place,
        chunk: Chunk,
        values: Sequence[Value],
    ) -> None:
        """Write the vectors of a tile."""
        for value, there in zip(values, self.addresses(f, array, place, chunk), strict=True):
            f.store_vector(value, *there)

    def _outputs(self, tile: Tile, layout: MapLayout) -> list[int]:
        """Where the outputs of a tile lie, from the first on."""
        return [
            picture * layout.size
            + row * self.rows.output_step * layout.row
            + column * self.columns.output_step * layout.channels
            for picture in range(tile.pictures)
            for row in range(tile.rows)
            for column in range(tile.columns)
        ]

    def _choice(self, f: Function) -> Choice:
        work = Work(
            self.rows,
            self.columns,
            self._inputs,
            vectors=len(f.pieces(self.channels // self.groups)),
            bytes=4 * self.channels,
        )
        return best_choice(f.target, work)

    @property
    def _element(self) -> int:
        """From one element of the kernel's columns to the next."""
        return self.input.channels // self.groups * self.channels

    def _loops(self, f: Function, place: Place, choice: Choice) -> list[WindowLoop]:
        """The window without what is written out."""
        rows = WindowLoop(
            place.rows.taps,
            self.rows.apart * self.input.row,
            self.rows.tap_step * self.kernel[1] * self._element,
        )
        columns = WindowLoop(
            place.columns.taps,
            self.columns.apart * self.input.channels,
            self.columns.tap_step * self._element,
        )
        channels = WindowLoop(self._inputs, 1, self.channels)
        walked = [rows, channels] if choice.written_out > 1 else [rows, columns, channels]
        return joined(walked, f.multiply)

    def _elements(self, choice: Choice) -> list[tuple[int, int]]:
        """The columns of the window that are written out."""
        return [
            (
                tap * self.columns.apart * self.input.channels,
                tap * self.columns.tap_step * self._element,
            )
            for tap in range(choice.written_out)
        ]

    def _input_offset(self, f: Function, place: Place) -> Index:
        """Where the window of the first pixel begins."""
        return f.add(
            f.multiply(place.picture, self.input.size),
            f.multiply(place.rows.input, self.input.row),
            f.multiply(place.columns.input, self.input.channels),
            self.input.origin,
        )

    def _kernel_offset(self, f: Function, place: Place) -> Index:
        """The kernel element that the first element of a window meets."""
        return f.add(
            f.multiply(place.rows.tap, self.kernel[1] * self._element),
            f.multiply(place.columns.tap, self._element),
        )

    def _pixels(self, tile: Tile) -> list[int]:
        """Where the windows of a tile begin, from the first on: output by output."""
        rows, columns = self.rows, self.columns
        return [
            picture * self.input.size
            + (row * rows.input_step + i * rows.pool_step) * self.input.row
            + (column * columns.input_step + j * columns.pool_step) * self.input.channels
            for picture in range(tile.pictures)
            for row in range(tile.rows)
            for column in range(tile.columns)
            for i in range(rows.pool)
            for j in range(columns.pool)
        ]
