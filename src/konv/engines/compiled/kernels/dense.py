"""A dense layer: rows times a matrix, bias and rectifier.

::

    y[r, u] = rectifier(bias[u] + Σ_i x[r, i] · kernel[i, u])

Kernels are read as Keras lays them out, (inputs, units). A picture may have several rows: the
layer on a map acts on the channels of each of its pixels.

Sums are cut into segments by the shape of the kernel alone, see ``rows``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.rows import Segments, Steps, column_chunks, row_sums, row_tiles

__all__ = ["Affine", "Dense"]


@dataclass(frozen=True)
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
        for unit, pieces in column_chunks(f, self.units):
            affine.emit(f, f.multiply(f.count, self.rows), unit, pieces)


@dataclass(frozen=True)
class Affine:
    """Some units of a dense layer, of a function with the pointers of ``Dense``.

    Args:
        inputs, units, bias, rectifier: as those of ``Dense``.
    """

    inputs: int
    units: int
    bias: bool
    rectifier: Rectifier

    def emit(self, f: Function, rows: Index, unit: Index, pieces: Sequence[Piece]) -> None:
        """The units of some vectors, the first of them ``unit``, for all rows."""
        bias = f.at(f.pointers["bias"], unit)
        start = [
            f.load_vector(f.at(bias, piece.start), piece)
            if self.bias
            else f.constant(0, piece.width)
            for piece in pieces
        ]
        for row, height in row_tiles(f, rows, len(pieces)):
            sums = row_sums(
                f,
                f.at(f.pointers["x"], f.multiply(row, self.inputs)),
                f.at(f.pointers["kernel"], unit),
                steps=Steps(self.inputs, 1, self.units),
                segments=Segments.of(self.inputs, -(-self.units // f.target.vector)),
                pieces=pieces,
                start=start * height,
            )
            y = f.at(f.pointers["y"], f.add(f.multiply(row, self.units), unit))
            for place, total in enumerate(sums):
                line, v = divmod(place, len(pieces))
                address = f.at(y, line * self.units + pieces[v].start)
                f.store_vector(self.rectifier.apply(f, total), address, pieces[v])
