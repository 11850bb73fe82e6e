"""Functions of single numbers over whole maps, and their gradients; sums of two maps."""

from __future__ import annotations

from typing import ClassVar

from konv.engines.compiled.emit.function import Function
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.elements import over, put
from konv.engines.compiled.kernels.functions import ElementFunction
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.record import record

__all__ = ["Activation", "ActivationGradient", "Gate", "Sum"]

# Functions of a few instructions, whose loop would cost as much as they do.
_SIMPLE = ("linear", "relu", "bounded_relu")


@record
class Activation(Kernel):
    """y = function(z); y may be z itself.

    Args:
        function: which one.
        z, y: the maps; of each, the border is left alone.
    """

    pointers: ClassVar[tuple[str, ...]] = ("z", "y")

    function: ElementFunction
    z: MapLayout
    y: MapLayout

    def emit(self, f: Function) -> None:
        maps = {"z": self.z, "y": self.y}
        for (z, y), piece in over(f, maps, unrolled=_unrolled(self.function)):
            f.store_vector(self.function.apply(f, f.load_vector(z, piece)), y, piece)


@record
class ActivationGradient(Kernel):
    """dz = dy · function'(z), or += it; dz may be dy itself.

    ``function.derivative_from`` says whether z or y is needed. The pointer to the other is not
    looked at, and neither is that of a map that is None.

    Args:
        function: which one.
        z, y: what the function was given, and its result; y is taken where both would do.
        dy, dz: their gradients.
        accumulate: whether the gradient is added to what is there.
    """

    pointers: ClassVar[tuple[str, ...]] = ("z", "y", "dy", "dz")

    function: ElementFunction
    z: MapLayout | None
    y: MapLayout | None
    dy: MapLayout
    dz: MapLayout
    accumulate: bool = False

    def emit(self, f: Function) -> None:
        maps = {"dy": self.dy, "dz": self.dz} | self._given
        for (dy, dz, *given), piece in over(f, maps, unrolled=_unrolled(self.function)):
            gradient = f.load_vector(dy, piece)
            for name, address in zip(self._given, given, strict=True):
                value = f.load_vector(address, piece)
                gradient = self.function.gradient(f, value, gradient, of=name)
            put(f, gradient, dz, piece, accumulate=self.accumulate)

    @property
    def _given(self) -> dict[str, MapLayout]:
        """Which of z and y is read, and how it lies; none if the gradient is dy itself."""
        there = {"y": self.y, "z": self.z}
        needed = self.function.derivative_from
        given = [(name, layout) for name in needed if (layout := there[name]) is not None]
        if needed and not given:
            raise ValueError(f"{self.function.name} needs {needed}")
        return dict(given[:1])


def _unrolled(function: ElementFunction) -> int:
    """How many vectors one turn of the loop takes."""
    return 4 if function.name in _SIMPLE else 1


@record
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
        maps = {"a": self.a, "b": self.b, "y": self.y}
        for (a, b, y), piece in over(f, maps, unrolled=4):
            total = f.builder.fadd(f.load_vector(a, piece), f.load_vector(b, piece))
            f.store_vector(self.rectifier.apply(f, total), y, piece)


@record
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
        maps = {"y": self.y, "dy": self.dy, "dz": self.dz}
        for (y, dy, dz), piece in over(f, maps, unrolled=4):
            gradient = self.rectifier.gate(f, f.load_vector(y, piece), f.load_vector(dy, piece))
            put(f, gradient, dz, piece, accumulate=self.accumulate)
