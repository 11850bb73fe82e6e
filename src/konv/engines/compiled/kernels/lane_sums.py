"""Sums over lanes: what every lane has added up for itself becomes one sum for the batch.

::

    total[i] = lanes[0][i] + lanes[1][i] + …        in the order of the lanes

The numbers are read once and written once: memory decides how long it takes. What follows with the
same numbers (an update of the weights) finds them in the cache if it is called in the same phase.
"""

from __future__ import annotations

from typing import Any, ClassVar

from konv.engines.compiled.emit.function import BYTE, FLOAT, INDEX, Function, Piece, Value
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.record import record

__all__ = ["LaneSum", "number_of_lanes", "sum_of_lanes"]

# 64 KB of each lane: enough for the call to cost nothing, little enough for several threads.
_BLOCK_ELEMENTS = 16 * 1024


@record
class LaneSum(Kernel):
    """Adds up float32 numbers that every lane has a copy of. Called with blocks of elements.

    Pointers::

        sizes   int64: pictures of the batch, pictures of a lane
        lanes   the first lane's numbers; the next lane's lie stride_bytes further, and so on
        total   where the sums go

    Args:
        elements: how many numbers a lane has: the items of the phase.
        stride_bytes: from one lane's numbers to the next one's.
        block: how many elements one call should be given.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sizes", "lanes", "total")

    elements: int
    stride_bytes: int
    block: int = _BLOCK_ELEMENTS

    def emit(self, f: Function) -> None:
        others = f.subtract(number_of_lanes(f, f.pointers["sizes"]), 1)
        lanes, total = (f.at(f.pointers[name], f.first) for name in ("lanes", "total"))
        for place, piece in f.row(f.count):
            sums = sum_of_lanes(f, f.at(lanes, place), others, self.stride_bytes, piece)
            f.store_vector(sums, f.at(total, place), piece)


def number_of_lanes(f: Function, sizes: Value) -> Value:
    """How many lanes a batch has: pictures / pictures of a lane, rounded up."""
    pictures, lane = (f.load(f.at(sizes, place, INDEX), INDEX) for place in (0, 1))
    return f.builder.udiv(f.subtract(f.add(pictures, lane), 1), lane)


def sum_of_lanes(
    f: Function, mine: Value, others: Value, stride_bytes: int, piece: Piece, kind: Any = FLOAT
) -> Value:
    """The sum of one vector of the first lane and those of so many others, in their order."""
    with f.loop(others, [f.load_vector(mine, piece, kind)]) as turn:
        offset = f.multiply(f.add(turn.index, 1), stride_bytes)
        numbers = f.load_vector(f.at(mine, offset, BYTE), piece, kind)
        turn.results = [f.builder.fadd(turn.carried[0], numbers)]
    return turn.results[0]
