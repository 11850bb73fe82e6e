"""Lists of the live values of a band, filter by filter: where they lie, and how they are read.

Beside the values and where their windows begin, as
:mod:`~konv.engines.compiled.kernels.live_values` writes them for every pixel, a list per filter
holds the numbers of those pixels that are live.

No branch depends on a flag: a pixel that is not live is written to the list, too, and overwritten
by the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, INDEX, INT32, Function, Index, Loop, Value
from konv.engines.compiled.kernels.chosen_lanes import chosen_count, chosen_numbers
from konv.engines.compiled.record import record

__all__ = ["INT16", "LiveLists", "lists_in", "live_bytes"]

INT16 = ir.IntType(16)
_BLOCK = 16  # pixels whose flags are looked at together; filters are counted in such blocks, too


def live_bytes(pixels: int, filters: int) -> int:
    """How much memory the lists of so many pixels take."""
    filters = -(-filters // _BLOCK) * _BLOCK
    return filters * (pixels * (4 + 4 + 4 + 1) + 2 * _BLOCK * (4 + 1) + 4)


@record
class LiveLists:
    """The lists of a band.

    Args:
        pixels: how many the band has.
        room: from one list to the next: whole vectors are written, also behind the last pixel.
        lanes: how many filters lie beside each other in ``values`` and ``offsets``.
        flags: which are live: a byte each, or a bit where ``compressed``.
        values, offsets: of all pixels; see :mod:`~konv.engines.compiled.kernels.live_values`.
        lists, lengths: the numbers of live pixels times ``lanes``, and how many they are.
    """

    pixels: Value
    room: Value
    lanes: int
    compressed: bool
    values: Value
    offsets: Value
    flags: Value
    lists: Value
    lengths: Value

    @contextmanager
    def each(
        self, f: Function, filter_: Value, sums: list[Value]
    ) -> Iterator[tuple[Value, Value, Loop]]:
        """The live values of a filter, one by one: (where its window begins, the value, the turn).

        ``sums`` are carried from turn to turn; they are the last ones afterwards.
        """
        length = f.load(f.at(self.lengths, filter_, INT32), INT32)
        places = f.at(self.lists, f.multiply(filter_, self.room), INT32)
        first = self.first(f, filter_)
        values, offsets = f.at(self.values, first), f.at(self.offsets, first, INT32)
        with f.loop(_index(f, length), sums) as turn:
            place = _index(f, f.load(f.at(places, turn.index, INT32), INT32))
            offset = _index(f, f.load(f.at(offsets, place, INT32), INT32))
            yield offset, f.load(f.at(values, place)), turn
        sums[:] = turn.results

    def flag(self, f: Function, start: Index, number: Index, live: Value) -> None:
        """Note which of some neighbouring filters, from ``start`` on, are live at a pixel."""
        if self.compressed:
            place = f.add(self._flags_of(f, start), number)
            bits = f.builder.bitcast(live, INT16)
            f.builder.store(bits, f.at(self.flags, place, INT16), align=2)
            return
        place = f.add(f.multiply(start, self.pixels), f.multiply(number, self.lanes))
        flags = f.builder.zext(live, ir.VectorType(BYTE, self.lanes))
        f.builder.store(flags, f.at(self.flags, place, BYTE), align=1)

    def end_flags(self, f: Function, start: Index) -> None:
        """What is looked at behind the last pixel is not live."""
        if self.compressed:
            none = ir.Constant(ir.VectorType(INT16, _BLOCK), None)
            place = f.add(self._flags_of(f, start), self.pixels)
            f.builder.store(none, f.at(self.flags, place, INT16), align=2)

    def fill(self, f: Function, filters: int) -> None:
        """Write the lists, according to the flags."""
        with f.loop(filters) as turn:
            length = (_compress if self.compressed else _collect)(f, self, f.index(turn.index))
            f.store(f.builder.trunc(length, INT32), f.at(self.lengths, turn.index, INT32))

    def _flags_of(self, f: Function, start: Index) -> Index:
        return f.multiply(f.divide(start, self.lanes)[0], self.room)

    def first(self, f: Function, filter_: Value) -> Value:
        """Where the numbers of a filter begin in ``values``, ``offsets``, and flags of a byte."""
        chunk, lane = f.divide(filter_, self.lanes)
        return f.add(f.multiply(chunk, f.multiply(self.pixels, self.lanes)), lane)


def lists_in(f: Function, memory: Value, pixels: Value, filters: int) -> LiveLists:
    """Memory divided up for the lists of so many pixels."""
    lanes = f.pieces(filters)[0].width
    whole = -(-filters // _BLOCK) * _BLOCK
    room = f.multiply(f.divide(f.add(pixels, 2 * _BLOCK - 1), _BLOCK)[0], _BLOCK)
    sizes = (
        f.multiply(pixels, 4 * whole),
        f.multiply(pixels, 4 * whole),
        f.multiply(room, 4 * whole),
        4 * whole,
    )
    parts, offset = [memory], 0
    for size in sizes:
        offset = f.add(offset, size)
        parts.append(f.at(memory, offset, BYTE))
    values, offsets, lists, lengths, flags = parts
    return LiveLists(pixels, room, lanes, lanes == _BLOCK, values, offsets, flags, lists, lengths)


def _collect(f: Function, lists: LiveLists, filter_: Value) -> Value:
    """One list, flag by flag; how long it is."""
    flags = f.at(lists.flags, lists.first(f, filter_), BYTE)
    places = f.at(lists.lists, f.multiply(filter_, lists.room), INT32)
    with f.loop(lists.pixels, [f.index(0)]) as turn:
        place = f.multiply(turn.index, lists.lanes)
        f.store(f.builder.trunc(place, INT32), f.at(places, turn.carried[0], INT32))
        flag = f.load(f.at(flags, place, BYTE), BYTE)
        turn.results = [f.builder.add(turn.carried[0], _index(f, flag))]
    return turn.results[0]


def _compress(f: Function, lists: LiveLists, filter_: Value) -> Value:
    """One list, 16 flags at a time; how long it is."""
    chunk, lane = f.divide(filter_, _BLOCK)
    flags = f.at(lists.flags, f.multiply(chunk, lists.room), INT16)
    places = f.at(lists.lists, f.multiply(filter_, lists.room), INT32)
    kind, narrow = ir.VectorType(INT32, _BLOCK), ir.VectorType(INT16, _BLOCK)
    bit = f.splat(f.builder.shl(INT32(1), f.builder.trunc(lane, INT32)), _BLOCK)
    numbers = ir.Constant(kind, [_BLOCK * i for i in range(_BLOCK)])
    blocks = f.divide(f.add(lists.pixels, _BLOCK - 1), _BLOCK)[0]
    with f.loop(blocks, [f.index(0), numbers]) as turn:
        length, place = turn.carried
        address = f.at(flags, f.multiply(turn.index, _BLOCK), INT16)
        bits = f.builder.zext(f.builder.load(address, typ=narrow, align=2), kind)
        live = f.builder.icmp_unsigned("!=", f.builder.and_(bits, bit), ir.Constant(kind, None))
        f.builder.store(chosen_numbers(f, place, live), f.at(places, length, INT32), align=4)
        many = chosen_count(f, live)
        step = f.builder.add(place, ir.Constant(kind, [_BLOCK * _BLOCK] * _BLOCK))
        turn.results = [f.builder.add(length, _index(f, many)), step]
    return turn.results[0]


def _index(f: Function, value: Value) -> Value:
    return f.builder.zext(value, INDEX)
