"""Sums over windows channel by channel: what depthwise convolution and its input gradient share.

Vectors are over the channels. For a row of the kernel its vectors are loaded once for a tile of
some neighbouring outputs of a row; every vector of the input that these see is loaded once, and
meets all kernel vectors that belong to it: of a 3×3 kernel with a stride of 1, three.

The outputs of a row are the lines of an axis (see :mod:`~konv.engines.compiled.kernels.axis`). If
the lines and the columns of the kernel are few, a tile has outputs of all lines, and everything
that happens for a row of the kernel is written out. Else it has outputs of one line, and the
columns of the kernel are a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.axis import Axis, Strip
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.lanes import covering
from konv.engines.compiled.kernels.tiles import each_strip
from konv.engines.compiled.record import record

__all__ = ["DepthwiseSums", "Meeting", "RowTile"]

_MOST_SUMS = 8
_MOST_TAPS = 8
_MOST_LINES = 4


@record
class Meeting:
    """An element of the kernel's row meets a column of the input, for one of the sums of a tile.

    Args:
        column: of the input, counted from the tile's first one on.
        tap: the column of the kernel, counted in the same way.
        total: which sum.
    """

    column: int
    tap: int
    total: int


@record
class RowTile:
    """Some outputs of a row.

    Args:
        row: which row, and what it meets.
        output, input, tap: the first column of the outputs, of the input and of the kernel.
        turns: how often the meetings take place: each time the input is ``apart`` columns further
            and the kernel ``tap_step``.
        outputs: the columns of the outputs, counted from the first one on: one for each sum.
        meetings: what meets.
    """

    row: Strip
    output: Index
    input: Index
    tap: Index
    turns: Index
    outputs: tuple[int, ...]
    meetings: tuple[Meeting, ...]


@record
class DepthwiseSums:
    """See the head of this file.

    Args:
        input: the map that is summed over.
        rows, columns: how the outputs meet it.
        kernel_columns: how many columns a kernel has.
        maps: how many kernels there are.
    """

    input: MapLayout
    rows: Axis
    columns: Axis
    kernel_columns: int
    maps: int

    def each_row(self, f: Function) -> Iterator[Strip]:
        """All rows of outputs."""
        for strips in self.rows.strips(1):
            yield from each_strip(f, strips)

    def tiles(self, f: Function, row: Strip, *, repeatable: bool) -> Iterator[RowTile]:
        """All outputs of a row; if that does no harm, some of them twice."""
        lines = [line for strips in self.columns.strips(self.columns.longest) for line in strips]
        taps = sum(line.taps for line in lines)
        if len(lines) > _MOST_LINES or taps > _MOST_TAPS:
            yield from self._looped(f, row)
        elif len(lines) == 1 and repeatable:
            for first, count in covering(f, lines[0].count, self._sums(f, taps)):
                yield self._unrolled(f, row, lines, first, count)
        else:
            width = sum(line.count for line in lines)
            steps = max(1, self._sums(f, taps) // len(lines))
            for first, count in f.blocks(width, steps * self.columns.output_step):
                yield self._unrolled(f, row, lines, first, count)

    def over(
        self,
        f: Function,
        tile: RowTile,
        pointers: tuple[Value, Value],
        start: Sequence[Value],
        load: Callable[[Value], Value],
        maps: Piece,
    ) -> list[Value]:
        """start + Σ input · kernel for every output of a tile.

        Args:
            f: where it is written.
            tile: the outputs.
            pointers: the picture and the kernels, at the first channel and map.
            start: what the sums begin with.
            load: makes a vector of the numbers at a place of the picture.
            maps: the vector of kernels.
        """
        row, maps_of_row = tile.row, self.kernel_columns * self.maps
        x, kernel = (
            f.at(
                pointers[0],
                f.add(
                    f.multiply(row.input, self.input.row),
                    f.multiply(tile.input, self.input.channels),
                    self.input.origin,
                ),
            ),
            f.at(
                pointers[1],
                f.add(f.multiply(row.tap, maps_of_row), f.multiply(tile.tap, self.maps)),
            ),
        )
        steps = (
            (row.taps, self.rows.apart * self.input.row, self.rows.tap_step * maps_of_row),
            (
                tile.turns,
                self.columns.apart * self.input.channels,
                self.columns.tap_step * self.maps,
            ),
        )

        def meet(x: Value, kernel: Value, totals: Sequence[Value]) -> list[Value]:
            return self._meet(f, tile, (x, kernel), totals, load, maps)

        return _looped(f, steps, (x, kernel), start, meet)

    def _meet(
        self,
        f: Function,
        tile: RowTile,
        pointers: tuple[Value, Value],
        totals: Sequence[Value],
        load: Callable[[Value], Value],
        maps: Piece,
    ) -> list[Value]:
        """The meetings of a tile, once."""
        x, kernel = pointers
        results = list(totals)
        weights = {
            tap: f.load_vector(f.at(kernel, tap * self.maps), maps)
            for tap in sorted({meeting.tap for meeting in tile.meetings})
        }
        numbers: dict[int, Value] = {}
        for meeting in tile.meetings:
            if meeting.column not in numbers:
                numbers[meeting.column] = load(f.at(x, meeting.column * self.input.channels))
            results[meeting.total] = f.multiply_add(
                numbers[meeting.column], weights[meeting.tap], results[meeting.total]
            )
        return results

    def _sums(self, f: Function, taps: int) -> int:
        """How many sums stay in registers beside the kernel's vectors and one of the input."""
        most = min(_MOST_SUMS, f.target.registers - taps - 2)
        tiles = -(-self.columns.longest // most)
        return -(-self.columns.longest // tiles) if len(self.columns.lines) == 1 else most

    def _looped(self, f: Function, row: Strip) -> Iterator[RowTile]:
        for strips in self.columns.strips(_MOST_SUMS):
            for strip in each_strip(f, strips):
                places = range(strip.count)
                yield RowTile(
                    row,
                    strip.output,
                    strip.input,
                    strip.tap,
                    strip.taps,
                    tuple(t * self.columns.output_step for t in places),
                    tuple(Meeting(t * self.columns.input_step, 0, t) for t in places),
                )

    def _unrolled(
        self, f: Function, row: Strip, lines: Sequence[Strip], first: Index, count: int
    ) -> RowTile:
        """The outputs first … first + count − 1: ``first`` belongs to the first line."""
        columns = self.columns
        places = [
            (line, t, line.output + t * columns.output_step)
            for line in lines
            for t in range(-(-(count - line.output) // columns.output_step))
        ]
        meetings = [
            Meeting(
                line.input + t * columns.input_step + m * columns.apart,
                line.tap + m * columns.tap_step,
                total,
            )
            for total, (line, t, _output) in enumerate(places)
            for m in range(line.taps)
        ]
        passed = f.divide(first, columns.output_step)[0]
        return RowTile(
            row,
            first,
            f.multiply(passed, columns.input_step),
            0,
            1,
            tuple(output for _line, _t, output in places),
            tuple(sorted(meetings, key=lambda meeting: meeting.column)),
        )


def _looped(
    f: Function,
    steps: Sequence[tuple[Index, int, int]],
    pointers: tuple[Value, Value],
    start: Sequence[Value],
    body: Callable[[Value, Value, Sequence[Value]], list[Value]],
) -> list[Value]:
    """Loops within each other, (count, steps of both pointers), around a body."""
    if not steps:
        return body(*pointers, start)
    (count, *sizes), *inner = steps
    with f.loop(count, start) as turn:
        here = (
            f.at(pointer, f.multiply(turn.index, size))
            for pointer, size in zip(pointers, sizes, strict=True)
        )
        turn.results = _looped(f, inner, tuple(here), turn.carried, body)
    return turn.results
