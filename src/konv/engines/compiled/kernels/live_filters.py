"""The live filters of every pixel before a max-pool: which have a gradient there, and which one.

Of the pixels in a pool's window only the winner has a gradient, and only if the rectifier lets it
pass. For some pixels of the pooled map this writes down, for each place in their windows::

    gradients[pixel, filter]   taken back through the rectifier
    filters[pixel, place]      which are live there
    lengths[pixel, place]      how many they are

No branch depends on what is live: where it is not, the next one is written to the same place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from konv.engines.compiled.emit.function import (
    INDEX,
    INT32,
    Function,
    Index,
    Loop,
    Piece,
    Value,
)
from konv.engines.compiled.kernels.bands import vector_blocks
from konv.engines.compiled.kernels.chosen_lanes import (
    COMPRESSED,
    chosen_count,
    chosen_numbers,
    numbers_from,
)
from konv.engines.compiled.kernels.packed_channels import WIDEST
from konv.engines.compiled.kernels.pooled_values import Pixel, PooledValues
from konv.engines.compiled.record import record

__all__ = ["LiveFilters"]


@record
class LiveFilters:
    """See the head of this file.

    Args:
        pixels: for how many pixels of the pooled map there is room.
        places: how many pixels the pool's window has.
        filters: how many there are.
    """

    pixels: int
    places: int
    filters: int

    @property
    def bytes(self) -> int:
        """How much memory they take."""
        return 4 * (self._gradients + self._numbers + self.pixels * self.places)

    @contextmanager
    def each(
        self, f: Function, memory: Value, pixel: Index, place: Index, sums: list[Value]
    ) -> Iterator[tuple[Value, Value, Loop]]:
        """The live filters at a place of a pixel: (its number, its gradient, the turn).

        ``sums`` are carried from turn to turn; they are the last ones afterwards.
        """
        gradients = f.at(memory, f.multiply(pixel, self._room))
        place = f.add(f.multiply(pixel, self.places), place)
        filters = self._filter(f, memory, f.multiply(place, self._room))
        length = f.builder.zext(f.load(self._length(f, memory, place), INT32), INDEX)
        with f.loop(length, sums) as turn:
            number = f.builder.zext(f.load(f.at(filters, turn.index, INT32), INT32), INDEX)
            yield number, f.load(f.at(gradients, number)), turn
        sums[:] = turn.results

    def write(
        self, f: Function, memory: Value, number: Index, pixel: Pixel, values: PooledValues
    ) -> None:
        """The lists of all places of a pixel, which has that number."""
        gradients, first = f.multiply(number, self._room), f.multiply(number, self.places)
        with f.loop(self.places) as place:
            f.store(INT32(0), self._length(f, memory, f.add(first, place.index)))
        for start, (piece,) in vector_blocks(f, self.filters, 1):
            gradient = values.gradients(f, pixel, start, piece)
            f.builder.store(gradient, f.at(memory, f.add(gradients, start)), align=4)
            live = f.builder.fcmp_unordered("!=", gradient, f.constant(0, piece.width))
            winner = values.winners(f, pixel, start, piece)
            numbers = numbers_from(f, start, piece.width)
            if piece.width == COMPRESSED:
                self._compress(f, memory, first, (live, winner, numbers))
            else:
                self._collect(f, memory, first, (live, winner, numbers), piece)

    def _compress(
        self, f: Function, memory: Value, first: Index, filters: tuple[Value, Value, Value]
    ) -> None:
        """Add some neighbouring filters to the lists, those of a place at a time."""
        live, winner, numbers = filters
        with f.loop(self.places) as turn:
            place = f.add(first, turn.index)
            here = f.splat(f.builder.trunc(f.index(turn.index), INT32), COMPRESSED)
            chosen = f.builder.and_(f.builder.icmp_unsigned("==", winner, here), live)
            listed = chosen_numbers(f, numbers, chosen)
            many = f.builder.zext(chosen_count(f, chosen), INT32)
            self._append(f, memory, place, listed, many)

    def _collect(
        self,
        f: Function,
        memory: Value,
        first: Index,
        filters: tuple[Value, Value, Value],
        piece: Piece,
    ) -> None:
        """Add some neighbouring filters to the lists, one by one."""
        for lane in range(piece.lanes):
            live, winner, number = (
                f.builder.extract_element(vector, INT32(lane)) for vector in filters
            )
            place = f.add(first, f.builder.zext(winner, INDEX))
            self._append(f, memory, place, number, f.builder.zext(live, INT32))

    def _append(
        self, f: Function, memory: Value, place: Index, numbers: Value, count: Value
    ) -> None:
        """Write filters behind the others of a place; so many of them count."""
        address = self._length(f, memory, place)
        length = f.load(address, INT32)
        end = f.add(f.multiply(place, self._room), f.builder.zext(length, INDEX))
        f.builder.store(numbers, self._filter(f, memory, end), align=4)
        f.store(f.builder.add(length, count), address)

    # Where everything lies

    @property
    def _room(self) -> int:
        """From one list to the next: whole vectors are written, also behind the last filter."""
        return (-(-self.filters // WIDEST) + 1) * WIDEST

    @property
    def _gradients(self) -> int:
        return self.pixels * self._room

    @property
    def _numbers(self) -> int:
        return self.pixels * self.places * self._room

    def _filter(self, f: Function, memory: Value, place: Index) -> Value:
        return f.at(f.at(memory, self._gradients), place, INT32)

    def _length(self, f: Function, memory: Value, place: Index) -> Value:
        return f.at(f.at(memory, self._gradients + self._numbers), place, INT32)
