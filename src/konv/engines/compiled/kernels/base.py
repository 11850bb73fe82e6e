"""What every kernel is: a description with pointers, which writes its own machine code.

A kernel does one thing with ``count`` pictures (or rows of a matrix, or numbers), whose addresses
it is given. It is a frozen dataclass: equal kernels are one function in the compiled program, and
its ``repr`` names its code in the cache on disk, so a field must hold everything that matters.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import ClassVar

from konv.engines.compiled.emit.function import Function
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["Kernel", "MapLayout"]


@record
class Kernel(ABC):
    """The base of all kernels.

    ``pointers`` names the arrays it works on, in the order of the machine function's arguments.
    """

    pointers: ClassVar[tuple[str, ...]]

    @property
    def function_name(self) -> str:
        """Its name in a compiled program."""
        return f"{type(self).__name__}_{hashlib.sha256(repr(self).encode()).hexdigest()[:12]}"

    @abstractmethod
    def emit(self, f: Function) -> None:
        """Write the body, without the return at its end."""

    @property
    def operations(self) -> int:
        """Multiply-adds for one picture, those it really does; 0 for what only moves numbers."""
        return 0

    def pictures(self, target: Target) -> int:
        """How many pictures it wants to be called with at once, if they are many."""
        return 1

    def cycles(self, target: Target) -> float | None:
        """About how many cycles a picture takes; None where there is no model of it."""
        return None


@record
class MapLayout:
    """How a map lies in memory: row by row, pixel by pixel, channel by channel, with a border.

    The border is zeros around the map, so that a convolution need not ask where the map ends.

    Args:
        height, width, channels: of the map.
        top, bottom, left, right: rows and columns of the border.
    """

    height: int
    width: int
    channels: int
    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    @property
    def row(self) -> int:
        """From one row to the next, in elements."""
        return (self.left + self.width + self.right) * self.channels

    @property
    def size(self) -> int:
        """From one picture to the next, in elements: the border counts."""
        return (self.top + self.height + self.bottom) * self.row

    @property
    def origin(self) -> int:
        """Where the map itself begins, in elements."""
        return self.top * self.row + self.left * self.channels

    @property
    def bordered(self) -> bool:
        """Whether there is a border at all."""
        return bool(self.top or self.bottom or self.left or self.right)

    def at(self, row: int, column: int) -> int:
        """Where a pixel begins; negative numbers lie in the border."""
        return self.origin + row * self.row + column * self.channels
