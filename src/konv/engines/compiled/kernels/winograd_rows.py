"""Convolution after Winograd along rows, with bias, rectifier and pool in one kernel.

::

    z = bias + Aᵀ [Σ_{k, c} (G g_{k, c}) ⊙ (Bᵀ d_{k, c})]      tile by tile of m sums of a row

k are the rows of a window and c the channels. Of each row of a window, r taps are filtered by
m + r − 1 products for m sums instead of r·m: for four sums of windows 5 wide, 8 instead of 20. In
two dimensions products would be fewer still, but where channels are few there are few of them for
each transform; and windows of 5×5 would round much worse. It computes what ``convolution.py`` does,
not to the same bits: see ``winograd.py``.

The weights of one point stay in registers while a register tile's rows pass by, and each input
number is met by as many rows of sums as a window has. The order of the sums depends on the shapes
only: channel by channel, row by row.

Source: S. Winograd, "Arithmetic Complexity of Computations", 1980, of filters in one dimension.
"""

from __future__ import annotations

from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.row_filtering import RowFiltering
from konv.engines.compiled.kernels.row_tiling import RowTiling
from konv.engines.compiled.kernels.row_tiling_cost import picture_cycles, weights_cycles
from konv.engines.compiled.kernels.shift import Shift
from konv.engines.compiled.kernels.winograd_chunks import FilterChunks
from konv.engines.compiled.kernels.winograd_end import MapEnd
from konv.engines.compiled.kernels.winograd_map import MapTile, wanted_of
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["WinogradRows"]

_LEAST_ROWS = 6  # of a register tile with two vectors of filters; else it is made of one


@record
class WinogradRows(Kernel):
    """See the head of this file.

    Pointers: those of ``convolution.py``, and

        scratch    of scratch_bytes

    Args:
        input: the map x; its border holds at least what the windows reach.
        output: the map y: after the pool, if there is one.
        window: how windows lie on x: one by one, without gaps.
        size: m: sums of a tile.
        flipped: whether kernels are turned by 180°.
        bias: whether one is added.
        rectifier: what is applied to the sums.
        pool: rows and columns of the pool, as far apart as they are large; the columns divide m.
        winners: whether ``winner`` (bytes, laid out as y without a border) is written.
        scaled: whether sums are multiplied before the bias: see ``shift.py``.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "kernel", "bias", "y", "winner", "scratch")

    input: MapLayout
    output: MapLayout
    window: Window
    size: int = 4
    flipped: bool = False
    bias: bool = True
    rectifier: Rectifier = LINEAR
    pool: tuple[int, int] = (1, 1)
    winners: bool = False
    scaled: bool = False

    @property
    def operations(self) -> int:
        sums, (height, width) = self.output.height * self.pool[0], self.window.kernel
        tiles = sums * -(-self.output.width * self.pool[1] // self.size)
        products = height * (self.size + width - 1)
        return tiles * products * self.input.channels * self.output.channels

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes, without the transformation of the weights."""
        return picture_cycles(self.tiling(target), target, self.pool)

    def weights_cycles(self, target: Target) -> float:
        """About how many cycles that takes, in every call."""
        return weights_cycles(self.tiling(target))

    def weights_bytes(self, target: Target) -> int:
        """What the transformed weights take."""
        return 4 * self.tiling(target).parts["weights"]

    def scratch_bytes(self, target: Target) -> int:
        """What a call needs for itself."""
        return 4 * sum(self.tiling(target).parts.values())

    def tiling(self, target: Target) -> RowTiling:
        """How the map is cut, and what lies where on the way."""
        high = self.window.kernel[0]
        pairs = 2 * (high + max(_LEAST_ROWS, self.pool[0])) < target.registers
        chunks = FilterChunks.of(self.output.channels, target, 2 if pairs else 1)
        return RowTiling(
            rows=self.output.height * self.pool[0],
            columns=self.output.width * self.pool[1],
            size=self.size,
            kernel=self.window.kernel,
            channels=self.input.channels,
            chunks=chunks,
            together=self.pool[0],
            most=target.registers - 2 - high * chunks.vectors,
        )

    def emit(self, f: Function) -> None:
        tiling = self.tiling(f.target)
        rows = RowFiltering(f, tiling)
        shift = Shift(self.output.channels, self.bias, self.scaled)
        end = MapEnd(self.output, self.pool, self.rectifier, shift, self.winners).finish(f)
        rows.transform_weights(f.pointers["kernel"], flipped=self.flipped)
        rows.clear_line()
        begin = self.input.at(-self.window.padding[0], -self.window.padding[1])
        with f.loop(f.count) as picture:
            x = f.at(f.pointers["x"], f.add(f.multiply(picture.index, self.input.size), begin))
            for first, count in f.blocks(tiling.rows, tiling.band):
                here = f.at(x, f.multiply(first, self.input.row))
                rows.transform_inputs(here, self.input.row, count)
                for above, high in f.blocks(count, tiling.high):
                    with f.loop(tiling.across) as across:
                        tile = self._tile(
                            f, tiling, picture.index, f.add(first, above), across.index, high
                        )
                        rows.sums(above, across.index, tile, end)

    def _tile(
        self, f: Function, tiling: RowTiling, picture: Index, row: Index, across: Index, high: int
    ) -> MapTile:
        """A column of tiles, on top of each other."""
        column = f.multiply(across, self.size)
        columns = wanted_of(f, tiling.columns, column, self.size)
        return MapTile(0, picture, row, column, high, columns, self.size)
