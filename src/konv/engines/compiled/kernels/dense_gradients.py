"""The gradients of a dense layer, for a tile of pictures.

::

    dx[r, i]               = Σ_u dz[r, u] · kernel[i, u]
    kernel_gradient[i, u] += Σ_r x[r, i] · dz[r, u]
    bias_gradient[u]      += Σ_r dz[r, u]

Sums go over the units, or over the rows, one after the other; for dx, see ``turned_products``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.rows import (
    RowTile,
    Steps,
    most_rows,
    products,
    vector_chunks,
)
from konv.engines.compiled.kernels.turned_products import INPUT_VECTORS, TurnedProducts
from konv.engines.compiled.target import Target

__all__ = [
    "DenseInputGradient",
    "DenseWeightGradient",
    "WeightGradient",
    "column_sums",
    "gradient_vectors",
    "row_bands",
]

_BAND_ROWS = 128


def gradient_vectors(target: Target) -> int:
    """How many vectors of units a tile has at most: the more, the less often x is read."""
    return 4 if target.registers >= 32 else 2


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
        for band in row_bands(f, rows):
            for unit, pieces in vector_chunks(f, self.units, gradient_vectors(f.target)):
                for first, count in f.blocks(self.inputs, self._height(f, len(pieces))):
                    tile = RowTile(first, tuple(range(count)))
                    gradient.emit(f, band, tile, unit, pieces)
        if self.bias:
            for unit, pieces in vector_chunks(f, self.units, gradient_vectors(f.target)):
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
        band: RowBand,
        inputs: RowTile,
        unit: Index,
        pieces: Sequence[Piece],
    ) -> None:
        """Some neighbouring inputs and units, over a band of rows."""
        offset = f.add(f.multiply(inputs.first, self.units), unit)
        gradient = f.at(f.pointers["kernel_gradient"], offset)
        places = [
            (f.at(gradient, f.add(f.multiply(line, self.units), piece.start)), piece)
            for line in inputs.lines
            for piece in pieces
        ]
        sums = products(
            f,
            f.at(f.pointers["x"], f.add(f.multiply(band.first, self.inputs), inputs.first)),
            f.at(f.pointers["dz"], f.add(f.multiply(band.first, self.units), unit)),
            steps=Steps(1, self.inputs, self.units),
            depth=band.count,
            lines=inputs.lines,
            pieces=pieces,
            start=[self._start(f, band, *place) for place in places],
        )
        for (address, piece), total in zip(places, sums, strict=True):
            f.store_vector(total, address, piece)

    def _start(self, f: Function, band: RowBand, address: Value, piece: Piece) -> Value:
        before = f.load_vector(address, piece)
        if self.accumulate:
            return before
        return f.builder.select(band.begins, f.constant(0, piece.width), before)


@dataclass(frozen=True)
class RowBand:
    """Some neighbouring rows, and whether they are the first."""

    first: Index
    count: Index
    begins: Value


def row_bands(f: Function, rows: Index) -> Iterator[RowBand]:
    """All rows in bands of about equal size, whose part of dz stays in the nearest cache."""
    bands = f.divide(f.add(rows, _BAND_ROWS - 1), _BAND_ROWS)[0]
    with f.loop(bands) as turn:
        size = f.builder.udiv(f.add(rows, bands, -1), bands)
        first = f.multiply(turn.index, size)
        begins = f.builder.icmp_signed("==", turn.index, f.index(0))
        yield RowBand(first, f.smaller(size, f.subtract(rows, first)), begins)


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
