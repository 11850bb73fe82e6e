"""What is left of a gradient behind a rectifier and a max-pool: lists of live values.

Of the pixels in a pool's window only the winner has a gradient, and only if the rectifier lets it
pass. For the n pixels of a band of the pooled map this writes down, filter by filter, which are
live::

    values[pixel, filter]   the gradient, taken back through the rectifier
    offsets[pixel, filter]  where the winner's window begins in x, from the beginning of the band
    lists[filter]           the pixels whose value is not 0; how many they are

No branch depends on a number: whatever is not live is written too, and overwritten by what follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, INT32, Function, Index, Loop, Piece, Value
from konv.engines.compiled.kernels.bands import vector_blocks
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.rectifier import Rectifier

__all__ = ["LiveBand", "LiveLists", "LiveValues", "live_bytes"]

_INT16 = ir.IntType(16)
_BLOCK = 16  # pixels whose flags are looked at together; filters are counted in such blocks, too


def live_bytes(pixels: int, filters: int) -> int:
    """How much memory the lists of so many pixels take."""
    filters = -(-filters // _BLOCK) * _BLOCK
    return filters * (pixels * (4 + 4 + 4 + 1) + 2 * _BLOCK * (4 + 1) + 4)


@dataclass(frozen=True)
class LiveBand:
    """A part of the pooled maps: where it begins, and how many pictures, rows and columns."""

    picture: Index
    pictures: Index
    row: Index
    rows: Index
    column: Index
    columns: Index


@dataclass(frozen=True)
class LiveLists:
    """The lists of a band.

    Args:
        pixels: how many the band has.
        room: from one list to the next: whole vectors are written, also behind the last pixel.
        lanes: how many filters lie beside each other in ``values`` and ``offsets``.
        flags: which are live: a byte each, or a bit where ``compressed``.
        values, offsets, lists, lengths: see the head of this file.
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

    def first(self, f: Function, filter_: Value) -> Value:
        """Where the numbers of a filter begin in ``values``, ``offsets``, and flags of a byte."""
        chunk, lane = f.divide(filter_, self.lanes)
        return f.add(f.multiply(chunk, f.multiply(self.pixels, self.lanes)), lane)


@dataclass(frozen=True)
class LiveValues:
    """See the head of this file.

    Args:
        pooled: the map y.
        gradient: the map dy.
        pool: rows and columns of the pool.
        steps: from one picture, one row and one column before the pool to the next, in elements
            of x.
        rectifier: what the gradient is taken back through.
    """

    pooled: MapLayout
    gradient: MapLayout
    pool: tuple[int, int]
    steps: tuple[int, int, int]
    rectifier: Rectifier

    def write(
        self, f: Function, band: LiveBand, scratch: Value, bias_gradient: Value | None
    ) -> LiveLists:
        """The lists of a band; the sums of its live values are added to ``bias_gradient``."""
        lists = self._room(f, band, scratch)
        for start, (piece,) in vector_blocks(f, self.pooled.channels, 1):
            total = self._chunk(f, band, lists, start, piece)
            if bias_gradient is not None:
                address = f.at(bias_gradient, start)
                total = f.builder.fadd(f.load_vector(address, piece), total)
                f.store_vector(total, address, piece)
        with f.loop(self.pooled.channels) as turn:
            length = (_compress if lists.compressed else _collect)(f, lists, f.index(turn.index))
            f.store(f.builder.trunc(length, INT32), f.at(lists.lengths, turn.index, INT32))
        return lists

    def _room(self, f: Function, band: LiveBand, scratch: Value) -> LiveLists:
        """The memory of the lists, divided up."""
        filters = -(-self.pooled.channels // _BLOCK) * _BLOCK
        pixels = f.index(f.multiply(f.multiply(band.columns, band.rows), band.pictures))
        blocks = f.divide(f.add(pixels, 2 * _BLOCK - 1), _BLOCK)[0]
        room = f.multiply(blocks, _BLOCK)
        lanes = f.pieces(self.pooled.channels)[0].width
        parts, offset = [], 0
        for size in (
            f.multiply(pixels, 4 * filters),
            f.multiply(pixels, 4 * filters),
            f.multiply(room, 4 * filters),
            4 * filters,
            f.multiply(room, filters),
        ):
            parts.append(f.at(scratch, offset, BYTE))
            offset = f.add(offset, size)
        values, offsets, lists, lengths, flags = parts
        compressed = lanes == _BLOCK
        return LiveLists(pixels, room, lanes, compressed, values, offsets, flags, lists, lengths)

    def _chunk(
        self, f: Function, band: LiveBand, lists: LiveLists, start: Index, piece: Piece
    ) -> Value:
        """Values, offsets and flags of some neighbouring filters; the sum of their values."""
        first = f.multiply(start, lists.pixels)
        chunk = f.divide(start, lists.lanes)[0]
        flags = f.at(
            lists.flags,
            f.multiply(chunk, lists.room) if lists.compressed else first,
            _INT16 if lists.compressed else BYTE,
        )
        sums = [f.index(0), f.constant(0, piece.width)]
        with self._pixels(f, band, sums) as (place, base, turn):
            number, total = turn.carried
            gradient = self._gradient(f, place, start, piece)
            inside = f.multiply(number, lists.lanes)
            here = f.add(first, inside)
            f.builder.store(gradient, f.at(lists.values, here), align=4)
            offsets = self._offsets(f, place, start, piece, base)
            f.builder.store(offsets, f.at(lists.offsets, here, INT32), align=4)
            live = f.builder.fcmp_unordered("!=", gradient, f.constant(0, piece.width))
            if lists.compressed:
                bits = f.builder.bitcast(live, _INT16)
                f.builder.store(bits, f.at(flags, number, _INT16), align=2)
            else:
                kind = ir.VectorType(BYTE, piece.width)
                f.builder.store(f.builder.zext(live, kind), f.at(flags, inside, BYTE), align=1)
            turn.results = [f.add(number, 1), f.builder.fadd(total, gradient)]
        if lists.compressed:
            none = ir.Constant(ir.VectorType(_INT16, _BLOCK), None)
            f.builder.store(none, f.at(flags, lists.pixels, _INT16), align=2)
        return sums[1]

    @contextmanager
    def _pixels(
        self, f: Function, band: LiveBand, sums: list[Value]
    ) -> Iterator[tuple[tuple[Index, Index, Index], Value, Loop]]:
        """Every pixel of a band: (picture, row, column), where its first window begins, the turn.

        ``sums`` are carried from turn to turn; they are the last ones afterwards.
        """
        down, across = (self.pool[i] * self.steps[i + 1] for i in (0, 1))
        with f.loop(band.pictures, sums) as picture:
            with f.loop(band.rows, picture.carried) as row:
                with f.loop(band.columns, row.carried) as column:
                    place = (
                        f.add(band.picture, picture.index),
                        f.add(band.row, row.index),
                        f.add(band.column, column.index),
                    )
                    start = f.add(
                        f.multiply(picture.index, self.steps[0]),
                        f.multiply(row.index, down),
                        f.multiply(column.index, across),
                    )
                    yield place, start, column
                row.results = column.results
            picture.results = row.results
        sums[:] = picture.results

    def _gradient(
        self, f: Function, place: tuple[Index, Index, Index], start: Index, piece: Piece
    ) -> Value:
        y, dy = (
            f.load_vector(f.at(f.pointers[name], f.add(_offset(f, layout, place), start)), piece)
            for name, layout in (("y", self.pooled), ("dy", self.gradient))
        )
        return self.rectifier.gate(f, y, dy)

    def _offsets(
        self,
        f: Function,
        place: tuple[Index, Index, Index],
        start: Index,
        piece: Piece,
        base: Value,
    ) -> Value:
        """Where the windows of the winners begin."""
        layout = MapLayout(self.pooled.height, self.pooled.width, self.pooled.channels)
        address = f.at(f.pointers["winner"], f.add(_offset(f, layout, place), start), BYTE)
        kind = ir.VectorType(INT32, piece.width)
        number = f.builder.zext(f.load_vector(address, piece, BYTE), kind)
        _, row_step, column_step = self.steps
        columns = self.pool[1]
        # number // columns without a division: exact for numbers below 256
        row = f.builder.lshr(
            f.builder.mul(number, _all(kind, -(-65536 // columns))), _all(kind, 16)
        )
        offset = f.builder.add(
            f.builder.mul(number, _all(kind, column_step)),
            f.builder.mul(row, _all(kind, row_step - columns * column_step)),
        )
        return f.builder.add(offset, f.splat(f.builder.trunc(f.index(base), INT32), piece.width))


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
    flags = f.at(lists.flags, f.multiply(chunk, lists.room), _INT16)
    places = f.at(lists.lists, f.multiply(filter_, lists.room), INT32)
    kind, narrow = ir.VectorType(INT32, _BLOCK), ir.VectorType(_INT16, _BLOCK)
    bit = f.splat(f.builder.shl(INT32(1), f.builder.trunc(lane, INT32)), _BLOCK)
    numbers = ir.Constant(kind, [_BLOCK * i for i in range(_BLOCK)])
    blocks = f.divide(f.add(lists.pixels, _BLOCK - 1), _BLOCK)[0]
    with f.loop(blocks, [f.index(0), numbers]) as turn:
        length, place = turn.carried
        address = f.at(flags, f.multiply(turn.index, _BLOCK), _INT16)
        bits = f.builder.zext(f.builder.load(address, typ=narrow, align=2), kind)
        live = f.builder.icmp_unsigned("!=", f.builder.and_(bits, bit), ir.Constant(kind, None))
        chosen = f.builder.call(
            f.intrinsic("llvm.experimental.vector.compress.v16i32", kind, [kind, live.type, kind]),
            [place, live, ir.Constant(kind, ir.Undefined)],
        )
        f.builder.store(chosen, f.at(places, length, INT32), align=4)
        many = f.builder.call(
            f.intrinsic("llvm.ctpop.i16", _INT16, [_INT16]), [f.builder.bitcast(live, _INT16)]
        )
        step = f.builder.add(place, _all(kind, _BLOCK * _BLOCK))
        turn.results = [f.builder.add(length, _index(f, many)), step]
    return turn.results[0]


def _index(f: Function, value: Value) -> Value:
    return f.builder.zext(value, f.first.type)


def _all(kind: ir.VectorType, number: int) -> Value:
    return ir.Constant(kind, [number] * kind.count)


def _offset(f: Function, layout: MapLayout, place: tuple[Index, Index, Index]) -> Index:
    picture, row, column = place
    return f.add(
        f.multiply(picture, layout.size),
        f.multiply(row, layout.row),
        f.multiply(column, layout.channels),
        layout.origin,
    )
