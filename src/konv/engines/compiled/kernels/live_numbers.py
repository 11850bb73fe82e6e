"""Which numbers of some rows are not all zero: a list of their places.

What is multiplied with zero need not be multiplied at all. Behind a rectifier about half of all
numbers are zero, and often the same ones in several pictures: where the background is, or a filter
never answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from konv.engines.compiled.emit.function import INDEX, INT32, Function, Index, Piece, Value
from konv.engines.compiled.kernels.chosen_lanes import (
    COMPRESSED,
    chosen_count,
    chosen_numbers,
    numbers_from,
)
from konv.engines.compiled.record import record

__all__ = ["LiveNumbers", "live_numbers"]


@record
class LiveNumbers:
    """A list of places.

    Args:
        f: where it is written.
        places: 32-bit numbers, in rising order.
        count: how many they are.
    """

    f: Function
    places: Value
    count: Value

    def place(self, number: Index) -> Value:
        """One of them."""
        return self.f.builder.zext(self.f.load(self.f.at(self.places, number, INT32), INT32), INDEX)


def live_numbers(
    f: Function, x: Value, rows: Sequence[Index], depth: Index, room: Value
) -> LiveNumbers:
    """The places where any row holds something else than zero.

    Args:
        f: where it is written.
        x: the first number of the first row.
        rows: where rows begin, counted from there.
        depth: how many numbers of each are looked at.
        room: where the list goes: room for ``depth`` 32-bit numbers and a vector more.
    """
    width = f.target.vector
    whole, rest = f.divide(depth, width)
    with f.loop(whole, [f.index(0)]) as turn:
        first = f.multiply(turn.index, width)
        live = _live(f, f.at(x, first), rows, Piece(0, width, width))
        turn.results = [_noted(f, live, first, room, turn.carried[0])]
    first = f.multiply(whole, width)
    live = _live(f, f.at(x, first), rows, Piece(0, rest, width))
    return LiveNumbers(f, room, _noted(f, live, first, room, turn.results[0]))


def _live(f: Function, x: Value, rows: Sequence[Index], piece: Piece) -> Value:
    """In which lanes any row is not zero."""
    zero = f.constant(0, piece.width)
    each = [
        f.builder.fcmp_unordered("!=", f.load_vector(f.at(x, row), piece), zero) for row in rows
    ]
    return reduce(f.builder.or_, each)


def _noted(f: Function, live: Value, first: Index, room: Value, count: Value) -> Value:
    """Add the live lanes, of which the first has the place ``first``, to a list; its length."""
    width = live.type.count
    places = numbers_from(f, first, width)
    if width == COMPRESSED:
        f.builder.store(chosen_numbers(f, places, live), f.at(room, count, INT32), align=4)
        return f.builder.add(count, f.builder.zext(chosen_count(f, live), INDEX))
    # Without a branch: a place that is not live is overwritten by the next one.
    for lane in range(width):
        place, flag = (f.builder.extract_element(each, INT32(lane)) for each in (places, live))
        f.store(place, f.at(room, count, INT32))
        count = f.builder.add(count, f.builder.zext(flag, INDEX))
    return count
