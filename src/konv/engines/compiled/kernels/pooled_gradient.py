"""What the gradients of a convolution have in common behind which a rectifier and a max-pool stand.

Both begin with the values of the pooled map (:mod:`~konv.engines.compiled.kernels.pooled_values`)
and meet the input where the windows of a pooled pixel lie.
"""

from __future__ import annotations

import math

from konv.engines.compiled.emit.function import Function, Index
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.correlation import WindowLoop
from konv.engines.compiled.kernels.pooled_windows import PooledWindows
from konv.engines.compiled.kernels.rectifier import RELU, Rectifier
from konv.engines.compiled.record import record

__all__ = ["PooledGradient"]


@record
class PooledGradient(Kernel):
    """See the head of this file.

    Args:
        input: the map x; its border holds at least what the windows reach.
        pooled: the map y: after the pool.
        gradient: the map dy.
        window: how windows lie on x.
        pool: rows and columns of the pool, as far apart as they are large.
        flipped: whether kernels are turned by 180°, as in a true convolution.
        bias: whether there is one; the pointer is not looked at otherwise.
        rectifier: what stands before the pool.
    """

    input: MapLayout
    pooled: MapLayout
    gradient: MapLayout
    window: Window
    pool: tuple[int, int]
    flipped: bool = False
    bias: bool = True
    rectifier: Rectifier = RELU

    @property
    def window_size(self) -> int:
        """How many elements a filter has."""
        return math.prod(self.window.kernel) * self.input.channels

    @property
    def first_element(self) -> int:
        """The kernel element that the first element of a window meets, without the filters."""
        rows, columns = self.window.kernel
        return (rows * columns - 1) * self.input.channels if self.flipped else 0

    @property
    def windows(self) -> PooledWindows:
        """How the windows behind pooled pixels lie on x."""
        return PooledWindows(self.pooled.height, self.pooled.width, self.window, self.pool)

    def first_met(self, f: Function, picture: Index, row: Index, column: Index = 0) -> Index:
        """Where in x the windows of a pooled pixel begin."""
        down, across = self.windows.steps
        top, left = self.window.padding
        return f.add(
            f.multiply(picture, self.input.size),
            f.multiply(row, down * self.input.row),
            f.multiply(column, across * self.input.channels),
            self.input.at(-top, -left),
        )

    def loops(self, row: int, column: int, channel: int = 1) -> list[WindowLoop]:
        """Rows, columns and channels of a window, if so far apart is what they meet."""
        rows, columns = self.window.kernel
        direction, channels = -1 if self.flipped else 1, self.input.channels
        down, across = self.window.dilation
        return [
            WindowLoop(rows, down * row, direction * columns * channels),
            WindowLoop(columns, across * column, direction * channels),
            WindowLoop(channels, channel, 1),
        ]
