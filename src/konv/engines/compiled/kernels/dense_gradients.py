"""The gradients of a dense layer, for a tile of pictures.

::

    dx[r, i]               = Σ_u dz[r, u] · kernel[i, u]
    kernel_gradient[i, u] += Σ_r x[r, i] · dz[r, u]
    bias_gradient[u]      += Σ_r dz[r, u]

Sums go over the units, or over the rows, one after the other; for dx, see ``turned_products``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.rows import (
    RowTile,
    Steps,
    most_rows,
    most_vectors,
    products,
    vector_chunks,
)
from konv.engines.compiled.kernels.turned_products import INPUT_VECTORS, TurnedProducts

__all__ = [
    "DenseInputGradient",
    "DenseWeightGradient",
    "WeightGradient",
    "column_sums",
]


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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
        gradient = WeightGradient(self.inputs, self.units, accumulate=True)
        for unit, pieces in vector_chunks(f, self.units, most_vectors(f.target)):
            for first, count in f.blocks(self.inputs, self._height(f, len(pieces))):
                gradient.emit(f, rows, RowTile(first, tuple(range(count))), unit, pieces)
            if self.bias:
                column_sums(f, rows, self.units, unit, pieces, accumulate=True)

    def _height(self, f: Function, vectors: int) -> int:
        """A tile's: one that divides the inputs, if there is one that is not much lower."""
        most = most_rows(f.target, vectors)
        even = [height for height in range(most // 2 + 1, most + 1) if self.inputs % height == 0]
        return even[-1] if even else -(-self.inputs // -(-self.inputs // most))


@dataclass(frozen=True)
class WeightGradient:
    """Some of a kernel's gradient, of a function with the pointers of ``DenseWeightGradient``.

    Args:
        inputs, units: rows and columns of the kernel.
        accumulate: whether it is added to what is there.
    """

    inputs: int
    units: int
    accumulate: bool

    def emit(
        self,
        f: Function,
        rows: Index,
        inputs: RowTile,
        unit: Index,
        pieces: Sequence[Piece],
    ) -> None:
        """Some neighbouring inputs and units, over all rows."""
        offset = f.add(f.multiply(inputs.first, self.units), unit)
        gradient = f.at(f.pointers["kernel_gradient"], offset)
        places = [
            (f.at(gradient, f.add(f.multiply(line, self.units), piece.start)), piece)
            for line in inputs.lines
            for piece in pieces
        ]
        start = [
            f.load_vector(*place) if self.accumulate else f.constant(0, place[1].width)
            for place in places
        ]
        sums = products(
            f,
            f.at(f.pointers["x"], inputs.first),
            f.at(f.pointers["dz"], unit),
            steps=Steps(1, self.inputs, self.units),
            depth=rows,
            lines=inputs.lines,
            pieces=pieces,
            start=start,
        )
        for (address, piece), total in zip(places, sums, strict=True):
            f.store_vector(total, address, piece)


def column_sums(
    f: Function,
    rows: Index,
    units: int,
    unit: Index,
    pieces: Sequence[Piece],
    *,
    accumulate: bool,
) -> None:
    """The gradient of some neighbouring units' bias."""
    bias, dz = (f.at(f.pointers[name], unit) for name in ("bias_gradient", "dz"))
    start = [
        f.load_vector(f.at(bias, piece.start), piece) if accumulate else f.constant(0, piece.width)
        for piece in pieces
    ]
    with f.loop(rows, start) as turn:
        line = f.at(dz, f.multiply(turn.index, units))
        turn.results = [
            f.builder.fadd(total, f.load_vector(f.at(line, piece.start), piece))
            for total, piece in zip(turn.carried, pieces, strict=True)
        ]
    for total, piece in zip(turn.results, pieces, strict=True):
        f.store_vector(total, f.at(bias, piece.start), piece)
