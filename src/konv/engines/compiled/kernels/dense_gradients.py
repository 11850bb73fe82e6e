"""The gradients of a dense layer, for a tile of pictures.

::

    dx[r, i]               = Σ_u dz[r, u] · kernel[i, u]
    kernel_gradient[i, u] += Σ_r x[r, i] · dz[r, u]
    bias_gradient[u]      += Σ_r dz[r, u]

Sums go over the units, or over the rows, one after the other. How it is done:
``turned_products`` and ``outer_products``.
"""

from __future__ import annotations

from typing import ClassVar

from konv.engines.compiled.emit.function import Function
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.outer_products import (
    OuterProducts,
    column_sums,
    most_units,
    row_bands,
)
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.rows import RowTile, most_rows, vector_chunks
from konv.engines.compiled.kernels.turned_products import INPUT_VECTORS, TurnedProducts
from konv.engines.compiled.record import record

__all__ = ["DenseInputGradient", "DenseWeightGradient"]


@record
class DenseInputGradient(Kernel):
    """dx, see the head of this file.

    Args:
        inputs, units: rows and columns of the kernel.
        rows: how many rows a picture has.
        accumulate: whether dx is added to what is there.
        rectifier: whose output x is: y, as large as dx.
        activated: whether dx becomes the gradient of that rectifier's input; otherwise y is not
            looked at.
    """

    pointers: ClassVar[tuple[str, ...]] = ("dz", "kernel", "dx", "y")

    inputs: int
    units: int
    rows: int = 1
    accumulate: bool = False
    rectifier: Rectifier = LINEAR
    activated: bool = False

    @property
    def operations(self) -> int:
        return self.rows * self.inputs * self.units

    def emit(self, f: Function) -> None:
        gate = self.rectifier if self.activated else LINEAR
        gradient = TurnedProducts(self.inputs, self.units, self.accumulate, gate)
        room = gradient.room(f)
        for first, pieces in vector_chunks(f, self.inputs, INPUT_VECTORS):
            gradient.emit(f, room, f.multiply(f.count, self.rows), first, pieces)


@record
class DenseWeightGradient(Kernel):
    """The gradients of the kernel and of the bias, added to what is there.

    Args:
        inputs, units: rows and columns of the kernel.
        rows: how many rows a picture has.
        bias: whether there is one; the pointer is not looked at otherwise.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "dz", "kernel_gradient", "bias_gradient")

    inputs: int
    units: int
    rows: int = 1
    bias: bool = True

    @property
    def operations(self) -> int:
        return self.rows * self.inputs * self.units

    def emit(self, f: Function) -> None:
        rows = f.multiply(f.count, self.rows)
        gradient = OuterProducts(self.inputs, self.units, accumulate=True)
        for band in row_bands(f, rows):
            for unit, pieces in vector_chunks(f, self.units, most_units(f.target)):
                for first, count in f.blocks(self.inputs, self._height(f, len(pieces))):
                    tile = RowTile(first, tuple(range(count)))
                    gradient.emit(f, band, tile, unit, pieces)
        if self.bias:
            for unit, pieces in vector_chunks(f, self.units, most_units(f.target)):
                column_sums(f, rows, self.units, unit, pieces, accumulate=True)

    def _height(self, f: Function, vectors: int) -> int:
        """A tile's: one that divides the inputs, if there is one that is not much lower."""
        most = most_rows(f.target, vectors)
        even = [height for height in range(most // 2 + 1, most + 1) if self.inputs % height == 0]
        return even[-1] if even else -(-self.inputs // -(-self.inputs // most))
