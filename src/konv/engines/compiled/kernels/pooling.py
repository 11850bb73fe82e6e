"""Pooling: the largest, the smallest or the mean element of every window, channel by channel.

::

    max      y[i, j, c] = max over the window of x
    min      y[i, j, c] = min over the window of x
    average  y[i, j, c] = sum over the window of x / number of its elements that lie on the map

Padding never takes part: what lies around x is not looked at. What is not a number stays so.

Vectors are over the channels. Every column of some neighbouring windows is taken together first,
row by row; then the columns of each window. A wide window is taken together in several parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from konv.engines.compiled.emit.function import FLOAT, Function, Index, Value
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.lanes import Lanes, channel_lanes
from konv.engines.compiled.kernels.pool_windows import PoolWindows, WindowRow

__all__ = ["Pooling", "mean"]

_MOST_WINDOWS = 8
_PARTS = 8
_REGISTERS_BESIDE = 4


@dataclass(frozen=True)
class Pooling(Kernel):
    """See the head of this file.

    Args:
        input: the map x.
        output: the map y; its border is not written.
        window: how windows lie on x; each holds an element of the map. Their dilation is 1.
        kind: what is made of their elements: "max", "min" or "average".
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "y")

    input: MapLayout
    output: MapLayout
    window: Window
    kind: str

    def emit(self, f: Function) -> None:
        windows = PoolWindows(self.window, self.input, self.output)
        with f.loop(f.count) as picture:
            x = f.at(f.pointers["x"], f.multiply(picture.index, self.input.size))
            y = f.at(f.pointers["y"], f.multiply(picture.index, self.output.size))
            for row in windows.rows(f):
                for lanes in channel_lanes(f, self.input.channels):
                    pictures = f.at(x, lanes.channel), f.at(y, lanes.channel)
                    for some in windows.of_row(f, row, self._at_a_time(f), repeatable=True):
                        self._windows(f, lanes, some, pictures)

    def _at_a_time(self, f: Function) -> int:
        """How many windows: their columns are held in registers."""
        columns = f.target.registers - _REGISTERS_BESIDE
        kernel, stride = self.window.kernel[1], self.window.stride[1]
        return min(_MOST_WINDOWS, max(1, (columns - kernel) // min(stride, kernel) + 1))

    def _windows(
        self, f: Function, lanes: Lanes, some: WindowRow, pictures: tuple[Value, Value]
    ) -> None:
        """Pool some windows, and store what they hold."""
        first = f.add(
            f.multiply(some.row, self.input.row),
            f.multiply(some.column, self.input.channels),
            self.input.origin,
        )
        x = f.at(pictures[0], first)
        pool = self._written_out if some.written_out else self._looped
        place = f.add(
            f.multiply(some.output[0], self.output.row),
            f.multiply(some.output[1], self.output.channels),
            self.output.origin,
        )
        y = f.at(pictures[1], place)
        for number, pooled in enumerate(pool(f, lanes, some, x)):
            if self.kind == "average":
                pooled = mean(f, pooled, some)
            f.store_vector(pooled, f.at(y, number * self.output.channels), lanes.channels)

    def _written_out(self, f: Function, lanes: Lanes, some: WindowRow, x: Value) -> list[Value]:
        """What each window holds, taken together."""
        windows = some.elements
        columns = sorted({column for window in windows for column in window})

        def row_of(number: Index) -> list[Value]:
            here = f.at(x, f.multiply(number, self.input.row))
            places = (f.at(here, column * self.input.channels) for column in columns)
            return [f.load_vector(place, lanes.channels) for place in places]

        with f.loop(f.subtract(some.rows, 1), row_of(0)) as turn:
            met = row_of(f.add(turn.index, 1))
            turn.results = list(map(self._together, [f] * len(met), turn.carried, met))
        totals = dict(zip(columns, turn.results, strict=True))
        return [self._all(f, [totals[column] for column in window]) for window in windows]

    def _looped(self, f: Function, lanes: Lanes, some: WindowRow, x: Value) -> list[Value]:
        """What one window holds, taken together in parts."""
        parts = _PARTS if self.window.kernel[1] > _PARTS else 1
        blocks, rest = f.divide(some.columns, parts)

        def joined(totals: Sequence[Value], place: Value) -> list[Value]:
            return [
                self._together(
                    f, total, f.load_vector(f.at(place, i * self.input.channels), lanes.channels)
                )
                for i, total in enumerate(totals)
            ]

        if self.kind == "average":
            begin = f.constant(0, lanes.channels.width)
        else:
            begin = f.load_vector(x, lanes.channels)
        with f.loop(some.rows, [begin] * parts) as row:
            here = f.at(x, f.multiply(row.index, self.input.row))
            with f.loop(blocks, row.carried) as block:
                place = f.at(here, f.multiply(block.index, parts * self.input.channels))
                block.results = joined(block.carried, place)
            totals = block.results
            if parts > 1:
                done = f.multiply(blocks, parts)
                with f.loop(rest, totals[:1]) as last:
                    column = f.add(done, last.index)
                    place = f.at(here, f.multiply(column, self.input.channels))
                    last.results = joined(last.carried, place)
                totals = [*last.results, *totals[1:]]
            row.results = totals
        return [self._all(f, row.results)]

    def _all(self, f: Function, values: Sequence[Value]) -> Value:
        total, *others = values
        for other in others:
            total = self._together(f, total, other)
        return total

    def _together(self, f: Function, first: Value, second: Value) -> Value:
        if self.kind == "average":
            return f.builder.fadd(first, second)
        return _extreme(f, self.kind, first, second)


def mean(f: Function, total: Value, some: WindowRow) -> Value:
    """The sum over a window, divided by the number of its elements."""
    width = total.type.count
    number = f.multiply(some.rows, some.columns)
    if isinstance(number, int):
        return f.builder.fdiv(total, f.constant(number, width))
    return f.builder.fdiv(total, f.splat(f.builder.sitofp(number, FLOAT), width))


def _extreme(f: Function, kind: str, first: Value, second: Value) -> Value:
    """The larger or the smaller one, lane by lane; not a number if one of them is none."""
    vector = first.type
    name = {"max": "maximum", "min": "minimum"}[kind]
    function = f.intrinsic(f"llvm.{name}.v{vector.count}f32", vector, [vector] * 2)
    return f.builder.call(function, [first, second], fastmath=("nsz",))
