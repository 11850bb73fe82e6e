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
from typing import ClassVar

from konv.engines.compiled.emit.function import FLOAT, Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.lanes import covering
from konv.engines.compiled.kernels.pool_windows import MOST_COLUMNS, PoolWindows, WindowRow
from konv.engines.compiled.record import record

__all__ = ["Pooling", "mean"]

_MOST_WINDOWS = 8
_MOST_VECTORS = 4
_SUMS = 8
_REGISTERS_BESIDE = 4


@record
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
                for channel, count in covering(f, self.input.channels, self._channels(f)):
                    pieces, pictures = f.pieces(count), (f.at(x, channel), f.at(y, channel))
                    for some in windows.of_row(f, row, self._at_a_time(f), repeatable=True):
                        self._windows(f, pieces, some, pictures)

    @property
    def _wide(self) -> bool:
        return self.window.kernel[1] > MOST_COLUMNS

    def _channels(self, f: Function) -> int:
        """How many at a time. Of wide windows, several vectors: the cache brings neighbours."""
        vectors = -(-self.input.channels // f.target.vector)
        groups = -(-vectors // (_MOST_VECTORS if self._wide else 1))
        return -(-vectors // groups) * f.target.vector

    def _at_a_time(self, f: Function) -> int:
        """How many windows: their columns are held in registers."""
        columns = f.target.registers - _REGISTERS_BESIDE
        kernel, stride = self.window.kernel[1], self.window.stride[1]
        return min(_MOST_WINDOWS, max(1, (columns - kernel) // min(stride, kernel) + 1))

    def _windows(
        self,
        f: Function,
        pieces: Sequence[Piece],
        some: WindowRow,
        pictures: tuple[Value, Value],
    ) -> None:
        """Pool some windows, and store what they hold."""
        x_place, y_place = (
            f.add(f.multiply(row, layout.row), f.multiply(column, layout.channels), layout.origin)
            for (row, column), layout in (
                ((some.row, some.column), self.input),
                (some.output, self.output),
            )
        )
        x, y = f.at(pictures[0], x_place), f.at(pictures[1], y_place)
        if some.written_out:
            pooled = [[total] for total in self._written_out(f, pieces[0], some, x)]
        else:
            pooled = [self._looped(f, pieces, some, x)]
        for number, totals in enumerate(pooled):
            for piece, total in zip(pieces, totals, strict=True):
                value = mean(f, total, some) if self.kind == "average" else total
                place = number * self.output.channels + piece.start
                f.store_vector(value, f.at(y, place), piece)

    def _written_out(self, f: Function, piece: Piece, some: WindowRow, x: Value) -> list[Value]:
        """What each window holds, taken together."""
        windows = some.elements
        columns = sorted({column for window in windows for column in window})

        def row_of(number: Index) -> list[Value]:
            here = f.at(x, f.multiply(number, self.input.row))
            places = (f.at(here, column * self.input.channels) for column in columns)
            return [f.load_vector(place, piece) for place in places]

        with f.loop(f.subtract(some.rows, 1), row_of(0)) as turn:
            met = row_of(f.add(turn.index, 1))
            turn.results = self._each(f, turn.carried, met)
        totals = dict(zip(columns, turn.results, strict=True))
        return [self._all(f, [totals[column] for column in window]) for window in windows]

    def _looped(
        self, f: Function, pieces: Sequence[Piece], some: WindowRow, x: Value
    ) -> list[Value]:
        """What one window holds, taken together in parts: neighbours go to different parts."""
        parts, vectors = _SUMS // len(pieces) if self._wide else 1, len(pieces)
        blocks, rest = f.divide(some.columns, parts)

        def met(place: Value, columns: int) -> list[Value]:
            return [
                f.load_vector(f.at(place, i * self.input.channels + piece.start), piece)
                for i in range(columns)
                for piece in pieces
            ]

        zeros = [f.constant(0, piece.width) for piece in pieces]
        begin = zeros if self.kind == "average" else met(x, 1)
        with f.loop(some.rows, begin * parts) as row:
            here = f.at(x, f.multiply(row.index, self.input.row))
            with f.loop(blocks, row.carried) as block:
                place = f.at(here, f.multiply(block.index, parts * self.input.channels))
                block.results = self._each(f, block.carried, met(place, parts))
            done = f.multiply(blocks, parts)
            with f.loop(rest, block.results[:vectors]) as last:
                place = f.at(here, f.multiply(f.add(done, last.index), self.input.channels))
                last.results = self._each(f, last.carried, met(place, 1))
            row.results = [*last.results, *block.results[vectors:]]
        return [self._all(f, row.results[number::vectors]) for number in range(vectors)]

    def _each(self, f: Function, first: Sequence[Value], second: Sequence[Value]) -> list[Value]:
        return [self._together(f, *pair) for pair in zip(first, second, strict=True)]

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
