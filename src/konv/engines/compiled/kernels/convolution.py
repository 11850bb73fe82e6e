"""Convolution: multiply-adds over windows, bias, rectifier and pooling in one kernel.

::

    z[i, j, o] = bias[o] + Σ_{k, l, c} x[i·s + k·d − p, j·s + l·d − q, c] · kernel[k, l, c, o]

Sums of some neighbouring pixels and filters are held in registers while their windows are walked
through: an input number is spread over a vector, and multiplied with vectors of the kernel; nothing
is stored before the sums are whole. Kernels are read as Keras lays them out, (rows, columns,
channels, filters): nothing is packed.

With a pool, whole pool windows are taken together: the largest of the sums is chosen in registers,
and the map before the pool never reaches memory. ``winner`` says which element of its window it
was, counted row by row.

The zeros around a padded map are the border of its layout. The order in which a sum is added up
depends on the shapes only: k, l, c, or k, c, l where the columns of the window are written out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, INT32, Function, Value
from konv.engines.compiled.kernels.axis import convolution_axis
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.map_correlation import MapCorrelation
from konv.engines.compiled.kernels.map_sums import MapSums
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.shift import Shift
from konv.engines.compiled.kernels.tile_array import TileArray
from konv.engines.compiled.kernels.tiles import Chunk, Place
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["Convolution", "Window", "largest"]


@record
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

    def sizes(self, *layouts: MapLayout) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The rows of some maps, and their columns.

        If a window is one pixel and the maps have no borders and are not pooled, the whole map is
        one row of pixels: the convolution is a product of matrices.
        """
        pixel = (self.kernel, self.stride, self.padding) == ((1, 1), (1, 1), (0, 0))
        pooled = len({(layout.height, layout.width) for layout in layouts}) > 1
        if pixel and not pooled and not any(layout.bordered for layout in layouts):
            return (1,) * len(layouts), tuple(each.height * each.width for each in layouts)
        return tuple(each.height for each in layouts), tuple(each.width for each in layouts)


@record
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
        scaled: whether sums are multiplied before the bias: see ``shift.py``.
        written_out: how many columns of a window one turn of the innermost loop takes; None: as
            many as is fastest. It decides the order of the sums.
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
    scaled: bool = False
    written_out: int | None = None

    @property
    def operations(self) -> int:
        return self.correlation.operations

    def cycles(self, target: Target) -> float:
        """About how many cycles the sums of a picture take."""
        return self.correlation.cycles(target)

    @property
    def correlation(self) -> MapCorrelation:
        """What is summed."""
        rows, columns = (
            convolution_axis(
                (size, outputs),
                self.window.kernel[i],
                self.window.stride[i],
                self.window.dilation[i],
                self.window.padding[i],
                pool=self.pool[i],
            )
            for i, (size, outputs) in enumerate(self.window.sizes(self.input, self.output))
        )
        if self.flipped:
            rows = rows.flipped(self.window.kernel[0])
            columns = columns.flipped(self.window.kernel[1])
        return MapCorrelation(
            self.input,
            rows,
            columns,
            self.window.kernel,
            self.output.channels,
            self.groups,
            self.written_out,
        )

    def settled(self, target: Target) -> Convolution:
        """The same with its order of sums said: a part of it can be asked to keep to that."""
        return replace(self, written_out=self.correlation.choice(target).written_out)

    def emit(self, f: Function) -> None:
        correlation = self.correlation
        axes = correlation.rows, correlation.columns
        y = TileArray(f, f.pointers["y"], self.output, axes)
        dense = MapLayout(self.output.height, self.output.width, self.output.channels)
        winner = TileArray(f, f.pointers["winner"], dense, axes, BYTE)
        MapSums(f, correlation, f.pointers["x"], f.pointers["kernel"]).write(
            lambda place, chunk: self._beginning(f, place, chunk),
            lambda place, chunk, sums: self._finish((y, winner), place, chunk, sums),
            y,
        )

    @property
    def _shift(self) -> Shift:
        return Shift(self.output.channels, self.bias, self.scaled)

    def _beginning(self, f: Function, place: Place, chunk: Chunk) -> list[Value]:
        pixels = place.tile.outputs * self.pool[0] * self.pool[1]
        begins = [
            self._shift.beginning(f, f.add(chunk.first, piece.start), piece)
            for piece in chunk.pieces
        ]
        return begins * pixels

    def _finish(
        self,
        arrays: tuple[TileArray, TileArray],
        place: Place,
        chunk: Chunk,
        sums: Sequence[Value],
    ) -> None:
        """Scale, pool, rectify and store the sums of a tile."""
        y, winner = arrays
        f = y.f
        ends = [
            self._shift.end(f, f.add(chunk.first, piece.start), piece) for piece in chunk.pieces
        ]
        ended = [end(total) for end, total in zip(cycle(ends), sums, strict=False)]
        largest, which = zip(*self._pooled(f, ended, len(chunk.pieces)), strict=True)
        y.store(place, chunk, [self.rectifier.apply(f, value) for value in largest])
        if self.winners:
            kinds = [ir.VectorType(BYTE, number.type.count) for number in which]
            narrow = [f.builder.trunc(*each) for each in zip(which, kinds, strict=True)]
            winner.store(place, chunk, narrow)

    def _pooled(
        self, f: Function, sums: Sequence[Value], vectors: int
    ) -> Iterator[tuple[Value, Value]]:
        """The largest of each pool window, and its number: output by output, vector by vector."""
        size = self.pool[0] * self.pool[1] * vectors
        for first in range(0, len(sums), size):
            for v in range(vectors):
                yield largest(f, sums[first + v : first + size : vectors])


def largest(f: Function, window: Sequence[Value]) -> tuple[Value, Value]:
    """The largest of some vectors, lane by lane, and the number of the first that holds it."""
    kind = ir.VectorType(INT32, window[0].type.count)
    largest, which = window[0], ir.Constant(kind, [0] * kind.count)
    for number, value in enumerate(window[1:], start=1):
        larger = f.builder.fcmp_ordered(">", value, largest)
        largest = f.builder.select(larger, value, largest)
        which = f.builder.select(larger, ir.Constant(kind, [number] * kind.count), which)
    return largest, which
