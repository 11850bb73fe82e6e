"""Walking over maps with something for every channel: the part that normalisation kernels share.

Numbers that belong to channels (means, factors, sums) stay in registers while the pixels of all
pictures pass by. Few channels would leave vectors half empty, so some neighbouring pixels are taken
as one *wide pixel*: 5 pixels of 3 channels are 15 numbers, one vector of 16. Its channels are the
same ones over and over.

Pixels that follow each other in memory are a *run*: a row, or several rows if no border lies
between them. Runs are short enough to add up their numbers in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from konv.engines.compiled.emit.function import DOUBLE, Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.record import record

__all__ = ["ChannelWalk", "Chunk", "Run", "Spot"]

_LONGEST_RUN_PX = 256


@record
class Chunk:
    """Some neighbouring channels of a wide pixel: as many as registers have room for.

    Args:
        first: the first of them.
        pieces: their vectors, counted from ``first``.
    """

    first: Index
    pieces: tuple[Piece, ...]


@dataclass
class Run:
    """One run of pixels that is being written.

    Args:
        addresses: where it begins in each of the maps.
        carried: what the run before handed on.
        results: what this run hands on: set it in the body. After the walk: what the last one did.
    """

    addresses: list[Value]
    carried: list[Value]
    results: list[Value] = field(default_factory=list)


@record
class Spot:
    """One vector of a run.

    Args:
        number: which vector of its chunk.
        piece: which of its lanes are used.
        addresses: where it begins in each of the maps.
    """

    number: int
    piece: Piece
    addresses: Sequence[Value]


# (where, what was handed on by the same vector of the wide pixel before) -> what this one hands on
Body = Callable[[Spot, Sequence[Value]], Sequence[Value]]


class ChannelWalk:
    """A walk over the pixels of maps of equal sizes.

    Args:
        f: where it is written.
        maps: the names of the pointers to them, and how they lie.
        width: how many numbers a vector has; None: as many as a register holds.
    """

    def __init__(
        self, f: Function, maps: Mapping[str, MapLayout], *, width: int | None = None
    ) -> None:
        one, *_others = maps.values()
        self._f = f
        self._maps = maps
        self._rows = _rows_of_a_run(list(maps.values()))
        self._runs = one.height // self._rows
        self._pixels = one.width * self._rows
        self._width = width or f.target.vector
        # An eighth of the registers: kernels hold several vectors for each vector of a chunk.
        self._most = f.target.registers // 8 * f.target.vector
        self._channels = one.channels
        self._group = self._best_group()

    def chunks(self) -> Iterator[Chunk]:
        """All channels of a wide pixel."""
        for first, count in self._f.blocks(self._group * self._channels, self._most):
            yield Chunk(first, tuple(self._pieces(count)))

    def repeated(self, pointer: Value) -> Value:
        """A number for every channel of a wide pixel, given one for every channel.

        To be called before the first chunk is begun.
        """
        if self._group == 1:
            return pointer
        f = self._f
        copies = f.scratch(self._group * self._channels)
        for place, piece in f.row(self._channels):
            numbers = f.load_vector(f.at(pointer, place), piece)
            with f.loop(self._group) as turn:
                target = f.add(f.multiply(turn.index, self._channels), place)
                f.store_vector(numbers, f.at(copies, target), piece)
        return copies

    def numbers(self, repeated: Value, chunk: Chunk) -> list[Value]:
        """Those of a chunk, one vector for each of its pieces."""
        first = self._f.at(repeated, chunk.first)
        return [self._f.load_vector(self._f.at(first, p.start), p) for p in chunk.pieces]

    @contextmanager
    def runs(self, chunk: Chunk, carried: Sequence[Value] = ()) -> Iterator[Run]:
        """A body that is written for one run, and done for those of all pictures."""
        f = self._f
        with f.loop(f.count, carried) as picture:
            with f.loop(self._runs, picture.carried) as row:
                addresses = [
                    f.at(f.pointers[name], self._offset(layout, picture.index, row.index, chunk))
                    for name, layout in self._maps.items()
                ]
                run = Run(addresses, list(row.carried), list(row.carried))
                yield run
                row.results = run.results
            picture.results = row.results
        run.results = picture.results

    def _offset(self, layout: MapLayout, picture: Index, run: Index, chunk: Chunk) -> Index:
        f = self._f
        pictures = f.multiply(picture, layout.size)
        rows = f.multiply(run, self._rows * layout.row)
        return f.add(pictures, rows, layout.origin, chunk.first)

    def along(
        self, run: Run, chunk: Chunk, body: Body, handed_on: Sequence[Value] = ()
    ) -> list[Value]:
        """Every vector of a run.

        Args:
            run, chunk: what is walked along.
            body: what is written for one vector.
            handed_on: to the first wide pixel: equally many values for each vector.

        Returns:
            What the last one hands on.
        """
        whole, rest = divmod(self._pixels, self._group)
        step = self._group * self._channels
        with self._f.loop(whole, handed_on) as turn:
            offset = self._f.multiply(turn.index, step)
            turn.results = self._once(run, offset, chunk.pieces, body, turn.carried)
        if not rest:
            return turn.results
        left = [_cut(piece, rest * self._channels) for piece in chunk.pieces]
        return self._once(run, whole * step, left, body, turn.results)

    def _once(
        self,
        run: Run,
        offset: Index,
        pieces: Sequence[Piece],
        body: Body,
        handed_on: Sequence[Value],
    ) -> list[Value]:
        """One wide pixel."""
        values = len(handed_on) // len(pieces)
        results: list[Value] = []
        for number, piece in enumerate(pieces):
            before = handed_on[number * values : (number + 1) * values]
            place = self._f.add(offset, piece.start)
            addresses = [self._f.at(address, place) for address in run.addresses]
            results += body(Spot(number, piece, addresses), before) if piece.lanes else before
        return results

    def add_to(self, sums: Value, chunk: Chunk, results: Sequence[Value]) -> None:
        """Add the float64 sums of a chunk to those of the channels.

        Args:
            sums: where those are: k rows, one number per channel in each.
            chunk: whose sums are added.
            results: k vectors for each vector of the chunk.
        """
        kinds = len(results) // len(chunk.pieces)
        for kind in range(kinds):
            row = self._f.at(sums, kind * self._channels, DOUBLE)
            self._add_row(row, chunk, results[kind::kinds])

    def _add_row(self, sums: Value, chunk: Chunk, vectors: Sequence[Value]) -> None:
        f = self._f
        room = f.at(sums, chunk.first, DOUBLE)
        if self._group > 1:
            room = f.scratch(2 * self._group * self._channels)
        for piece, vector in zip(chunk.pieces, vectors, strict=True):
            there = f.at(room, piece.start, DOUBLE)
            if self._group == 1:
                vector = f.builder.fadd(f.load_vector(there, piece, DOUBLE), vector)
            f.store_vector(vector, there, piece)
        if self._group > 1:
            self._add_pixels(sums, room)

    def _add_pixels(self, sums: Value, wide: Value) -> None:
        """Add the sums of all pixels of a wide one."""
        f = self._f
        for place, piece in f.row(self._channels):
            there = f.at(sums, place, DOUBLE)
            with f.loop(self._group, [f.load_vector(there, piece, DOUBLE)]) as turn:
                source = f.add(f.multiply(turn.index, self._channels), place)
                pixel = f.load_vector(f.at(wide, source, DOUBLE), piece, DOUBLE)
                turn.results = [f.builder.fadd(turn.carried[0], pixel)]
            f.store_vector(turn.results[0], there, piece)

    def _best_group(self) -> int:
        """How many pixels make a wide one: with the fewest vectors for a run, the most pixels."""

        def vectors(pixels: int) -> int:
            return -(-pixels * self._channels // self._width)

        def cost(group: int) -> tuple[int, int]:
            whole, rest = divmod(self._pixels, group)
            return whole * vectors(group) + vectors(rest), -group

        most = max(1, min(self._pixels, self._most // self._channels))
        return min(range(1, most + 1), key=cost)

    def _pieces(self, count: int) -> Iterator[Piece]:
        width = min(self._width, 1 << (count - 1).bit_length())
        for start in range(0, count, width):
            yield Piece(start, min(width, count - start), width)


def _rows_of_a_run(layouts: Sequence[MapLayout]) -> int:
    height, width = layouts[0].height, layouts[0].width
    if any(layout.left or layout.right for layout in layouts):
        return 1
    divisors = (rows for rows in range(height, 0, -1) if height % rows == 0)
    return next((rows for rows in divisors if rows * width <= _LONGEST_RUN_PX), 1)


def _cut(piece: Piece, end: int) -> Piece:
    """What of a piece lies before ``end``."""
    return Piece(piece.start, max(0, min(piece.lanes, end - piece.start)), piece.width)
