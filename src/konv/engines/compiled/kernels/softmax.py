"""Softmax over rows, and its gradient.

::

    y_i = e^(z_i − m) / Σ_j e^(z_j − m)        m = max z
    dz_i = y_i · (dy_i − Σ_j dy_j·y_j)

A sum is taken lane by lane over the vectors of a row, then over the lanes, of which the upper half
is added to the lower one until a single one is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import INT32, Function, Index, Piece, Value
from konv.engines.compiled.emit.mathematics import decay
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.record import record

__all__ = ["Softmax", "SoftmaxGradient"]

Combination = Callable[[Value, Value], Value]


@record
class Softmax(Kernel):
    """y = softmax(z); y may be z itself.

    Args:
        rows: how many of them a picture has, without gaps.
        units: how many numbers a row has.
    """

    pointers: ClassVar[tuple[str, ...]] = ("z", "y")

    rows: int
    units: int

    def emit(self, f: Function) -> None:
        row = _Row(f, self.units)
        for z, y in _rows(f, self, self.pointers):
            largest = row.everywhere(self._largest(row, z))
            total = row.everywhere(self._powers(row, z, y, largest))
            for at, piece in row.vectors():
                power = f.load_vector(f.at(y, at), piece)
                f.store_vector(f.builder.fdiv(power, total), f.at(y, at), piece)

    def _largest(self, row: _Row, z: Value) -> Value:
        f = row.f
        lowest = f.constant(-math.inf, row.width)

        def numbers(at: Index, piece: Piece) -> Value:
            return f.builder.select(f.mask(piece), f.load_vector(f.at(z, at), piece), lowest)

        return row.combined(numbers, f.larger_of, lowest)

    def _powers(self, row: _Row, z: Value, y: Value, largest: Value) -> Value:
        """Write e^(z − largest) to y; their sum."""
        f = row.f

        def powers(at: Index, piece: Piece) -> Value:
            below = f.builder.fsub(f.load_vector(f.at(z, at), piece), largest)
            power = decay(f, below)
            f.store_vector(power, f.at(y, at), piece)
            return f.builder.select(f.mask(piece), power, f.constant(0, row.width))

        return row.combined(powers, f.builder.fadd, f.constant(0, row.width))


@record
class SoftmaxGradient(Kernel):
    """dz = y · (dy − Σ dy·y); dz may be dy itself.

    Args:
        rows: how many of them a picture has, without gaps.
        units: how many numbers a row has.
    """

    pointers: ClassVar[tuple[str, ...]] = ("y", "dy", "dz")

    rows: int
    units: int

    def emit(self, f: Function) -> None:
        row = _Row(f, self.units)
        for y, dy, dz in _rows(f, self, self.pointers):

            def both(at: Index, piece: Piece, y: Value = y, dy: Value = dy) -> list[Value]:
                return [f.load_vector(f.at(pointer, at), piece) for pointer in (y, dy)]

            def products(at: Index, piece: Piece) -> Value:
                return f.builder.fmul(*both(at, piece))

            total = row.combined(products, f.builder.fadd, f.constant(0, row.width))
            total = row.everywhere(total)
            for at, piece in row.vectors():
                share, gradient = both(at, piece)
                result = f.builder.fmul(share, f.builder.fsub(gradient, total))
                f.store_vector(result, f.at(dz, at), piece)


def _rows(
    f: Function, kernel: Softmax | SoftmaxGradient, names: tuple[str, ...]
) -> Iterator[list[Value]]:
    """Where each row of all pictures begins in each array."""
    with f.loop(f.multiply(f.count, kernel.rows)) as turn:
        begin = f.multiply(turn.index, kernel.units)
        yield [f.at(f.pointers[name], begin) for name in names]


class _Row:
    """The vectors of one row, all of one width."""

    def __init__(self, f: Function, units: int) -> None:
        self.f = f
        self.units = units
        self.width = f.pieces(units)[0].width

    def vectors(self) -> Iterator[tuple[Index, Piece]]:
        """Where each begins, and how much of it is used."""
        whole, rest = divmod(self.units, self.width)
        with self.f.loop(whole) as turn:
            yield self.f.multiply(turn.index, self.width), Piece(0, self.width, self.width)
        if rest:
            yield whole * self.width, Piece(0, rest, self.width)

    def combined(
        self, vector: Callable[[Index, Piece], Value], combine: Combination, start: Value
    ) -> Value:
        """One number made of all vectors, lane by lane at first."""
        f, width = self.f, self.width
        whole, rest = divmod(self.units, width)
        with f.loop(whole, [start]) as turn:
            value = vector(f.multiply(turn.index, width), Piece(0, width, width))
            turn.results = [combine(turn.carried[0], value)]
        (total,) = turn.results
        if rest:
            total = combine(total, vector(whole * width, Piece(0, rest, width)))
        while width > 1:
            width //= 2
            lower, upper = (self._half(total, start, width) for start in (0, width))
            total = combine(lower, upper)
        return f.builder.extract_element(total, ir.Constant(INT32, 0))

    def _half(self, vector: Value, start: int, width: int) -> Value:
        lanes = ir.Constant(ir.VectorType(INT32, width), list(range(start, start + width)))
        return self.f.builder.shuffle_vector(vector, vector, lanes)

    def everywhere(self, number: Value) -> Value:
        """A vector that holds one number in all lanes."""
        return self.f.splat(number, self.width)
