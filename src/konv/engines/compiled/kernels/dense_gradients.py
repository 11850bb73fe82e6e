"""The gradients of a dense layer, for a tile of pictures.

::

    dx[r, i]               = Σ_u dz[r, u] · kernel[i, u]
    kernel_gradient[i, u] += Σ_r x[r, i] · dz[r, u]
    bias_gradient[u]      += Σ_r dz[r, u]

For dx the inputs are to be the lanes of vectors, but it is the units that are neighbours in the
kernel. So blocks of it are turned into a corner of the nearest cache, and then used for all rows.
There is room for so many units in it; more of them are added block by block.

Sums go over the units, or over the rows, one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.rows import (
    Steps,
    column_chunks,
    most_rows,
    most_vectors,
    products,
    row_tiles,
    vector_chunks,
)
from konv.engines.compiled.kernels.transposition import SIDE, transpose

__all__ = [
    "DenseInputGradient",
    "DenseWeightGradient",
    "InputGradient",
    "WeightGradient",
    "column_sums",
]

_SCRATCH_NUMBERS = 4096


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
        gradient = InputGradient(self.inputs, self.units, self.accumulate, gate)
        room = gradient.room(f)
        for first, pieces in vector_chunks(f, self.inputs, most_vectors(f.target)):
            gradient.emit(f, f.multiply(f.count, self.rows), first, pieces, room)


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
        for unit, pieces in column_chunks(f, self.units):
            for first, count in f.blocks(self.inputs, self._height(f, len(pieces))):
                gradient.emit(f, rows, (first, count), unit, pieces)
            if self.bias:
                column_sums(f, rows, self.units, unit, pieces, accumulate=True)

    def _height(self, f: Function, vectors: int) -> int:
        tiles = -(-self.inputs // most_rows(f.target, vectors))
        return -(-self.inputs // tiles)


@dataclass(frozen=True)
class InputGradient:
    """Some inputs of dx, of a function with the pointers of ``DenseInputGradient``.

    Args:
        inputs, units: rows and columns of the kernel.
        accumulate: whether dx is added to what is there.
        gate: the rectifier that dx is passed back through; LINEAR: none.
    """

    inputs: int
    units: int
    accumulate: bool
    gate: Rectifier

    def room(self, f: Function) -> Value:
        """Where blocks of the kernel are turned into."""
        return f.scratch(_SCRATCH_NUMBERS)

    def emit(
        self, f: Function, rows: Index, first: Index, pieces: Sequence[Piece], room: Value
    ) -> None:
        """The inputs of some vectors, the first of them ``first``, for all rows."""
        chunk = _Inputs(f, self, rows, first, pieces, room)
        most = _SCRATCH_NUMBERS // (chunk.lanes * SIDE) * SIDE
        if self.units <= most:
            chunk.add(0, self.units, accumulate=self.accumulate, gate=self.gate)
            return
        blocks = -(-self.units // most)
        size = -(-self.units // (blocks * SIDE)) * SIDE
        if not self.accumulate:
            chunk.clear()
        with f.loop(blocks) as turn:
            unit = f.multiply(turn.index, size)
            units = f.smaller(size, f.subtract(self.units, unit))
            chunk.add(unit, units, accumulate=True, gate=LINEAR)
        if not self.gate.linear:
            chunk.pass_gate()


@dataclass(frozen=True)
class _Inputs:
    """What ``InputGradient`` works on: some vectors of inputs, all rows."""

    f: Function
    gradient: InputGradient
    rows: Index
    first: Index
    pieces: Sequence[Piece]
    room: Value

    @property
    def lanes(self) -> int:
        """From one unit to the next in the turned block."""
        return len(self.pieces) * self.f.target.vector

    def add(self, unit: Index, units: Index, *, accumulate: bool, gate: Rectifier) -> None:
        """Sums over some units, to what dx holds or to nothing, through the gate."""
        f, inputs, step = self.f, self.gradient.inputs, self.gradient.units
        start = f.add(f.multiply(self.first, step), unit)
        transpose(
            f,
            f.at(f.pointers["kernel"], start),
            self.room,
            step=step,
            rows=f.add(self.pieces[-1].start, self.pieces[-1].lanes),
            columns=units,
            room=self.lanes,
        )
        whole = [Piece(piece.start, piece.width, piece.width) for piece in self.pieces]
        for row, height in row_tiles(f, self.rows, len(self.pieces)):
            offset = f.add(f.multiply(row, inputs), self.first)
            places = [
                (f.add(offset, line * inputs + piece.start), piece)
                for line in range(height)
                for piece in self.pieces
            ]
            sums = products(
                f,
                f.at(f.pointers["dz"], f.add(f.multiply(row, step), unit)),
                self.room,
                steps=Steps(step, 1, self.lanes),
                depth=units,
                pieces=whole,
                start=[self._start(place, accumulate) for place in places],
            )
            for (address, piece), total in zip(places, sums, strict=True):
                self._store(address, piece, total, gate)

    def _start(self, place: tuple[Index, Piece], accumulate: bool) -> Value:
        address, piece = place
        if accumulate:
            return self.f.load_vector(self.f.at(self.f.pointers["dx"], address), piece)
        return self.f.constant(0, piece.width)

    def _store(self, address: Index, piece: Piece, value: Value, gate: Rectifier) -> None:
        f = self.f
        if not gate.linear:
            value = gate.gate(f, f.load_vector(f.at(f.pointers["y"], address), piece), value)
        f.store_vector(value, f.at(f.pointers["dx"], address), piece)

    def clear(self) -> None:
        """dx becomes 0."""
        with self.f.loop(self.rows) as turn:
            for address, piece in self._row(turn.index):
                self._store(address, piece, self.f.constant(0, piece.width), LINEAR)

    def pass_gate(self) -> None:
        """dx passes through the gate."""
        with self.f.loop(self.rows) as turn:
            for address, piece in self._row(turn.index):
                value = self.f.load_vector(self.f.at(self.f.pointers["dx"], address), piece)
                self._store(address, piece, value, self.gradient.gate)

    def _row(self, row: Index) -> list[tuple[Index, Piece]]:
        f = self.f
        start = f.add(f.multiply(row, self.gradient.inputs), self.first)
        return [(f.add(start, piece.start), piece) for piece in self.pieces]


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
        inputs: tuple[Index, int],
        unit: Index,
        pieces: Sequence[Piece],
    ) -> None:
        """Some neighbouring inputs (the first, how many) and units, over all rows."""
        first, count = inputs
        offset = f.add(f.multiply(first, self.units), unit)
        places = [
            (f.at(f.pointers["kernel_gradient"], f.add(offset, line * self.units + p.start)), p)
            for line in range(count)
            for p in pieces
        ]
        start = [
            f.load_vector(*place) if self.accumulate else f.constant(0, place[1].width)
            for place in places
        ]
        sums = products(
            f,
            f.at(f.pointers["x"], first),
            f.at(f.pointers["dz"], unit),
            steps=Steps(1, self.inputs, self.units),
            depth=rows,
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
