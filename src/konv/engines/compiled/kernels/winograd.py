"""Convolution with windows of 3×3 after Winograd, with bias, rectifier and pool in one kernel.

::

    z = bias + Aᵀ [Σ_c (G g_c Gᵀ) ⊙ (Bᵀ d_c B)] A      tile by tile of m×m sums

It computes what ``convolution.py`` does, with (m + 2)² products per tile instead of 9·m², but not
to the same bits: sums that are whole numbers need not come out whole, and what is not a number
spreads in its tile. Pools whose windows divide a tile are taken in registers, as there.

The order of the sums depends on the shapes only. Weights must have been transformed; for a single
picture, ``winograd_alone.py`` does that on the way.
"""

from __future__ import annotations

from typing import ClassVar

from konv.engines.compiled.emit.function import Function
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.shift import Shift
from konv.engines.compiled.kernels.winograd_chunks import FilterChunks
from konv.engines.compiled.kernels.winograd_end import MapEnd
from konv.engines.compiled.kernels.winograd_kernel import WinogradKernel
from konv.engines.compiled.kernels.winograd_map import TiledMap
from konv.engines.compiled.kernels.winograd_sums import WinogradSums
from konv.engines.compiled.kernels.winograd_tiles import Finish
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["Winograd"]


@record
class Winograd(WinogradKernel):
    """See the head of this file.

    Pointers::

        x          the map
        weights    transformed: see winograd_weights.py
        bias       float32 [filters], if there is one; and scales: see shift.py
        y          written: after the pool, if there is one
        winner     written, if asked for: bytes, laid out as y without a border
        scratch    of scratch_bytes

    Args:
        input: the map x; its border holds at least what the windows reach.
        output: the map y.
        padding: zeros above and to the left of the map.
        size: m: rows and columns of a tile of sums.
        bias: whether one is added.
        rectifier: what is applied to the sums.
        pool: rows and columns of the pool, as far apart as they are large, which divide m.
        winners: whether ``winner`` is written.
        scaled: whether sums are multiplied before the bias: see ``shift.py``.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "weights", "bias", "y", "winner", "scratch")

    input: MapLayout
    output: MapLayout
    padding: tuple[int, int]
    size: int
    bias: bool = True
    rectifier: Rectifier = LINEAR
    pool: tuple[int, int] = (1, 1)
    winners: bool = False
    scaled: bool = False

    @property
    def products(self) -> int:
        return self.input.channels * self.output.channels

    @property
    def map(self) -> TiledMap:
        """The map of sums."""
        rows, columns = self.output.height * self.pool[0], self.output.width * self.pool[1]
        return TiledMap(rows, columns, self.size)

    def sums(self, target: Target, vectors: int | None = None) -> WinogradSums:
        """What is summed, in chunks of filters of as many vectors as is best, or of so many."""
        chunks = FilterChunks.of(self.output.channels, target, vectors)
        return WinogradSums(self.map, self.input, self.padding, chunks)

    def emit(self, f: Function) -> None:
        x, weights, scratch = (f.pointers[name] for name in ("x", "weights", "scratch"))
        sums = self.sums(f.target)
        sums.write(f, x, weights, scratch, self.finish(f))

    def finish(self, f: Function) -> Finish:
        """What becomes of the sums of a tile."""
        shift = Shift(self.output.channels, self.bias, self.scaled)
        return MapEnd(self.output, self.pool, self.rectifier, shift, self.winners).finish(f)
