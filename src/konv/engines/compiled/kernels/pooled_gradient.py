"""What the gradients of a convolution have in common behind which a rectifier and a max-pool stand.

All begin with the values of the pooled map (:mod:`~konv.engines.compiled.kernels.pooled_values`)
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
from konv.engines.compiled.target import Target

__all__ = ["PooledGradient", "most_vectors"]

# Registers beside the sums.
_OTHERS = 4


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
    def operations(self) -> int:
        """If half of the pooled values are live, and nothing else is visited."""
        return self.values * self.window_size // 2

    @property
    def values(self) -> int:
        """How many pooled values there are."""
        return self.pooled.height * self.pooled.width * self.pooled.channels

    @property
    def window_size(self) -> int:
        """How many elements a filter has."""
        return math.prod(self.window.kernel) * self.input.channels

    def first_element(self, steps: tuple[int, int]) -> int:
        """The kernel element that the first of a window meets, if so far apart are the kernel's
        rows and columns."""
        row, column = (
            (size - 1) * step for size, step in zip(self.window.kernel, steps, strict=True)
        )
        return row + column if self.flipped else 0

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

    def loops(
        self, met: tuple[int, int, int], steps: tuple[int, int], channels: int
    ) -> list[WindowLoop]:
        """Rows, columns and channels of a window.

        Args:
            met: how far apart is what neighbouring rows, columns and channels meet.
            steps: how far apart the rows and the columns of the kernel are.
            channels: how many are met, side by side in the kernel.
        """
        direction = -1 if self.flipped else 1
        rows_and_columns = zip(self.window.kernel, self.window.dilation, met, steps, strict=False)
        return [
            *(
                WindowLoop(count, dilation * there, direction * step)
                for count, dilation, there, step in rows_and_columns
            ),
            WindowLoop(channels, met[2], 1),
        ]


def most_vectors(target: Target) -> int:
    """How many vectors of sums have room in the registers."""
    return target.registers - _OTHERS
