"""Sums over rows: the gradients of the kernel and the bias of dense layers.

::

    kernel_gradient[i, u] = Σ_r x[r, i] · dz[r, u]
    bias_gradient[u]      = Σ_r dz[r, u]

The sums of R inputs by V vectors of units stay in registers while the rows pass by. Many rows do
so in bands; from one to the next, the gradient itself holds the sums. They go over the rows one
after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.rows import RowTile, Steps, products
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["OuterProducts", "RowBand", "column_sums", "most_units", "row_bands"]

_BAND_ROWS = 128
_LINE = 16  # numbers of a line of the cache


def most_units(target: Target) -> int:
    """How many vectors of units a tile has at most: the more, the less often x is read."""
    return 4 if target.registers >= 32 else 2


@record
class OuterProducts:
    """What a function with the pointers ``x``, ``dz`` and ``kernel_gradient`` does.

    Args:
        inputs, units: rows and columns of the kernel.
        accumulate: whether it is added to what is there.
        far: whether x lies beyond the nearest caches: then the next line of each row is asked for
            while this one is used.
    """

    inputs: int
    units: int
    accumulate: bool
    far: bool = False

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
            ahead=_LINE if self.far else 0,
        )
        for (address, piece), total in zip(places, sums, strict=True):
            f.store_vector(total, address, piece)

    def _start(self, f: Function, band: RowBand, address: Value, piece: Piece) -> Value:
        before = f.load_vector(address, piece)
        if self.accumulate:
            return before
        return f.builder.select(band.begins, f.constant(0, piece.width), before)


@record
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
    """The gradient of some neighbouring units' bias: pointers ``dz`` and ``bias_gradient``."""
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
