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
from dataclasses import dataclass
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Value
from konv.engines.compiled.kernels.axis import Axis, input_gradient_axis
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.map_correlation import MapCorrelation
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.tiles import Chunk, Place

__all__ = ["ConvolutionInputGradient", "gradient_border"]


@dataclass(frozen=True)
class ConvolutionInputGradient(Kernel):
    """See the head of this file.

    Args:
        gradient: the map dz; its border, of zeros, is at least :func:`gradient_border`.
        output: the map dx; its border is not written.
        window: how the windows of the convolution lie on its input.
        groups: how many groups the channels are divided into.
        flipped: whether the convolution turns its kernels by 180°.
        accumulate: whether dx is added to what is there.
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
        return self._correlation.operations

    @property
    def _correlation(self) -> MapCorrelation:
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
        self._correlation.emit(
            f,
            f.pointers["dz"],
            f.pointers["turned"],
            lambda chunk: [f.constant(0, piece.width) for piece in chunk.pieces],
            lambda place, chunk, sums: self._finish(f, place, chunk, sums),
        )

    def _finish(self, f: Function, place: Place, chunk: Chunk, sums: Sequence[Value]) -> None:
        """Add, take back through the rectifier, and store the sums of a tile."""
        dx, inside = self._pixels(f, "dx", self.output, place, chunk)
        y, inside_y = self._pixels(f, "y", self.activated or self.output, place, chunk)
        values = iter(sums)
        for here, here_y in zip(inside, inside_y, strict=True):
            for piece in chunk.pieces:
                value, address = next(values), f.at(dx, here + piece.start)
                if self.accumulate:
                    value = f.builder.fadd(f.load_vector(address, piece), value)
                if self.activated:
                    met = f.load_vector(f.at(y, here_y + piece.start), piece)
                    value = self.rectifier.gate(f, met, value)
                f.store_vector(value, address, piece)

    def _pixels(
        self, f: Function, name: str, layout: MapLayout, place: Place, chunk: Chunk
    ) -> tuple[Value, list[int]]:
        """The first pixel of a tile, and where the others lie from there."""
        correlation = self._correlation
        first = correlation.first_output(f, f.pointers[name], layout, place, chunk)
        return first, correlation.output_places(place.tile, layout)


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
