"""What a network does to one picture, as calls of a few functions on arrays of float32.

That is what stands in a C file, and what becomes machine code: maps are (height, width, channels)
numbers one behind the other, all sizes are known, and every function is one of the files in
``functions/``. Arrays between the calls lie in one piece of memory; those that are never needed at
the same time may lie at the same place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from konv.layers.size import WindowAxis

__all__ = ["Argument", "Array", "Call", "Constant", "Inference", "Part", "Place", "Window"]

Array = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(eq=False)
class Place:
    """An array between two calls.

    Args:
        size: how many numbers it holds.
        name: "in", "out", "pixels", or "": it lies in the memory.
        reads: how many layers are still to read it, while a network is written as calls.
        offset: where it begins in the memory, once all places are known.
    """

    size: int
    name: str = ""
    reads: int = 0
    offset: int = 0


@dataclass(frozen=True, eq=False)
class Part:
    """A place from one of its numbers on."""

    place: Place
    start: int


@dataclass(frozen=True, eq=False)
class Constant:
    """Weights, as a function needs them."""

    name: str
    values: Array


@dataclass(frozen=True)
class Window:
    """How windows slide over a map: ``konv_window``, in the order of its fields."""

    rows: int
    columns: int
    channels: int
    out_rows: int
    out_columns: int
    out_channels: int
    kernel_rows: int
    kernel_columns: int
    row_stride: int
    column_stride: int
    row_dilation: int
    column_dilation: int
    top: int
    left: int

    @staticmethod
    def of(axes: tuple[WindowAxis, WindowAxis], channels: int, out_channels: int) -> Window:
        """That of a layer, by its two axes."""
        rows, columns = axes
        return Window(
            *(rows.size, columns.size, channels),
            *(rows.output, columns.output, out_channels),
            *(rows.kernel, columns.kernel),
            *(rows.stride, columns.stride),
            *(rows.dilation, columns.dilation),
            *(rows.before, columns.before),
        )

    @property
    def numbers(self) -> tuple[int, ...]:
        """All of them, in the order of the fields."""
        return astuple(self)


Argument = int | float | None | Place | Part | Constant | Window


@dataclass(frozen=True, eq=False)
class Call:
    """A call of a function.

    Args:
        function: the name of a file in ``functions/``, without ``konv_``.
        arguments: in its order; None is a pointer to nothing.
        layer: the name of the layer that it is a part of.
    """

    function: str
    arguments: tuple[Argument, ...]
    layer: str

    @property
    def places(self) -> Iterator[Place]:
        """The arrays that it reads or writes."""
        for argument in self.arguments:
            if isinstance(argument, Part):
                yield argument.place
            elif isinstance(argument, Place):
                yield argument


@dataclass(frozen=True, eq=False)
class Inference:
    """All calls, in their order.

    Args:
        calls: they read "in" and, at last, write "out".
        preparation: the call that makes "in" of "pixels".
        input_size, output_size: how many numbers these two hold.
        memory: how many numbers the memory between them holds.
        middle: what a single output must lie above to stand for the second class; None: there are
            several, and the largest counts.
    """

    calls: tuple[Call, ...]
    preparation: Call
    input_size: int
    output_size: int
    memory: int
    middle: float | None

    @property
    def constants(self) -> tuple[Constant, ...]:
        """The weights, each once, in the order of their first use."""
        found: dict[Constant, None] = {}
        for call in (self.preparation, *self.calls):
            found |= {item: None for item in call.arguments if isinstance(item, Constant)}
        return tuple(found)

    @property
    def functions(self) -> frozenset[str]:
        """The names of the functions that are called."""
        return frozenset(call.function for call in (self.preparation, *self.calls))

    @property
    def windows(self) -> tuple[tuple[str, Window], ...]:
        """(the layer, its window), in the order of the calls."""
        found = {
            (call.layer, argument): None
            for call in self.calls
            for argument in call.arguments
            if isinstance(argument, Window)
        }
        return tuple(found)
