"""Depthwise convolution: every channel is convolved by itself.

::

    z[i, j, c·M + m] = bias[c·M + m]
                       + Σ_{u, v} x[i·s + u·d − p, j·s + v·d − q, c] · kernel[u, v, c, m]

Rows of the kernel that meet nothing but the border are left out. Sums are added in the order u, v.
"""

from __future__ import annotations

from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Value
from konv.engines.compiled.kernels.axis import Axis, Strip, convolution_axis
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.depthwise_sums import DepthwiseSums
from konv.engines.compiled.kernels.lanes import Lanes, channel_lanes
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.record import record

__all__ = ["Depthwise", "depthwise_axis"]


@record
class Depthwise(Kernel):
    """See the head of this file.

    Args:
        input: the map x; its border of zeros holds at least what the windows reach.
        output: the map y; its border is not written.
        window: how windows lie on x.
        multiplier: M, how many maps are made of each channel.
        flipped: whether kernels are turned by 180°, as in a true convolution.
        bias: whether one is added; the pointer is not looked at otherwise.
        rectifier: what is applied to the sums.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "kernel", "bias", "y")

    input: MapLayout
    output: MapLayout
    window: Window
    multiplier: int = 1
    flipped: bool = False
    bias: bool = True
    rectifier: Rectifier = LINEAR

    @property
    def operations(self) -> int:
        rows, columns = self.window.kernel
        return self.output.height * self.output.width * self.output.channels * rows * columns

    def emit(self, f: Function) -> None:
        rows, columns = (
            depthwise_axis(self.window, self.input, self.output, i, flipped=self.flipped)
            for i in (0, 1)
        )
        sums = DepthwiseSums(self.input, rows, columns, self.window.kernel[1], self.output.channels)
        with f.loop(f.count) as picture:
            x = f.at(f.pointers["x"], f.multiply(picture.index, self.input.size))
            y = f.at(f.pointers["y"], f.multiply(picture.index, self.output.size))
            for row in sums.each_row(f):
                for lanes in channel_lanes(f, self.input.channels, self.multiplier):
                    self._row(f, sums, row, lanes, (x, y))

    def _row(
        self,
        f: Function,
        sums: DepthwiseSums,
        row: Strip,
        lanes: Lanes,
        pictures: tuple[Value, Value],
    ) -> None:
        """Some channels of a row of y."""
        x, y = f.at(pictures[0], lanes.channel), f.at(pictures[1], lanes.map)
        kernel = f.at(f.pointers["kernel"], lanes.map)
        for tile in sums.tiles(f, row, repeatable=True):
            totals = sums.over(
                f,
                tile,
                (x, kernel),
                [self._bias(f, lanes)] * len(tile.outputs),
                lambda pointer: lanes.spread(f, pointer),
                lanes.maps,
            )
            first = f.add(
                f.multiply(row.output, self.output.row),
                f.multiply(tile.output, self.output.channels),
                self.output.origin,
            )
            here = f.at(y, first)
            for column, total in zip(tile.outputs, totals, strict=True):
                place = f.at(here, column * self.output.channels)
                f.store_vector(self.rectifier.apply(f, total), place, lanes.maps)

    def _bias(self, f: Function, lanes: Lanes) -> Value:
        if not self.bias:
            return f.constant(0, lanes.maps.width)
        return f.load_vector(f.at(f.pointers["bias"], lanes.map), lanes.maps)


def depthwise_axis(
    window: Window, input: MapLayout, output: MapLayout, i: int, *, flipped: bool
) -> Axis:
    """How the rows (i = 0) or columns (i = 1) of the output meet the input and the kernel."""
    sizes = ((input.height, output.height), (input.width, output.width))[i]
    kernel = window.kernel[i]
    axis = convolution_axis(sizes, kernel, window.stride[i], window.dilation[i], window.padding[i])
    return axis.flipped(kernel) if flipped else axis
