"""Sums over windows: the part that convolution and its input gradient have in common.

A window is walked through along its axes, outermost first. Along each, a step is so many elements
further in the input and so many further in the kernel (perhaps backwards). Axes that follow each
other without a gap in both become one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import mul

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.axis import Axis
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.tiles import Place, Tile, channel_chunks, tiles_over

__all__ = ["Correlation", "WindowLoop", "joined", "window_sums"]


@dataclass(frozen=True)
class WindowLoop:
    """One axis of a window: how many elements, and how far apart in the input and in the kernel."""

    count: Index
    input_step: int
    kernel_step: int


@dataclass(frozen=True)
class Correlation:
    """Sums over windows for all outputs of a map.

    ::

        sum[i, j, o] = begin[o] + Σ_{m, n, c} x[row m of i, column n of j, c] · kernel[…, c, o]

    Kernels are (rows, columns, input channels / groups, output channels).

    Args:
        input: the map x.
        rows, columns: how the outputs meet it.
        kernel_columns: how many columns a kernel has.
        channels: of the output.
        groups: how many groups the channels are divided into.
    """

    input: MapLayout
    rows: Axis
    columns: Axis
    kernel_columns: int
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
        begin: Callable[[Index, Sequence[Piece]], Sequence[Value]],
        finish: Callable[[Place, Index, Sequence[Piece], Sequence[Value]], None],
    ) -> None:
        """Write the sums of all tiles.

        Args:
            f: where it is written.
            x, kernel: the arrays.
            begin: what the sums of one output begin with, given its channels.
            finish: stores sums, given the tile and the channels: one per pixel (all those that
                the pool of an output has after each other) and vector.
        """
        inputs, outputs = self.input.channels // self.groups, self.channels // self.groups
        vectors, tile = self._choice(f)
        with f.loop(self.groups) as group:
            source = f.at(x, f.multiply(group.index, inputs))
            for start, pieces in channel_chunks(f, outputs, vectors):
                channel = f.add(f.multiply(group.index, outputs), start)
                first = f.at(kernel, channel)
                for place in tiles_over(f, self.rows, self.columns, tile):
                    pixels = self._pixels(place.tile)
                    sums = window_sums(
                        f,
                        self._loops(f, place),
                        f.at(source, self._input_offset(f, place)),
                        f.at(first, self._kernel_offset(f, place)),
                        pixels=pixels,
                        pieces=pieces,
                        start=list(begin(channel, pieces)) * len(pixels),
                    )
                    finish(place, channel, pieces, sums)

    def output_offset(self, f: Function, place: Place, layout: MapLayout) -> Index:
        """Where the first output of a tile lies in a map of that layout."""
        return f.add(
            f.multiply(place.picture, layout.size),
            f.multiply(place.rows.output, layout.row),
            f.multiply(place.columns.output, layout.channels),
            layout.origin,
        )

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

    def _choice(self, f: Function) -> tuple[int, Tile]:
        pieces = len(f.pieces(self.channels // self.groups))
        vectors = -(-pieces // -(-pieces // 4))
        most = max(1, (f.target.registers - vectors - 2) // vectors)
        most = max(1, most // (self.rows.pool * self.columns.pool))
        height, width = self.rows.longest, self.columns.longest
        if width >= most:
            return vectors, Tile(1, 1, most)
        if width * height >= most:
            return vectors, Tile(1, most // width, width)
        return vectors, Tile(most // (width * height), height, width)

    @property
    def _element(self) -> int:
        """From one element of the kernel's columns to the next."""
        return self.input.channels // self.groups * self.channels

    def _loops(self, f: Function, place: Place) -> list[WindowLoop]:
        return joined(
            [
                WindowLoop(
                    place.rows.taps,
                    self.rows.apart * self.input.row,
                    self.rows.tap_step * self.kernel_columns * self._element,
                ),
                WindowLoop(
                    place.columns.taps,
                    self.columns.apart * self.input.channels,
                    self.columns.tap_step * self._element,
                ),
                WindowLoop(self.input.channels // self.groups, 1, self.channels),
            ],
            f.multiply,
        )

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
            f.multiply(place.rows.tap, self.kernel_columns * self._element),
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


def joined(
    loops: Sequence[WindowLoop], multiply: Callable[[Index, Index], Index] = mul
) -> list[WindowLoop]:
    """The same elements in the same order, with as few loops as possible.

    Args:
        loops: outermost first.
        multiply: how counts are multiplied, if they are known only at run time.
    """
    result: list[WindowLoop] = []
    for loop in loops:
        outer = result[-1] if result else None
        if outer is None or _is_one(outer.count):
            result[-1:] = [loop]
        elif _is_one(loop.count):
            continue
        elif _continues(outer, loop):
            count = multiply(outer.count, loop.count)
            result[-1] = WindowLoop(count, loop.input_step, loop.kernel_step)
        else:
            result.append(loop)
    return result


def _is_one(count: Index) -> bool:
    return isinstance(count, int) and count == 1


def _continues(outer: WindowLoop, inner: WindowLoop) -> bool:
    """Whether a turn of the outer loop begins where the inner loop ended."""
    return (
        isinstance(inner.count, int)
        and outer.input_step == inner.count * inner.input_step
        and outer.kernel_step == inner.count * inner.kernel_step
    )


def window_sums(
    f: Function,
    window: Sequence[WindowLoop],
    x: Value,
    kernel: Value,
    *,
    pixels: Sequence[int],
    pieces: Sequence[Piece],
    start: Sequence[Value],
) -> list[Value]:
    """start[p·V + v] + Σ input number of pixel p · kernel vector v, over all of a window.

    Args:
        f: where it is written.
        window: the axes of the window.
        x: the first input number of the window of the first pixel.
        kernel: the first kernel element of the first channel.
        pixels: where each pixel's window begins, in elements from ``x`` on.
        pieces: V vectors of channels.
        start: what the sums begin with.
    """
    if not window:
        return _one_element(f, x, kernel, pixels, pieces, start)
    outer, *inner = window
    if isinstance(outer.count, int) and outer.count == 0:
        return list(start)
    with f.loop(outer.count, start) as turn:
        turn.results = window_sums(
            f,
            inner,
            f.at(x, f.multiply(turn.index, outer.input_step)),
            f.at(kernel, f.multiply(turn.index, outer.kernel_step)),
            pixels=pixels,
            pieces=pieces,
            start=turn.carried,
        )
    return turn.results


def _one_element(
    f: Function,
    x: Value,
    kernel: Value,
    pixels: Sequence[int],
    pieces: Sequence[Piece],
    sums: Sequence[Value],
) -> list[Value]:
    vectors = [f.load_vector(f.at(kernel, piece.start), piece) for piece in pieces]
    totals = iter(sums)
    results: list[Value] = []
    for pixel in pixels:
        number = f.splat(f.load(f.at(x, pixel)), pieces[0].width)
        results.extend(f.multiply_add(number, vector, next(totals)) for vector in vectors)
    return results
