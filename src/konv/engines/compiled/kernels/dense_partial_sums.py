"""A dense layer with a long kernel: threads divide its inputs, and sum parts.

Each task is a part of the sum over the inputs, for the whole batch: rows of the kernel that lie
together, which a thread finds in its own cache when it takes the same again, and the columns of x
that go with them. Nobody else needs either. Then the parts are added in their order::

    y[r, u] = rectifier(((bias[u] + p₀[r, u]) + p₁[r, u]) + …)

How a part is summed: ``affine``. A picture gives the same bits alone and in a batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from konv.engines.compiled.emit.function import INDEX, Function, Index, Piece
from konv.engines.compiled.kernels.affine import Affine, Blocks
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.rows import vector_chunks

__all__ = ["DensePartialSums", "DenseSum", "parts_of"]

# As many parts as keep the threads of a workstation busy; each is worth its sums, which are
# written and read again.
_FEWEST_PARTS, _MOST_PARTS = 4, 16
_SHORTEST_PART, _USUAL_PART = 256, 512
# A kernel that is not that much longer than wide is better divided by its units.
_SLENDER = 4


def parts_of(inputs: int, units: int) -> int:
    """Into how many parts a sum should be divided; 1: it should not."""
    if inputs < max(_FEWEST_PARTS * _SHORTEST_PART, _SLENDER * units):
        return 1
    usual = 1 << (max(1, inputs // _USUAL_PART).bit_length() - 1)
    return min(max(_FEWEST_PARTS, usual), _MOST_PARTS)


@dataclass(frozen=True)
class DensePartialSums(Kernel):
    """Parts of the sums. Called with parts.

    Pointers::

        sizes     the number of pictures
        x         [pictures, inputs]
        kernel    [inputs, units]
        sums      written, [pictures, parts, units]

    Args:
        inputs, units: rows and columns of the kernel.
        parts: into how many the sums are divided.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sizes", "x", "kernel", "sums")

    inputs: int
    units: int
    parts: int

    @property
    def operations(self) -> int:
        return self.inputs * self.units

    def emit(self, f: Function) -> None:
        affine = Affine(self.inputs, self.units, False, LINEAR, self.parts)
        of_a_part = affine.blocks(f.target.vector) // self.parts
        rows = f.load(f.pointers["sizes"], INDEX)

        def chunks(most: int) -> Iterator[tuple[Index, list[Piece]]]:
            return vector_chunks(f, self.units, most)

        with f.loop(f.count) as turn:
            part = f.add(f.first, turn.index)
            sums = f.at(f.pointers["sums"], f.multiply(part, self.units))
            blocks = Blocks(f.multiply(part, of_a_part), of_a_part, sums, self.parts * self.units)
            with f.when(f.builder.icmp_signed("==", rows, f.index(1))):
                affine.emit_alone(f, chunks, blocks)
            with f.when(f.builder.icmp_signed("!=", rows, f.index(1))):
                affine.emit(f, rows, chunks, blocks)


@dataclass(frozen=True)
class DenseSum(Kernel):
    """The parts added up.

    Pointers::

        sums    [pictures, parts, units]
        bias    [units], if there is one
        y       written, [pictures, units]

    Args:
        parts, units: how many there are.
        bias: whether one is added.
        rectifier: what is applied to the sums.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sums", "bias", "y")

    parts: int
    units: int
    bias: bool
    rectifier: Rectifier

    def emit(self, f: Function) -> None:
        with f.loop(f.count) as turn:
            sums = f.at(f.pointers["sums"], f.multiply(turn.index, self.parts * self.units))
            y = f.at(f.pointers["y"], f.multiply(turn.index, self.units))
            for place, piece in f.row(self.units):
                start = f.constant(0, piece.width)
                if self.bias:
                    start = f.load_vector(f.at(f.pointers["bias"], place), piece)
                first = f.at(sums, place)
                with f.loop(self.parts, [start]) as part:
                    vector = f.load_vector(f.at(first, f.multiply(part.index, self.units)), piece)
                    part.results = [f.builder.fadd(part.carried[0], vector)]
                total = self.rectifier.apply(f, part.results[0])
                f.store_vector(total, f.at(y, place), piece)
