"""The gradient of a pool: dy goes to the element that was chosen, or to all in equal parts.

::

    max, min  dx[h, w, c] = Σ dy[i, j, c] over the windows whose first element that equals
                            y[i, j, c], row by row, is (h, w)
    average   dx[h, w, c] = Σ dy[i, j, c] / number of elements over the windows that hold (h, w)

x is compared with y once more, so nothing need be remembered. If windows share no element, what a
window gives is written straight to dx; else it is added up there, row of windows by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Value
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.lanes import Lanes, channel_lanes, covering
from konv.engines.compiled.kernels.pool_windows import PoolWindows, WindowRow
from konv.engines.compiled.kernels.pooling import mean
from konv.engines.compiled.record import record

__all__ = ["PoolingGradient"]

_MOST_ELEMENTS = 8
_MOST_VECTORS_OF_ZEROS = 4


@record
class PoolingGradient(Kernel):
    """See the head of this file.

    Args:
        input: the map x; an average does not look at it, nor at y.
        output: the map y.
        window: how windows lie on x; each holds an element of the map. Their dilation is 1.
        kind: what is made of their elements: "max", "min" or "average".
        gradient: the map dy.
        input_gradient: the map dx; its border is not written.
        accumulate: whether dx is added to what is there.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "y", "dy", "dx")

    input: MapLayout
    output: MapLayout
    window: Window
    kind: str
    gradient: MapLayout
    input_gradient: MapLayout
    accumulate: bool = False

    def emit(self, f: Function) -> None:
        windows = PoolWindows(self.window, self.input, self.output)
        straight = windows.separate and not self.accumulate
        everywhere = straight and windows.gapless
        most = max(1, _MOST_ELEMENTS // self.window.kernel[1])
        with f.loop(f.count) as picture:
            if everywhere:
                self._clear_rest(f, windows, picture.index)
            for row in windows.rows(f):
                if not (everywhere or self.accumulate):
                    # Only as far as these windows reach: so it is still in the cache.
                    rows = windows.new_rows(f, row)
                    self._clear(f, picture.index, rows, (0, self.input.width))
                for lanes in channel_lanes(f, self.input.channels, repeatable=straight):
                    for some in windows.of_row(f, row, most, repeatable=straight):
                        _Gift(self, f, lanes, some, picture.index, straight).write()

    def _clear_rest(self, f: Function, windows: PoolWindows, picture: Index) -> None:
        """Zeros to the right of all windows, and below."""
        height, width = self.input.height, self.input.width
        rows, columns = windows.covered
        self._clear(f, picture, (0, rows), (columns, width - columns))
        self._clear(f, picture, (rows, height - rows), (0, width))

    def _clear(
        self,
        f: Function,
        picture: Index,
        rows: tuple[Index, Index],
        columns: tuple[int, int],
    ) -> None:
        """Zeros in some rows and columns: the first, how many."""
        layout, numbers = self.input_gradient, columns[1] * self.input.channels
        if rows[1] == 0 or numbers == 0:
            return
        corner = f.add(
            f.multiply(picture, layout.size),
            f.multiply(rows[0], layout.row),
            layout.at(0, columns[0]),
        )
        most = _MOST_VECTORS_OF_ZEROS * f.target.vector
        with f.loop(rows[1]) as row:
            here = f.at(f.pointers["dx"], f.add(corner, f.multiply(row.index, layout.row)))
            for start, size in covering(f, numbers, most):
                for piece in f.pieces(size):
                    place = f.at(here, f.add(start, piece.start))
                    f.store_vector(f.constant(0, piece.width), place, piece)


@record
class _Gift:
    """What some windows give to their elements.

    Args:
        kernel: whose fields say how.
        f: where it is written.
        lanes: the channels.
        windows: the windows.
        picture: which one.
        straight: whether it is written to dx without looking at what is there.
    """

    kernel: PoolingGradient
    f: Function
    lanes: Lanes
    windows: WindowRow
    picture: Index
    straight: bool

    def write(self) -> None:
        """Row by row. What a window has left to give is carried on until it is given."""
        f, windows = self.f, self.windows
        corner = windows.row, windows.column
        x = self._at("x", self.kernel.input, corner)
        dx = self._at("dx", self.kernel.input_gradient, corner)
        averages = self.kernel.kind == "average"
        left = self._of_windows("dy", self.kernel.gradient)
        chosen = left if averages else self._of_windows("y", self.kernel.output)
        if averages:
            left = [mean(f, total, windows) for total in left]
        with f.loop(windows.rows, left) as row:
            x_row = f.at(x, f.multiply(row.index, self.kernel.input.row))
            dx_row = f.at(dx, f.multiply(row.index, self.kernel.input_gradient.row))
            if windows.written_out:
                row.results = self._give(x_row, dx_row, chosen, row.carried, windows.elements)
            else:
                with f.loop(windows.columns, row.carried) as column:
                    step = f.multiply(column.index, self._pixel)
                    place = f.at(x_row, step), f.at(dx_row, step)
                    column.results = self._give(*place, chosen, column.carried, [[0]])
                row.results = column.results

    @property
    def _pixel(self) -> int:
        """From one pixel to the next, in elements: the same in all maps."""
        return self.kernel.input.channels

    def _give(
        self,
        x: Value,
        dx: Value,
        chosen: Sequence[Value],
        left: Sequence[Value],
        elements: Sequence[Sequence[int]],
    ) -> list[Value]:
        """Give to the elements of one row: what each window has left then."""
        f, still_left = self.f, list(left)
        parts: dict[int, Value] = {}
        for number, columns in enumerate(elements):
            for column in columns:
                part = still_left[number]
                if self.kernel.kind != "average":
                    met = f.load_vector(f.at(x, column * self._pixel), self.lanes.channels)
                    equal = f.builder.fcmp_ordered("==", met, chosen[number])
                    nothing = f.constant(0, part.type.count)
                    still_left[number] = f.builder.select(equal, nothing, part)
                    part = f.builder.select(equal, part, nothing)
                before = parts.get(column)
                parts[column] = part if before is None else f.builder.fadd(before, part)
        for column, part in parts.items():
            self._store(part, f.at(dx, column * self._pixel))
        return still_left

    def _store(self, part: Value, place: Value) -> None:
        f, channels = self.f, self.lanes.channels
        if not self.straight:
            part = f.builder.fadd(f.load_vector(place, channels), part)
        f.store_vector(part, place, channels)

    def _of_windows(self, name: str, layout: MapLayout) -> list[Value]:
        """The numbers of each window in a map that has one pixel for each."""
        f, first = self.f, self._at(name, layout, self.windows.output)
        return [
            f.load_vector(f.at(first, number * layout.channels), self.lanes.channels)
            for number in range(self.windows.count)
        ]

    def _at(self, name: str, layout: MapLayout, pixel: tuple[Index, Index]) -> Value:
        f, (row, column) = self.f, pixel
        offset = f.add(
            f.multiply(self.picture, layout.size),
            f.multiply(row, layout.row),
            f.multiply(column, layout.channels),
            self.lanes.channel,
            layout.origin,
        )
        return f.at(f.pointers[name], offset)
