"""The windows of a pool, as kernels walk over them: those of a row, some at a time.

Padding never takes part, so a window is what of it lies on the map. Windows that lie on the map as
a whole are taken some at a time, with their columns written out; the others, and wide ones, one at
a time, with loops over their columns.
"""

from __future__ import annotations

from collections.abc import Iterator

from konv.engines.compiled.emit.function import Function, Index
from konv.engines.compiled.kernels.axis import Strip
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.lanes import covering
from konv.engines.compiled.kernels.tiles import each_strip
from konv.engines.compiled.record import record

__all__ = ["MOST_COLUMNS", "PoolWindows", "WindowRow"]

MOST_COLUMNS = 8


@record
class WindowRow:
    """Some neighbouring windows of a row of windows.

    Args:
        output: where the first one stands among all windows: (row, column).
        row, rows: the first row of the map that they hold, and how many.
        column, columns: the first column that the first of them holds, and how many each holds.
        count: how many windows.
        stride: how far apart they are.
        written_out: whether their columns are known, and few.
    """

    output: tuple[Index, Index]
    row: Index
    rows: Index
    column: Index
    columns: Index
    count: int
    stride: int
    written_out: bool

    @property
    def elements(self) -> list[list[int]]:
        """For each window: its columns, counted from the first column on, if they are known."""
        return [
            [number * self.stride + v for v in range(self.columns)] for number in range(self.count)
        ]


@record
class PoolWindows:
    """See the head of this file.

    Args:
        window: its dilation is not looked at: a pool has none.
        input, output: sizes of the map and of the map of windows.
    """

    window: Window
    input: MapLayout
    output: MapLayout

    def rows(self, f: Function) -> Iterator[Strip]:
        """All rows of windows: ``input`` and ``taps`` are the rows of the map that they hold."""
        yield from each_strip(f, self._strips(0))

    def new_rows(self, f: Function, row: Strip) -> tuple[Index, Index]:
        """Rows of the map that come after those of the row of windows before: the first, how many.

        The last row of windows has all that are left.
        """
        ends = [strip.input + strip.taps for strip in self._strips(0)]
        firsts = [0, *ends[:-1]]
        counts = [
            end - first for first, end in zip(firsts, [*ends[:-1], self.input.height], strict=True)
        ]
        return f.known(firsts, row.output), f.known(counts, row.output)

    def of_row(
        self, f: Function, row: Strip, most: int, *, repeatable: bool
    ) -> Iterator[WindowRow]:
        """All windows of a row, at most so many at a time; perhaps some of them twice."""
        whole = [strip for strip in self._strips(1) if self._is_written_out(strip)]
        others = [strip for strip in self._strips(1) if not self._is_written_out(strip)]
        cut = covering if repeatable else Function.blocks
        stride, kernel = self.window.stride[1], self.window.kernel[1]
        if whole:
            for first, count in cut(f, len(whole), _even(len(whole), most)):
                place = row.output, f.add(whole[0].output, first)
                column = f.add(whole[0].input, f.multiply(first, stride))
                yield WindowRow(
                    place, row.input, row.taps, column, kernel, count, stride, written_out=True
                )
        if others:
            for strip in each_strip(f, others):
                place, column = (row.output, strip.output), strip.input
                yield WindowRow(
                    place, row.input, row.taps, column, strip.taps, 1, stride, written_out=False
                )

    def _is_written_out(self, strip: Strip) -> bool:
        return strip.taps == self.window.kernel[1] <= MOST_COLUMNS

    @property
    def separate(self) -> bool:
        """Whether no two windows share an element."""
        return all(
            stride >= kernel
            for stride, kernel in zip(self.window.stride, self.window.kernel, strict=True)
        )

    @property
    def gapless(self) -> bool:
        """Whether there is nothing between two neighbouring windows."""
        return all(
            stride <= kernel
            for stride, kernel in zip(self.window.stride, self.window.kernel, strict=True)
        )

    @property
    def covered(self) -> tuple[int, int]:
        """Rows and columns of the map up to the end of the last window."""
        rows, columns = (self._strips(i)[-1] for i in (0, 1))
        return rows.input + rows.taps, columns.input + columns.taps

    def _strips(self, i: int) -> list[Strip]:
        """What every window holds of the rows (i = 0) or columns (i = 1) of the map."""
        size, count = ((layout.height, layout.width)[i] for layout in (self.input, self.output))
        kernel, stride = self.window.kernel[i], self.window.stride[i]
        starts = [number * stride - self.window.padding[i] for number in range(count)]
        strips = []
        for number, start in enumerate(starts):
            first, end = max(0, start), min(size, start + kernel)
            strips.append(Strip(1, number, first, first - start, end - first))
        return strips


def _even(total: int, most: int) -> int:
    """At most ``most``, such that the blocks are about equal."""
    return -(-total // -(-total // max(1, most)))
