"""A kernel for bands of one picture: several threads share a picture, each takes some of its rows.

A band of a map is a map of fewer rows, which begins elsewhere in the same memory. The rows of its
neighbours that its windows reach into are rows of its own input, so bands of the input overlap.
"""

from __future__ import annotations

from konv.engines.compiled.emit.function import BYTE, Function
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["Banded"]


@record
class Banded(Kernel):
    """Runs a kernel for each of the bands that it is called with.

    Args:
        kernel: what is done with one band, as with one picture.
        strides: for each of its pointers, how many bytes one band begins behind the one before.
        bands: how many there are.
    """

    kernel: Kernel
    strides: tuple[int, ...]
    bands: int

    @property
    def pointers(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those of the kernel."""
        return self.kernel.pointers

    @property
    def operations(self) -> int:
        """Those of all bands."""
        return self.bands * self.kernel.operations

    def cycles(self, target: Target) -> float | None:
        """Those of all bands."""
        cycles = self.kernel.cycles(target)
        return None if cycles is None else self.bands * cycles

    def emit(self, f: Function) -> None:
        first, count, beginnings = f.first, f.count, f.pointers
        with f.loop(count) as turn:
            band = f.add(first, turn.index)
            f.first, f.count = f.index(0), f.index(1)
            f.pointers = {
                name: f.at(pointer, f.multiply(band, stride), BYTE)
                for (name, pointer), stride in zip(beginnings.items(), self.strides, strict=True)
            }
            self.kernel.emit(f)
        f.first, f.count, f.pointers = first, count, beginnings
