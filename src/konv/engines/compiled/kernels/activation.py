"""Functions of single numbers over whole maps: sums, rectifiers and their gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from konv.engines.compiled.emit.function import Function
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.elements import over
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier

__all__ = ["Gate", "Sum"]


@dataclass(frozen=True)
class Sum(Kernel):
    """y = rectifier(a + b); y may be a itself.

    Args:
        a, b, y: the maps; of each, the border is left alone.
        rectifier: what is applied to the sum.
    """

    pointers: ClassVar[tuple[str, ...]] = ("a", "b", "y")

    a: MapLayout
    b: MapLayout
    y: MapLayout
    rectifier: Rectifier = LINEAR

    def emit(self, f: Function) -> None:
        for offsets, piece in over(f, self.a, self.b, self.y, unrolled=4):
            a, b, y = (
                f.at(f.pointers[name], offset)
                for name, offset in zip(self.pointers, offsets, strict=True)
            )
            total = f.builder.fadd(f.load_vector(a, piece), f.load_vector(b, piece))
            f.store_vector(self.rectifier.apply(f, total), y, piece)


@dataclass(frozen=True)
class Gate(Kernel):
    """dz = the part of dy that a rectifier lets pass, or += it; dz may be dy itself.

    Args:
        rectifier: which one.
        y, dy, dz: the maps: its result, the gradient of that, the gradient of what it was given.
        accumulate: whether the gradient is added to what is there.
    """

    pointers: ClassVar[tuple[str, ...]] = ("y", "dy", "dz")

    rectifier: Rectifier
    y: MapLayout
    dy: MapLayout
    dz: MapLayout
    accumulate: bool = False

    def emit(self, f: Function) -> None:
        for offsets, piece in over(f, self.y, self.dy, self.dz, unrolled=4):
            y, dy, dz = (
                f.at(f.pointers[name], offset)
                for name, offset in zip(self.pointers, offsets, strict=True)
            )
            gradient = self.rectifier.gate(f, f.load_vector(y, piece), f.load_vector(dy, piece))
            if self.accumulate:
                gradient = f.builder.fadd(f.load_vector(dz, piece), gradient)
            f.store_vector(gradient, dz, piece)
