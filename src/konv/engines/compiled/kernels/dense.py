"""A dense layer, for a tile of pictures.

::

    y[r, u] = rectifier(bias[u] + Σ_i x[r, i] · kernel[i, u])

Kernels are read as Keras lays them out, (inputs, units). A picture may have several rows: the
layer on a map acts on the channels of each of its pixels. How it is summed: ``affine``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece
from konv.engines.compiled.kernels.affine import Affine
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.rows import vector_chunks
from konv.engines.compiled.record import record

__all__ = ["Dense"]


@record
class Dense(Kernel):
    """See the head of this file.

    Args:
        inputs, units: rows and columns of the kernel.
        rows: how many rows a picture has.
        bias: whether one is added; the pointer is not looked at otherwise.
        rectifier: what is applied to the sums.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "kernel", "bias", "y")

    inputs: int
    units: int
    rows: int = 1
    bias: bool = True
    rectifier: Rectifier = LINEAR

    @property
    def operations(self) -> int:
        return self.rows * self.inputs * self.units

    def emit(self, f: Function) -> None:
        affine = Affine(self.inputs, self.units, self.bias, self.rectifier)

        def chunks(most: int) -> Iterator[tuple[Index, list[Piece]]]:
            return vector_chunks(f, self.units, most)

        if self.rows > 1:
            affine.emit(f, f.multiply(f.count, self.rows), chunks)
            return
        with f.when(f.builder.icmp_signed("==", f.count, f.index(1))):
            affine.emit_alone(f, chunks)
        with f.when(f.builder.icmp_signed("!=", f.count, f.index(1))):
            affine.emit(f, f.count, chunks)
