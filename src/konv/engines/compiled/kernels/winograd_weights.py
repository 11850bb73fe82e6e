"""Weights of 3×3 convolutions as Winograd's way wants them: U = G g Gᵀ for each channel and filter.

``transformed`` lies as ``winograd_chunks.py`` says. Turned weights are those of the input gradient:
their channels are the filters of the convolution and their filters its channels, and their windows
are turned by 180°.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.transposition import transposed
from konv.engines.compiled.kernels.winograd_chunks import ChannelPart, FilterChunk, FilterChunks
from konv.engines.compiled.kernels.winograd_filtering import TAPS, filtering
from konv.engines.compiled.kernels.winograd_passes import Passes
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["WinogradWeights"]


@record
class _Windows:
    """Where the windows of some neighbouring filters lie.

    Args:
        first: the tap in the first row and column.
        tap: from one tap to the next.
        flipped: whether the last tap is to be the first.
        piece: the filters.
    """

    first: Value
    tap: int
    flipped: bool
    piece: Piece

    def column(self, f: Function, number: Index) -> list[Value]:
        """The taps of a column."""
        rows = list(range(TAPS))
        if self.flipped:
            rows, number = rows[::-1], f.subtract(TAPS - 1, number)
        top = f.at(self.first, f.multiply(number, self.tap))
        return [f.load_vector(f.at(top, row * TAPS * self.tap), self.piece) for row in rows]


@record
class WinogradWeights(Kernel):
    """See the head of this file. Its items are the channels that are summed over.

    Pointers::

        kernel         [3, 3, channels, filters], as the convolution has it
        transformed    written

    Args:
        channels, filters: of the convolution.
        size: m: rows and columns of a tile.
        flipped: whether the convolution turns its kernels by 180°.
        turned: whether they are made for the input gradient.
        whole: of how many filters (turned: channels) these are a part; None: they are all.
    """

    pointers: ClassVar[tuple[str, ...]] = ("kernel", "transformed")

    channels: int
    filters: int
    size: int
    flipped: bool = False
    turned: bool = False
    whole: int | None = None

    @property
    def items(self) -> int:
        """How many channels are summed over."""
        return self.filters if self.turned else self.channels

    @property
    def points(self) -> int:
        """How many numbers become of a window."""
        return filtering(self.size).points ** 2

    def bytes(self, target: Target) -> int:
        """What the transformed weights take."""
        return 4 * self._chunks(target).numbers(self.points, self.items)

    def parts(self, target: Target) -> Iterator[tuple[WinogradWeights, int, int]]:
        """The same by chunks: (what is done, where its kernel and its result begin, in bytes)."""
        total, size = self._sums, self._chunks(target).size
        for first in range(0, total, size):
            count = min(size, total - first)
            behind = 4 * first * self.points * (self.items + 1)
            if self.turned:
                part = replace(self, channels=count, whole=total)
                yield part, 4 * first * self.filters, behind
            else:
                yield replace(self, filters=count, whole=total), 4 * first, behind

    @property
    def _sums(self) -> int:
        """How many sums these are the weights of."""
        return self.channels if self.turned else self.filters

    def _chunks(self, target: Target) -> FilterChunks:
        return FilterChunks.of(self._sums, target)

    @property
    def _row(self) -> int:
        """From one channel of the kernel to the next."""
        return self.filters if self.turned else self.whole or self.filters

    @property
    def _tap(self) -> int:
        """From one element of a window to the next."""
        return (self.whole or self.channels if self.turned else self.channels) * self._row

    def emit(self, f: Function) -> None:
        channels = ChannelPart(f.first, f.count, self.items)
        for chunk in self._chunks(f.target).each(f):
            start = f.add(
                f.multiply(chunk.first, self.points * (self.items + 1)),
                f.multiply(f.first, chunk.width),
            )
            self.write_part(f, chunk, channels, f.at(f.pointers["transformed"], start))

    def write_part(
        self, f: Function, chunk: FilterChunk, channels: ChannelPart, place: Value
    ) -> None:
        """The weights of some filters and channels.

        Args:
            f: where it is written; it knows where the kernel lies.
            chunk, channels: which.
            place: where the first of them goes.
        """
        for offset, piece in chunk.row(f):
            filters, there = f.add(chunk.first, offset), f.at(place, offset)
            if self.turned:
                self._turned(f, (filters, piece), there, (chunk, channels))
                continue
            with f.loop(channels.count) as turn:
                channel = f.add(channels.first, turn.index)
                at = f.at(f.pointers["kernel"], f.add(f.multiply(channel, self._row), filters))
                windows = _Windows(at, self._tap, self.flipped, piece)
                target = f.at(there, f.multiply(turn.index, chunk.width))
                self._write(f, windows, target, channels.pitch(chunk))

    def _turned(
        self,
        f: Function,
        vector: tuple[Index, Piece],
        place: Value,
        part: tuple[FilterChunk, ChannelPart],
    ) -> None:
        """Some channels of the convolution as filters: its filters are taken vector by vector."""
        (first, piece), (chunk, filters) = vector, part
        lanes = piece.width
        room = f.scratch(TAPS * TAPS * lanes * lanes)
        with f.loop(f.divide(f.add(filters.count, lanes - 1), lanes)[0]) as block:
            done = f.multiply(block.index, lanes)
            count = f.smaller(lanes, f.subtract(filters.count, done))
            start = f.add(f.multiply(first, self._row), filters.first, done)
            self._turn(f, f.at(f.pointers["kernel"], start), room, (piece.lanes, count), lanes)
            with f.loop(count) as turn:
                at = f.at(room, f.multiply(turn.index, lanes))
                windows = _Windows(at, lanes * lanes, not self.flipped, Piece(0, lanes, lanes))
                target = f.at(place, f.multiply(f.add(done, turn.index), chunk.width))
                self._write(f, windows, target, filters.pitch(chunk))

    def _turn(
        self, f: Function, kernel: Value, room: Value, shape: tuple[Index, Index], lanes: int
    ) -> None:
        """room[tap, filter, channel] of some of both; beyond them is whatever it be."""
        channels, filters = shape
        piece = Piece(0, filters, lanes)
        with f.loop(TAPS * TAPS) as tap:
            source = f.at(kernel, f.multiply(tap.index, self._tap))
            rows = [f.load_vector(f.at(source, row * self._row), piece) for row in range(channels)]
            zeros = [f.constant(0, lanes)] * (lanes - channels)
            target = f.at(room, f.multiply(tap.index, lanes * lanes))
            for row, vector in enumerate(transposed(f, [*rows, *zeros], lanes)):
                f.store_vector(vector, f.at(target, row * lanes), Piece(0, lanes, lanes))

    def _write(self, f: Function, windows: _Windows, place: Value, pitch: int) -> None:
        """U of one channel and a vector of filters."""
        way, width = filtering(self.size), windows.piece.width
        passes = Passes(f, width, way.points, TAPS)
        passes.over_columns(
            TAPS, lambda j: windows.column(f, j), lambda line: way.of_weights(f, line)
        )

        def write(number: Index, row: Sequence[Value]) -> None:
            start = f.at(place, f.multiply(number, way.points * pitch))
            for j, value in enumerate(way.of_weights(f, row)):
                f.store_vector(value, f.at(start, j * pitch), Piece(0, width, width))

        passes.over_rows(way.points, write)
