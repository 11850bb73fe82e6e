"""The gradients of a depthwise convolution with respect to its weights.

::

    kernel_gradient[u, v, c, m] +=
        Σ_{n, i, j} x[i·s + u·d − p, j·s + v·d − q, c] · dz[i, j, c·M + m]

    bias_gradient[c·M + m] += Σ_{n, i, j} dz[i, j, c·M + m]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Value
from konv.engines.compiled.kernels.axis import Axis, Strip
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.depthwise import depthwise_axis
from konv.engines.compiled.kernels.lanes import Lanes, channel_lanes
from konv.engines.compiled.record import record

__all__ = ["DepthwiseWeightGradient"]

_MOST_ELEMENTS = 16
_MOST_PIXELS = 4
_REGISTERS_BESIDE = 6
_AREA_BYTES = 24 * 1024


@record
class DepthwiseWeightGradient(Kernel):
    """See the head of this file.

    Sums over some pixels (some pictures, or some rows of one) are added up in registers, then to
    what is there: picture by picture, row by row, pixel by pixel.

    Args:
        input: the map x; its border of zeros holds at least what the windows reach.
        gradient: the map dz.
        window: how windows lie on x.
        multiplier: M, how many maps are made of each channel.
        flipped: whether kernels are turned by 180°.
        bias: whether there is one; the pointer is not looked at otherwise.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "dz", "kernel_gradient", "bias_gradient")

    input: MapLayout
    gradient: MapLayout
    window: Window
    multiplier: int = 1
    flipped: bool = False
    bias: bool = True

    @property
    def operations(self) -> int:
        rows, columns = self.window.kernel
        return self.gradient.height * self.gradient.width * self.gradient.channels * rows * columns

    def emit(self, f: Function) -> None:
        for area in self._areas(f):
            for lanes in channel_lanes(f, self.input.channels, self.multiplier, repeatable=False):
                for block in self._blocks(f):
                    self._area(f, area, lanes, block)

    def _blocks(self, f: Function) -> Iterator[_Block]:
        """The elements of the kernel that meet the map at all, as many at a time as sums fit."""
        taps = tuple(_whole_line(self._axis(i)).taps for i in (0, 1))
        most = min(_MOST_ELEMENTS, f.target.registers - _REGISTERS_BESIDE)
        wide = max(1, min(most, taps[1]))
        high = most // wide
        together = 0 < taps[0] <= high and 0 < taps[1] <= wide
        if self.bias and not together:
            yield _Block(0, 0, 0, 0, bias=True)
        for row, rows in f.blocks(taps[0], high):
            for column, columns in f.blocks(taps[1], wide):
                yield _Block(row, column, rows, columns, bias=self.bias and together)

    def _areas(self, f: Function) -> Iterator[_Area]:
        """All pixels of all pictures, in parts that stay in the cache while channel after channel
        passes over them."""
        height = self.gradient.height
        picture = 4 * (self.input.size + self.gradient.size)
        if self.gradient.channels <= f.target.vector:
            yield _Area(0, f.count, 0, height)
        elif picture <= _AREA_BYTES:
            size = _AREA_BYTES // picture
            whole = f.divide(f.add(f.count, size - 1), size)[0]
            with f.loop(whole) as turn:
                first = f.multiply(turn.index, size)
                count = f.smaller(size, f.subtract(f.count, first))
                yield _Area(first, count, 0, height)
        else:
            row = 4 * (self.window.stride[0] * self.input.row + self.gradient.row)
            size = min(height, max(1, _AREA_BYTES // row))
            with f.loop(f.count) as turn, f.loop(-(-height // size)) as part:
                first = f.multiply(part.index, size)
                count = f.smaller(size, f.subtract(height, first))
                yield _Area(turn.index, 1, first, count)

    def _area(self, f: Function, area: _Area, lanes: Lanes, block: _Block) -> None:
        """Add the gradients of some elements of the kernel over some pixels."""
        sums = [f.constant(0, lanes.maps.width)] * (block.rows * block.columns + block.bias)
        with f.loop(area.pictures, sums) as picture:
            with f.loop(area.rows, picture.carried) as row:
                place = f.add(area.picture, picture.index), f.add(area.row, row.index)
                row.results = self._row(f, lanes, block, place, row.carried)
            picture.results = row.results
        for address, total in zip(self._targets(f, lanes, block), picture.results, strict=True):
            before = f.load_vector(address, lanes.maps)
            f.store_vector(f.builder.fadd(before, total), address, lanes.maps)

    def _row(
        self,
        f: Function,
        lanes: Lanes,
        block: _Block,
        place: tuple[Index, Index],
        sums: Sequence[Value],
    ) -> list[Value]:
        """The sums after one row of dz."""
        columns = self._axis(1)
        dz, x = self._pointers(f, lanes, block, place)
        size = min(_MOST_PIXELS, f.target.registers - len(sums) - 2, self.gradient.width)

        def step(first: Index, count: int, totals: Sequence[Value]) -> list[Value]:
            here = f.at(dz, f.multiply(first, self.gradient.channels))
            met = f.at(x, f.multiply(first, columns.input_step * self.input.channels))
            return self._pixels(f, lanes, block, (here, met), count, totals)

        whole, rest = divmod(self.gradient.width, size)
        with f.loop(whole, sums) as turn:
            turn.results = step(f.multiply(turn.index, size), size, turn.carried)
        return step(whole * size, rest, turn.results) if rest else turn.results

    def _pointers(
        self, f: Function, lanes: Lanes, block: _Block, place: tuple[Index, Index]
    ) -> tuple[Value, Value]:
        """The first pixel of a row of dz, and what it meets with the first element of the block."""
        rows, columns = (self._axis(i) for i in (0, 1))
        line, column = _whole_line(rows), _whole_line(columns)
        picture, row = place
        dz = f.add(
            f.multiply(picture, self.gradient.size),
            f.multiply(row, self.gradient.row),
            self.gradient.origin,
            lanes.map,
        )
        x = f.add(
            f.multiply(picture, self.input.size),
            f.multiply(row, rows.input_step * self.input.row),
            f.multiply(block.row, rows.apart * self.input.row),
            f.multiply(block.column, columns.apart * self.input.channels),
            self.input.at(line.input, column.input),
            lanes.channel,
        )
        return f.at(f.pointers["dz"], dz), f.at(f.pointers["x"], x)

    def _pixels(
        self,
        f: Function,
        lanes: Lanes,
        block: _Block,
        pointers: tuple[Value, Value],
        count: int,
        sums: Sequence[Value],
    ) -> list[Value]:
        """The sums after some neighbouring pixels: each vector of x is loaded once."""
        rows, columns = (self._axis(i) for i in (0, 1))
        dz, x = pointers
        totals = list(sums)
        gradients = [
            f.load_vector(f.at(dz, p * self.gradient.channels), lanes.maps) for p in range(count)
        ]
        if block.bias:
            for gradient in gradients:
                totals[-1] = f.builder.fadd(totals[-1], gradient)
        meetings = sorted(
            (p * columns.input_step + v * columns.apart, v, p)
            for p in range(count)
            for v in range(block.columns)
        )
        for u in range(block.rows):
            start = u * rows.apart * self.input.row
            numbers = {
                column: lanes.spread(f, f.at(x, start + column * self.input.channels))
                for column in sorted({column for column, _v, _p in meetings})
            }
            for column, v, p in meetings:
                total = u * block.columns + v
                totals[total] = f.multiply_add(numbers[column], gradients[p], totals[total])
        return totals

    def _targets(self, f: Function, lanes: Lanes, block: _Block) -> list[Value]:
        """Where the sums of a block are added to."""
        rows, columns = (self._axis(i) for i in (0, 1))
        line, column = _whole_line(rows), _whole_line(columns)
        maps = self.gradient.channels
        row_size = self.window.kernel[1] * maps
        first = f.add(
            line.tap * row_size + column.tap * maps,
            f.multiply(block.row, rows.tap_step * row_size),
            f.multiply(block.column, columns.tap_step * maps),
            lanes.map,
        )
        kernel = f.at(f.pointers["kernel_gradient"], first)
        targets = [
            f.at(kernel, u * rows.tap_step * row_size + v * columns.tap_step * maps)
            for u in range(block.rows)
            for v in range(block.columns)
        ]
        if block.bias:
            targets.append(f.at(f.pointers["bias_gradient"], lanes.map))
        return targets

    def _axis(self, i: int) -> Axis:
        return depthwise_axis(self.window, self.input, self.gradient, i, flipped=self.flipped)


def _whole_line(axis: Axis) -> Strip:
    """The outputs of a convolution, without what meets only the border."""
    return axis.strips(axis.longest)[0][0]


@record
class _Area:
    """Some rows of some pictures: the first, and how many."""

    picture: Index
    pictures: Index
    row: Index
    rows: Index


@record
class _Block:
    """Some elements of the kernel.

    Args:
        row, column: the first one.
        rows, columns: how many.
        bias: whether the bias goes with them.
    """

    row: Index
    column: Index
    rows: int
    columns: int
    bias: bool
