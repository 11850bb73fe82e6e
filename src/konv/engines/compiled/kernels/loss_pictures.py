"""What all losses have in common: their pointers, and a walk over the outputs of one picture."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import (
    DOUBLE,
    FLOAT,
    INDEX,
    INT32,
    Function,
    Index,
    Piece,
    Value,
)
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.record import record

__all__ = ["LossKernel", "LossPicture"]


@record
class LossKernel(Kernel):
    """What all losses have in common. Called with tiles of pictures.

    Pointers::

        z          [pictures, outputs]: what comes before the last activation
        targets    [pictures, *targets_shape], as the loss prepares them
        share      float32 [pictures]: how much each picture counts, divided by their number
        y          written, [pictures, outputs]: what the network puts out
        losses     written, float32 [pictures]
        dz         written, [pictures, outputs]: the gradient of loss · share

    Args:
        targets_shape: of one picture.
        targets: the type of their numbers: int64, float32 or float64.
        outputs: how many a picture has.
    """

    pointers: ClassVar[tuple[str, ...]] = ("z", "targets", "share", "y", "losses", "dz")

    targets_shape: tuple[int, ...]
    targets: str
    outputs: int

    def emit(self, f: Function) -> None:
        with f.loop(f.count) as picture:
            self._emit_picture(LossPicture(f, self, picture.index))

    @abstractmethod
    def _emit_picture(self, p: LossPicture) -> None:
        """One picture."""


# (where a vector begins, its piece, what the vector before handed on) -> what this one hands on
Body = Callable[[Index, Piece, Sequence[Value]], Sequence[Value]]


class LossPicture:
    """The numbers of one picture, read and written vector by vector.

    Args:
        f: where it is written.
        kernel: the loss.
        number: which picture of the tile.
    """

    def __init__(self, f: Function, kernel: LossKernel, number: Index) -> None:
        first = f.multiply(number, kernel.outputs)
        self.f = f
        self._outputs = kernel.outputs
        self._arrays = {name: f.at(f.pointers[name], first) for name in ("z", "y", "dz")}
        self._kind = {"int64": INDEX, "float32": FLOAT, "float64": DOUBLE}[kernel.targets]
        place = number if self._kind is INDEX else first
        self._target = f.at(f.pointers["targets"], place, self._kind)
        self._loss = f.at(f.pointers["losses"], number)
        self.width = f.pieces(kernel.outputs)[0].width
        self.share = f.splat(f.load(f.at(f.pointers["share"], number)), self.width)

    def read(self, name: str, start: Index, piece: Piece) -> Value:
        """A vector of z, y or dz."""
        return self.f.load_vector(self.f.at(self._arrays[name], start), piece)

    def write(self, name: str, value: Value, start: Index, piece: Piece) -> None:
        """A vector of y or dz."""
        self.f.store_vector(value, self.f.at(self._arrays[name], start), piece)

    def wanted(self, start: Index, piece: Piece) -> Value:
        """The targets, as float32; of a class number, 1 in its place and 0 elsewhere."""
        f, kind = self.f, self._kind
        if kind is INDEX:
            return self._one_hot(start)
        numbers = f.load_vector(f.at(self._target, start, kind), piece, kind)
        return numbers if kind is FLOAT else f.builder.fptrunc(numbers, self.share.type)

    def _one_hot(self, start: Index) -> Value:
        f, kind = self.f, ir.VectorType(INT32, self.width)
        place = f.builder.sub(f.load(self._target, INDEX), f.index(start))
        lane = f.splat(f.builder.trunc(place, INT32), self.width)
        here = f.builder.icmp_signed("==", ir.Constant(kind, list(range(self.width))), lane)
        return f.builder.select(here, self.number(1), self.number(0))

    def write_loss(self, value: Value) -> None:
        """The loss of the picture."""
        self.f.store(value, self._loss)

    def number(self, value: float) -> Value:
        """A vector that holds one known number everywhere."""
        return self.f.constant(value, self.width)

    def used(self, value: Value, piece: Piece, other: float) -> Value:
        """A vector with another number in the lanes that the piece does not use."""
        if piece.whole:
            return value
        others = self.f.constant(other, self.width, value.type.element)
        return self.f.builder.select(self.f.mask(piece), value, others)

    def each(self, body: Body, carried: Sequence[Value] = ()) -> list[Value]:
        """All vectors, one after the other."""
        whole, rest = divmod(self._outputs, self.width)
        results = list(carried)
        if whole:
            with self.f.loop(whole, results) as turn:
                start = self.f.multiply(turn.index, self.width)
                turn.results = list(body(start, Piece(0, self.width, self.width), turn.carried))
            results = turn.results
        if rest:
            results = list(body(whole * self.width, Piece(0, rest, self.width), results))
        return results

    def mean(self, values: Callable[[Index, Piece], Value]) -> None:
        """Write the mean of some values, one for each output, as the loss."""
        f, kind = self.f, ir.VectorType(DOUBLE, self.width)

        def add(start: Index, piece: Piece, sums: Sequence[Value]) -> Sequence[Value]:
            value = self.used(values(start, piece), piece, 0)
            return [f.builder.fadd(sums[0], f.builder.fpext(value, kind))]

        (sums,) = self.each(add, [f.constant(0, self.width, DOUBLE)])
        total = f.across(sums, f.builder.fadd)
        mean = f.builder.fdiv(total, ir.Constant(DOUBLE, self._outputs))
        self.write_loss(f.builder.fptrunc(mean, FLOAT))
