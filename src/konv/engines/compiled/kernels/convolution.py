"""Convolution: multiply-adds over windows, bias, rectifier and pooling in one kernel.

::

    z[i, j, o] = bias[o] + Σ_{k, l, c} x[i·s + k·d − p, j·s + l·d − q, c] · kernel[k, l, c, o]

For every element (k, l, c) of a window, V vectors of the kernel are loaded once for a tile of P
pixels, P numbers of the input are each spread over a vector, and P·V multiply-adds follow; nothing
is stored before the sums are whole. Kernels are read as Keras lays them out, (rows, columns,
channels, filters): nothing is packed.

With a pool, a tile is whole pool windows: the largest of the sums is chosen in registers, and the
map before the pool never reaches memory. ``winner`` says which element of its window it was,
counted row by row.

The zeros around a padded map are the border of its layout. Sums are added in the order k, l, c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, FLOAT, INT32, Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.correlation import WindowLoop, joined, window_sums
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.tiles import (
    Grid,
    Tile,
    channel_chunks,
    most_pixels,
    shape_of_tile,
    tiles_over,
)

__all__ = ["Convolution", "Window"]


@dataclass(frozen=True)
class Window:
    """How the windows of a convolution lie on its input: rows first, then columns.

    Args:
        kernel, stride, dilation: of rows and columns.
        padding: zeros above and to the left of the map.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Convolution(Kernel):
    """See the head of this file.

    Args:
        input: the map x; its border holds at least what the windows reach.
        output: the map y: after the pool, if there is one.
        window: how windows lie on x.
        groups: how many groups the channels are divided into.
        flipped: whether kernels are turned by 180°, as in a true convolution.
        bias: whether one is added; the pointer is not looked at otherwise.
        rectifier: what is applied to the sums.
        pool: rows and columns of the pool, as far apart as they are large; (1, 1): none.
        winners: whether ``winner`` (bytes, laid out as y without a border) is written.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "kernel", "bias", "y", "winner")

    input: MapLayout
    output: MapLayout
    window: Window
    groups: int = 1
    flipped: bool = False
    bias: bool = True
    rectifier: Rectifier = LINEAR
    pool: tuple[int, int] = (1, 1)
    winners: bool = False

    @property
    def operations(self) -> int:
        rows, columns = self.window.kernel
        window = rows * columns * self.input.channels // self.groups
        pixels = self.output.height * self.output.width * self.pool[0] * self.pool[1]
        return pixels * self.output.channels * window

    def emit(self, f: Function) -> None:
        filters = self.output.channels // self.groups
        with f.loop(self.groups) as group:
            for pieces in channel_chunks(f, filters):
                channel = f.add(f.multiply(group.index, filters), pieces[0].start)
                source = f.multiply(group.index, self.input.channels // self.groups)
                self._chunk(f, pieces, channel, source)

    def _chunk(self, f: Function, pieces: Sequence[Piece], channel: Index, source: Index) -> None:
        """Some neighbouring filters, over all pictures."""
        grid = Grid(self.output.height, self.output.width)
        pool = self.pool[0] * self.pool[1]
        tile = shape_of_tile(grid, max(1, most_pixels(f.target, len(pieces)) // pool))
        for picture, row, column, part in tiles_over(f, grid, tile):
            x = f.at(f.pointers["x"], f.add(self._input_offset(f, picture, row, column), source))
            sums = window_sums(
                f,
                self._loops(),
                x,
                f.at(f.pointers["kernel"], f.add(channel, self._first_element)),
                pixels=self._pixels(part),
                pieces=pieces,
                start=self._bias(f, pieces, channel) * (part.pixels * pool),
            )
            self._finish(f, sums, pieces, channel, (picture, row, column), part)

    def _loops(self) -> list[WindowLoop]:
        rows, columns = self.window.kernel
        channels = self.input.channels // self.groups
        direction = -1 if self.flipped else 1
        element = channels * self.output.channels
        return joined(
            [
                WindowLoop(
                    rows,
                    self.window.dilation[0] * self.input.row,
                    direction * columns * element,
                ),
                WindowLoop(
                    columns,
                    self.window.dilation[1] * self.input.channels,
                    direction * element,
                ),
                WindowLoop(channels, 1, self.output.channels),
            ]
        )

    @property
    def _first_element(self) -> int:
        """The kernel element that the first element of a window meets."""
        rows, columns = self.window.kernel
        element = self.input.channels // self.groups * self.output.channels
        return (rows * columns - 1) * element if self.flipped else 0

    def _input_offset(self, f: Function, picture: Index, row: Index, column: Index) -> Index:
        """Where the window of an output pixel (of the first element of its pool) begins."""
        top, left = self.window.padding
        rows, columns = (self.pool[i] * self.window.stride[i] for i in (0, 1))
        return f.add(
            f.multiply(picture, self.input.size),
            f.multiply(row, rows * self.input.row),
            f.multiply(column, columns * self.input.channels),
            self.input.at(-top, -left),
        )

    def _pixels(self, part: Tile) -> list[int]:
        """Where the windows of a tile begin, pool window by pool window."""
        down, across = self.window.stride
        return [
            picture * self.input.size
            + (row * self.pool[0] + i) * down * self.input.row
            + (column * self.pool[1] + j) * across * self.input.channels
            for picture in range(part.pictures)
            for row in range(part.rows)
            for column in range(part.columns)
            for i in range(self.pool[0])
            for j in range(self.pool[1])
        ]

    def _bias(self, f: Function, pieces: Sequence[Piece], channel: Index) -> list[Value]:
        if not self.bias:
            return [f.constant(0, piece.width) for piece in pieces]
        bias = f.at(f.pointers["bias"], channel)
        return [f.load_vector(f.at(bias, p.start - pieces[0].start), p) for p in pieces]

    def _finish(
        self,
        f: Function,
        sums: Sequence[Value],
        pieces: Sequence[Piece],
        channel: Index,
        place: tuple[Index, Index, Index],
        part: Tile,
    ) -> None:
        """Pool, rectify and store the sums of a tile."""
        winners = MapLayout(self.output.height, self.output.width, self.output.channels)
        y, winner = (
            f.at(f.pointers[name], f.add(_offset(f, layout, *place), channel), kind)
            for name, layout, kind in (("y", self.output, FLOAT), ("winner", winners, BYTE))
        )
        pool, vectors = self.pool[0] * self.pool[1], len(pieces)
        for number, (inside, inside_winners) in enumerate(
            zip(_places(self.output, part), _places(winners, part), strict=True)
        ):
            for v, piece in enumerate(pieces):
                window = [sums[(number * pool + i) * vectors + v] for i in range(pool)]
                start = piece.start - pieces[0].start
                largest, which = _largest(f, window)
                f.store_vector(self.rectifier.apply(f, largest), f.at(y, inside + start), piece)
                if self.winners:
                    which = f.builder.trunc(which, ir.VectorType(BYTE, piece.width))
                    f.store_vector(which, f.at(winner, inside_winners + start, BYTE), piece)


def _largest(f: Function, window: Sequence[Value]) -> tuple[Value, Value]:
    """The largest of some vectors, lane by lane, and the number of the first that holds it."""
    kind = ir.VectorType(INT32, window[0].type.count)
    largest, which = window[0], ir.Constant(kind, [0] * kind.count)
    for number, value in enumerate(window[1:], start=1):
        larger = f.builder.fcmp_ordered(">", value, largest)
        largest = f.builder.select(larger, value, largest)
        which = f.builder.select(larger, ir.Constant(kind, [number] * kind.count), which)
    return largest, which


def _offset(f: Function, layout: MapLayout, picture: Index, row: Index, column: Index) -> Index:
    return f.add(
        f.multiply(picture, layout.size),
        f.multiply(row, layout.row),
        f.multiply(column, layout.channels),
        layout.origin,
    )


def _places(layout: MapLayout, part: Tile) -> list[int]:
    """Where the pixels of a tile lie, from its first one on."""
    return [
        picture * layout.size + row * layout.row + column * layout.channels
        for picture in range(part.pictures)
        for row in range(part.rows)
        for column in range(part.columns)
    ]
