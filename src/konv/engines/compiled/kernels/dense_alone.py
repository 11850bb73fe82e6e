"""A dense layer with a large kernel, for a single picture: threads divide the inputs.

Each task is some segments of the sum over the inputs: rows of the kernel that lie together, which a
thread finds in its own cache when it takes the same again. Then the segments are added in their
order, so a picture gives the same bits as in a batch: see ``affine``. (Not if there is but one
segment: in a batch its sum begins with the bias.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from konv.engines.compiled.emit.function import Function
from konv.engines.compiled.kernels.affine import Affine
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.rows import vector_chunks
from konv.engines.compiled.target import Target

__all__ = ["DenseSegments", "DenseSum"]

_TASKS = 8


@dataclass(frozen=True)
class DenseSegments(Kernel):
    """Segments of the sums. Called with segments.

    Pointers::

        x         [inputs]
        kernel    [inputs, units]
        sums      written, [segments, units]

    Args:
        inputs, units: rows and columns of the kernel.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "kernel", "sums")

    inputs: int
    units: int

    @property
    def operations(self) -> int:
        return self.inputs * self.units

    def segments(self, target: Target) -> int:
        """How many there are."""
        return self._affine.segments(target.vector)

    def block(self, target: Target) -> int:
        """How many of them a task should have."""
        return -(-self.segments(target) // _TASKS)

    @property
    def _affine(self) -> Affine:
        return Affine(self.inputs, self.units, bias=False, rectifier=LINEAR)

    def emit(self, f: Function) -> None:
        with f.loop(f.count) as turn:
            segment = f.add(f.first, turn.index)
            sums = f.at(f.pointers["sums"], f.multiply(segment, self.units))
            self._affine.emit_segment(
                f, segment, lambda most: vector_chunks(f, self.units, most), sums
            )


@dataclass(frozen=True)
class DenseSum(Kernel):
    """y = rectifier(((bias + s₀) + s₁) + …). Called with units.

    Pointers::

        sums    [segments, units]
        bias    [units], if there is one
        y       written, [units]

    Args:
        segments, units: how many there are.
        bias: whether one is added.
        rectifier: what is applied to the sums.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sums", "bias", "y")

    segments: int
    units: int
    bias: bool
    rectifier: Rectifier

    def emit(self, f: Function) -> None:
        for offset, piece in f.row(f.count):
            unit = f.add(f.first, offset)
            start = f.constant(0, piece.width)
            if self.bias:
                start = f.load_vector(f.at(f.pointers["bias"], unit), piece)
            sums = f.at(f.pointers["sums"], unit)
            with f.loop(self.segments, [start]) as turn:
                segment = f.at(sums, f.multiply(turn.index, self.units))
                turn.results = [f.builder.fadd(turn.carried[0], f.load_vector(segment, piece))]
            y = self.rectifier.apply(f, turn.results[0])
            f.store_vector(y, f.at(f.pointers["y"], unit), piece)
