"""All sums over windows of a map: tile by tile, with the tiles that cost least."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from konv.engines.compiled.emit.function import FLOAT, Function, Index, Value
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
        begin: Callable[[Chunk], Sequence[Value]],
        finish: Callable[[Place, Chunk, Sequence[Value]], None],
    ) -> None:
        """Write the sums of all tiles.

        Args:
            f: where it is written.
            x, kernel: the arrays.
            begin: what the sums of one output begin with: one vector per piece of the chunk.
            finish: stores the sums of a tile: one per pixel (those that the pool of an output has
                after each other) and piece.
        """
        choice = self._choice(f)
        for chunk, place in self._walk(f, choice):
            pixels = self._pixels(place.tile)
            group = f.multiply(chunk.group, self.input.channels // self.groups)
            sums = window_sums(
                f,
                self._loops(f, place, choice),
                f.hidden(f.at(x, f.add(self._input_offset(f, place), group))),
                f.hidden(f.at(kernel, f.add(self._kernel_offset(f, place), chunk.first))),
                turn=Turn(pixels, chunk.pieces, self._elements(choice)),
                start=list(begin(chunk)) * len(pixels),
            )
            finish(place, chunk, sums)

    def _walk(self, f: Function, choice: Choice) -> Iterator[tuple[Chunk, Place]]:
        """Every tile of every chunk of channels, so that the larger of two stays in the cache: the
        pictures while the chunks change, or a chunk of a large kernel while the pictures change."""
        if 4 * self.kernel[0] * self.kernel[1] * self._element <= _SECOND_LEVEL_BYTES:
            for block in picture_blocks(f, choice.tile.pictures):
                for chunk in channel_chunks(f, self.channels, self.groups, choice.vectors):
                    for place in tiles_over(f, block, self.rows, self.columns, choice.tile):
                        yield chunk, place
            return
        for chunk in channel_chunks(f, self.channels, self.groups, choice.vectors):
            for block in picture_blocks(f, choice.tile.pictures):
                for place in tiles_over(f, block, self.rows, self.columns, choice.tile):
                    yield chunk, place

    def first_output(
        self,
        f: Function,
        array: Value,
        layout: MapLayout,
        place: Place,
        chunk: Chunk,
        kind: Any = FLOAT,
    ) -> Value:
        """The address of the first output of a tile in an array of that layout."""
        offset = f.add(
            f.multiply(place.picture, layout.size),
            f.multiply(place.rows.output, layout.row),
            f.multiply(place.columns.output, layout.channels),
            chunk.first,
            layout.origin,
        )
        return f.hidden(f.at(array, offset, kind))

    def output_places(self, tile: Tile, layout: MapLayout) -> list[int]:
        """Where the outputs of a tile lie, from its first one on."""
        return [
            picture * layout.size
            + row * self.rows.output_step * layout.row
            + column * self.columns.output_step * layout.channels
            for picture in range(tile.pictures)
            for row in range(tile.rows)
            for column in range(tile.columns)
        ]

    def _choice(self, f: Function) -> Choice:
        inputs, outputs = self.input.channels // self.groups, self.channels // self.groups
        work = Work(
            self.rows,
            self.columns,
            inputs,
            vectors=len(f.pieces(outputs)),
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
        channels = WindowLoop(self.input.channels // self.groups, 1, self.channels)
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
