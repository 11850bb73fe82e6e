"""The gradient of a depthwise convolution with respect to its input.

::

    dx[h, w, c] = Σ_{u, v, m} dz[(h + p − u·d) / s, (w + q − v·d) / s, c·M + m] · kernel[u, v, c, m]

The sum is over those u and v for which the divisions leave no remainder and dz has that pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.axis import Axis, input_gradient_axis
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.depthwise_sums import DepthwiseSums, RowTile
from konv.engines.compiled.kernels.lanes import Lanes, whole_channels
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.record import record

__all__ = ["DepthwiseInputGradient"]


@record
class DepthwiseInputGradient(Kernel):
    """See the head of this file.

    Args:
        gradient: the map dz; its border of zeros is at least that of ``gradient_border``.
        output: the map dx; its border is not written.
        window: how the windows of the convolution lie on its input.
        multiplier: M, how many maps are made of each channel.
        flipped: whether kernels are turned by 180°.
        accumulate: whether dx is added to what is there.
        rectifier: what dx is taken back through, after it has been added up.
        activated: the map y, which decides what passes; None: nothing is looked at.
    """

    pointers: ClassVar[tuple[str, ...]] = ("dz", "kernel", "dx", "y")

    gradient: MapLayout
    output: MapLayout
    window: Window
    multiplier: int = 1
    flipped: bool = False
    accumulate: bool = False
    rectifier: Rectifier = LINEAR
    activated: MapLayout | None = None

    @property
    def operations(self) -> int:
        rows, columns = (
            sum(line.count * line.taps for line in self._axis(i).lines) for i in (0, 1)
        )
        return rows * columns * self.gradient.channels

    def emit(self, f: Function) -> None:
        rows, columns = (self._axis(i) for i in (0, 1))
        sums = DepthwiseSums(
            self.gradient, rows, columns, self.window.kernel[1], self.gradient.channels
        )
        repeatable = not self.accumulate
        with f.loop(f.count) as picture:
            for row in sums.each_row(f):
                for lanes in whole_channels(
                    f, self.output.channels, self.multiplier, repeatable=repeatable
                ):
                    for tile in sums.tiles(f, row, repeatable=repeatable):
                        totals = self._totals(f, sums, tile, lanes, picture.index)
                        self._finish(f, tile, lanes, picture.index, totals)

    def _totals(
        self, f: Function, sums: DepthwiseSums, tile: RowTile, lanes: Lanes, picture: Index
    ) -> list[Value]:
        """The sums over the windows and over the maps of the channels."""
        dz = f.at(f.pointers["dz"], f.multiply(picture, self.gradient.size))

        def add(first: Index, maps: Piece, totals: Sequence[Value]) -> list[Value]:
            place = f.add(lanes.map, first)
            pointers = f.at(dz, place), f.at(f.pointers["kernel"], place)
            return sums.over(f, tile, pointers, totals, lambda p: f.load_vector(p, maps), maps)

        totals = [f.constant(0, lanes.maps.width)] * len(tile.outputs)
        if self.multiplier <= f.target.vector:
            return add(0, lanes.maps, totals)
        whole, rest = divmod(self.multiplier, f.target.vector)
        with f.loop(whole, totals) as turn:
            first = f.multiply(turn.index, f.target.vector)
            turn.results = add(first, lanes.maps, turn.carried)
        if not rest:
            return turn.results
        last = Piece(0, rest, f.target.vector)
        return add(whole * f.target.vector, last, turn.results)

    def _finish(
        self,
        f: Function,
        tile: RowTile,
        lanes: Lanes,
        picture: Index,
        totals: Sequence[Value],
    ) -> None:
        """Add, take back through the rectifier, and store the sums of a tile."""

        def first_of(name: str, layout: MapLayout) -> Value:
            offset = f.add(
                f.multiply(picture, layout.size),
                f.multiply(tile.row.output, layout.row),
                f.multiply(tile.output, layout.channels),
                lanes.channel,
                layout.origin,
            )
            return f.at(f.pointers[name], offset)

        dx, y = first_of("dx", self.output), first_of("y", self.activated or self.output)
        for column, total in zip(tile.outputs, totals, strict=True):
            place, value = f.at(dx, column * self.output.channels), lanes.folded(f, total)
            if self.accumulate:
                value = f.builder.fadd(f.load_vector(place, lanes.channels), value)
            if self.activated:
                met = f.load_vector(f.at(y, column * self.activated.channels), lanes.channels)
                value = self.rectifier.gate(f, met, value)
            f.store_vector(value, place, lanes.channels)

    def _axis(self, i: int) -> Axis:
        sizes = (
            (self.gradient.height, self.output.height),
            (self.gradient.width, self.output.width),
        )
        kernel = self.window.kernel[i]
        axis = input_gradient_axis(
            sizes[i],
            kernel,
            self.window.stride[i],
            self.window.dilation[i],
            self.window.padding[i],
        )
        return axis.flipped(kernel) if self.flipped else axis
