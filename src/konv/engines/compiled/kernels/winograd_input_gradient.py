"""The input gradient of a 3×3 convolution after Winograd.

::

    dx[i, j, c] = Σ_{k, l, o} dz[i + p − k, j + q − l, o] · kernel[k, l, c, o]

That is a convolution of dz with the turned kernel, of which every border number counts as 0. As in
``convolution_input_gradient.py`` the sums may be added to dx, and may be taken back through the
rectifier of what made x.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.winograd_chunks import FilterChunks
from konv.engines.compiled.kernels.winograd_filtering import TAPS
from konv.engines.compiled.kernels.winograd_kernel import WinogradKernel
from konv.engines.compiled.kernels.winograd_map import MapTile, TiledMap
from konv.engines.compiled.kernels.winograd_sums import WinogradSums
from konv.engines.compiled.kernels.winograd_tiles import Finish, wanted
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["WinogradInputGradient"]


@record
class WinogradInputGradient(WinogradKernel):
    """See the head of this file.

    Pointers::

        dz         the gradient of the sums
        weights    transformed and turned: see winograd_weights.py
        dx         written, or added to; its border is not touched
        y          what decides which gradients pass, if there is a rectifier to pass
        scratch    of scratch_bytes

    Args:
        gradient: the map dz; its border, of zeros, is at least what
            :func:`~konv.engines.compiled.kernels.convolution_input_gradient.gradient_border` says.
        output: the map dx.
        padding: of the convolution: zeros above and to the left of its input, at most 2.
        size: m: rows and columns of a tile of sums.
        accumulate: whether the sums are added to what dx holds.
        rectifier: what dx is taken back through, after it has been added up.
        activated: the map y; None: nothing is looked at.
    """

    pointers: ClassVar[tuple[str, ...]] = ("dz", "weights", "dx", "y", "scratch")

    gradient: MapLayout
    output: MapLayout
    padding: tuple[int, int]
    size: int
    accumulate: bool = False
    rectifier: Rectifier = LINEAR
    activated: MapLayout | None = None

    @property
    def map(self) -> TiledMap:
        """The map of sums."""
        return TiledMap(self.output.height, self.output.width, self.size)

    def sums(self, target: Target) -> WinogradSums:
        """What is summed."""
        rows, columns = self.padding
        return WinogradSums(
            self.map,
            self.gradient,
            (TAPS - 1 - rows, TAPS - 1 - columns),
            FilterChunks.of(self.output.channels, target),
        )

    @property
    def products(self) -> int:
        return self.gradient.channels * self.output.channels

    def emit(self, f: Function) -> None:
        dz, weights, scratch = (f.pointers[name] for name in ("dz", "weights", "scratch"))
        sums = self.sums(f.target)
        finish = Finish(1, lambda *row: self._store(f, *row))
        sums.write(f, dz, weights, scratch, finish)

    def _store(
        self,
        f: Function,
        tile: MapTile,
        number: Index,
        first: Index,
        piece: Piece,
        sums: Sequence[Sequence[Value]],
    ) -> None:
        """Add a row of the sums of a tile, take it back through the rectifier, and store it."""
        dx, y = (
            f.hidden(
                f.at(
                    f.pointers[name],
                    f.add(tile.offset(f, layout), f.multiply(number, layout.row), first),
                )
            )
            for name, layout in (("dx", self.output), ("y", self.activated or self.output))
        )
        (row,) = sums
        for j in wanted(f, tile, 1):
            total, place = row[j], f.at(dx, j * self.output.channels)
            if self.accumulate:
                total = f.builder.fadd(f.load_vector(place, piece), total)
            if self.activated:
                activated = f.load_vector(f.at(y, j * self.activated.channels), piece)
                total = self.rectifier.gate(f, activated, total)
            f.store_vector(total, place, piece)
