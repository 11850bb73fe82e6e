"""Where a correlation finds its numbers: windows in the input, elements in the kernel."""

from __future__ import annotations

from konv.engines.compiled.emit.function import Function, Index, Piece, pieces_of
from konv.engines.compiled.kernels.axis import Axis
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.correlation import WindowLoop, joined
from konv.engines.compiled.kernels.tile_choice import Choice, Work, best_choice, cycles_of
from konv.engines.compiled.kernels.tiles import Place, Tile
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["MapCorrelation"]

_SECOND_LEVEL_BYTES = 1 << 20  # of the second-level cache, what a kernel may fill
_FEWEST_INPUTS = 16  # channels of a part: sums are loaded and stored once more for each


@record
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
        written_out: how many columns of a window one turn takes, if that is given.
    """

    input: MapLayout
    rows: Axis
    columns: Axis
    kernel: tuple[int, int]
    channels: int
    groups: int
    written_out: int | None = None

    @property
    def operations(self) -> int:
        """Multiply-adds for one picture."""
        rows, columns = (
            axis.pool * sum(line.count * line.taps for line in axis.lines)
            for axis in (self.rows, self.columns)
        )
        return rows * columns * self.input.channels // self.groups * self.channels

    @property
    def parts(self) -> int:
        """Into how many parts of equal size the input channels are cut, so that what is read of
        the kernel for all pictures stays in the cache. Sums of a pool cannot wait for the rest."""
        inputs = self.input.channels // self.groups
        if self.rows.pool * self.columns.pool > 1:
            return 1
        parts = [n for n in range(1, inputs // _FEWEST_INPUTS + 1) if inputs % n == 0] or [1]
        return next((n for n in parts if self._bytes <= n * _SECOND_LEVEL_BYTES), parts[-1])

    @property
    def inputs(self) -> int:
        """Input channels of one part."""
        return self.input.channels // self.groups // self.parts

    @property
    def cached(self) -> bool:
        """Whether one part of the kernel fits the cache."""
        return self._bytes <= self.parts * _SECOND_LEVEL_BYTES

    @property
    def _bytes(self) -> int:
        """The size of the kernel."""
        return 4 * self.kernel[0] * self.kernel[1] * self._element

    def operations_with(self, choice: Choice) -> int:
        """The same without those that meet only the border of a tile, which are left out."""
        rows, columns = (
            axis.pool * sum(s.count * s.taps for strips in axis.strips(most) for s in strips)
            for axis, most in (
                (self.rows, choice.tile.rows),
                (self.columns, choice.tile.columns),
            )
        )
        return rows * columns * self.input.channels // self.groups * self.channels

    def choice(self, target: Target) -> Choice:
        """The tiles that cost least."""
        return best_choice(target, self.work(target))

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes."""
        work = self.work(target)
        one = cycles_of(best_choice(target, work), work, target)
        return self.groups * self.parts * one

    def work(self, target: Target) -> Work:
        """What one group and one part of the input channels are."""
        return Work(
            self.rows,
            self.columns,
            self.inputs,
            vectors=len(self.pieces(target)),
            bytes=4 * self.channels,
            written_out=self.written_out,
        )

    def pieces(self, target: Target) -> list[Piece]:
        """The vectors that the output channels of a group fill."""
        return pieces_of(self.channels // self.groups, target)

    @property
    def _element(self) -> int:
        """From one element of the kernel's columns to the next."""
        return self.input.channels // self.groups * self.channels

    def loops(self, f: Function, place: Place, choice: Choice) -> list[WindowLoop]:
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
        channels = WindowLoop(self.inputs, 1, self.channels)
        walked = [rows, channels] if choice.written_out > 1 else [rows, columns, channels]
        return joined(walked, f.multiply)

    def elements(self, choice: Choice) -> list[tuple[int, int]]:
        """The columns of the window that are written out."""
        return [
            (
                tap * self.columns.apart * self.input.channels,
                tap * self.columns.tap_step * self._element,
            )
            for tap in range(choice.written_out)
        ]

    def input_offset(self, f: Function, place: Place) -> Index:
        """Where the window of the first pixel begins."""
        return f.add(
            f.multiply(place.picture, self.input.size),
            f.multiply(place.rows.input, self.input.row),
            f.multiply(place.columns.input, self.input.channels),
            self.input.origin,
        )

    def kernel_offset(self, f: Function, place: Place) -> Index:
        """The kernel element that the first element of a window meets."""
        return f.add(
            f.multiply(place.rows.tap, self.kernel[1] * self._element),
            f.multiply(place.columns.tap, self._element),
        )

    def pixels(self, tile: Tile) -> list[int]:
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
