"""The gradient of a convolution's input: the correlation of dz with the turned kernel.

::

    dx[h, w, c] = Σ_{k, l, o} dz[(h + p − k·d) / s, (w + q − l·d) / s, o] · kernel[k, l, c, o]

over those k and l for which the divisions leave no remainder and dz has that pixel. The kernel is
read as (k, l, o, c): see :mod:`~konv.engines.compiled.kernels.turned_kernel`. The pixels of dx are
taken in s·s classes, whose h and w leave the same remainder: each is a convolution of stride 1 over
dz, and writes every s-th pixel. See :mod:`~konv.engines.compiled.kernels.axis` for the arithmetic.

``rectifier`` takes the gradient back through the activation of the layer before, whose output y is
the map that dx is the gradient of. The order in which a sum is added up depends on the
shapes only: k and l from the last to the first, and o within or around l.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Value
from konv.engines.compiled.kernels.axis import Axis, input_gradient_axis
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.map_correlation import MapCorrelation
from konv.engines.compiled.kernels.map_sums import MapSums
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.tile_array import TileArray
from konv.engines.compiled.kernels.tiles import Chunk, Place
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["ConvolutionInputGradient", "gradient_border"]


@record
class ConvolutionInputGradient(Kernel):
    """See the head of this file.

    Args:
        gradient: the map dz; its border, of zeros, is at least :func:`gradient_border`.
        output: the map dx; its border is not written.
        window: how the windows of the convolution lie on its input.
        groups: how many groups the channels are divided into.
        flipped: whether the convolution turns its kernels by 180°.
        accumulate: whether the sums begin with what dx holds.
        rectifier: what dx is taken back through, after it has been added up.
        activated: the map y, which decides what passes; None: nothing is looked at.
    """

    pointers: ClassVar[tuple[str, ...]] = ("dz", "turned", "dx", "y")

    gradient: MapLayout
    output: MapLayout
    window: Window
    groups: int = 1
    flipped: bool = False
    accumulate: bool = False
    rectifier: Rectifier = LINEAR
    activated: MapLayout | None = None

    @property
    def operations(self) -> int:
        return self.correlation.operations

    def cycles(self, target: Target) -> float:
        """About how many cycles the sums of a picture take."""
        return self.correlation.cycles(target)

    @property
    def correlation(self) -> MapCorrelation:
        """What is summed."""
        layouts = self.gradient, self.output, *([self.activated] if self.activated else [])
        rows, columns = _axes(self.window, *self.window.sizes(*layouts))
        if self.flipped:
            rows = rows.flipped(self.window.kernel[0])
            columns = columns.flipped(self.window.kernel[1])
        return MapCorrelation(
            self.gradient,
            rows,
            columns,
            self.window.kernel,
            self.output.channels,
            self.groups,
        )

    def emit(self, f: Function) -> None:
        correlation = self.correlation
        axes = correlation.rows, correlation.columns
        dx = TileArray(f, f.pointers["dx"], self.output, axes)
        y = TileArray(f, f.pointers["y"], self.activated or self.output, axes)
        MapSums(f, correlation, f.pointers["dz"], f.pointers["turned"]).write(
            lambda place, chunk: self._begin(dx, place, chunk),
            lambda place, chunk, sums: self._finish((dx, y), place, chunk, sums),
            dx,
        )

    def _begin(self, dx: TileArray, place: Place, chunk: Chunk) -> list[Value]:
        """What dx holds, or nothing."""
        if self.accumulate:
            return dx.load(place, chunk)
        return [dx.f.constant(0, piece.width) for piece in chunk.pieces] * place.tile.outputs

    def _finish(
        self,
        arrays: tuple[TileArray, TileArray],
        place: Place,
        chunk: Chunk,
        sums: Sequence[Value],
    ) -> None:
        """Take the sums of a tile back through the rectifier, and store them."""
        dx, y = arrays
        if self.activated:
            pairs = zip(y.load(place, chunk), sums, strict=True)
            sums = [self.rectifier.gate(dx.f, *pair) for pair in pairs]
        dx.store(place, chunk, sums)


def gradient_border(
    window: Window, input: tuple[int, int], output: tuple[int, int]
) -> tuple[int, int, int, int]:
    """How many zeros dz needs: above, below, to the left, to the right.

    Args:
        window: of the convolution.
        input, output: rows and columns of its input x and of its output z.
    """
    rows, columns = _axes(window, (output[0], input[0]), (output[1], input[1]))
    return (*rows.reach(), *columns.reach())


def _axes(window: Window, *sizes: Sequence[int]) -> tuple[Axis, Axis]:
    """How dx meets dz, given the rows of dz and dx, and their columns."""
    rows, columns = (
        input_gradient_axis(
            (gradient, output),
            window.kernel[i],
            window.stride[i],
            window.dilation[i],
            window.padding[i],
        )
        for i, (gradient, output, *_) in enumerate(sizes)
    )
    return rows, columns
