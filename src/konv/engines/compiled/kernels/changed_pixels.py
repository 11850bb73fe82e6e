"""Pixels become numbers, and pictures are moved, mirrored, holed and brightened on the way.

A map is first filled with the number that 0 becomes. Then the pixels that are seen are read in the
order in which they lie in a row of the picture, and go to where they belong: side by side, or from
right to left if they are mirrored. Holes are filled last.

A run of pixels that fills a vector is taken vector by vector; the last vector reaches back, and
does again what was done. So nothing outside of the run is touched, whatever its length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, INT32, Function, Index, Piece, Value
from konv.engines.compiled.kernels.picture_changes import PictureChanges, Span, row_bytes
from konv.engines.compiled.kernels.pixels import ReadPixels
from konv.engines.compiled.kernels.scaling import Scaling
from konv.engines.compiled.kernels.transposition import SIDE, transposed
from konv.engines.compiled.record import record

__all__ = ["ReadChangedPixels"]

# A number of this size has units in its last place: adding it rounds to a whole number.
_ROUNDER = 2.0**23
_WHITE = 255.0


@record
class ReadChangedPixels(ReadPixels):
    """See the head of this file.

    Args:
        changes: their kinds, in their order.
    """

    pointers: ClassVar[tuple[str, ...]] = ("images", "changes", "x")

    changes: tuple[str, ...] = ()

    def emit(self, f: Function) -> None:
        output = self.output
        size = (output.height, output.width)
        scaling = self.scaling(f, output.channels - 1 + f.target.vector)
        with f.loop(f.count) as turn:
            numbers = f.multiply(turn.index, row_bytes(self.changes))
            row = f.at(f.pointers["changes"], numbers, BYTE)
            changes = PictureChanges.read(f, row, self.changes, size)
            image = f.multiply(turn.index, output.height * output.width * output.channels)
            x = f.add(f.multiply(turn.index, output.size), output.origin)
            if not (changes.rows.seen.whole and changes.columns.seen.whole):
                self._fill(f, scaling, x, *(Span(0, side, side) for side in size))
            _Reading(f, self, scaling, changes).read(image, x)
            for hole in changes.holes:
                self._fill(f, scaling, x, *hole)

    def _fill(self, f: Function, scaling: Scaling, x: Index, rows: Span, columns: Span) -> None:
        """What 0 becomes, in a rectangle."""
        channels = self.output.channels
        length = f.multiply(columns.length(f), channels)
        with f.loop(rows.length(f)) as turn:
            row = f.multiply(f.add(rows.begin, turn.index), self.output.row)
            line = f.add(x, row, f.multiply(columns.begin, channels))
            for start, piece in _run(f, length, self.output.width * channels):
                channel = f.divide(start, channels)[1]
                numbers = scaling.numbers(f.constant(0, piece.width), channel, piece)
                f.store_vector(numbers, f.at(f.pointers["x"], f.add(line, start)), piece)


@record
class _Reading:
    """Reads what is seen of one picture.

    Args:
        f: where it is written.
        kernel: of which this is a part.
        scaling: what pixels become.
        changes: of the picture.
    """

    f: Function
    kernel: ReadChangedPixels
    scaling: Scaling
    changes: PictureChanges

    def read(self, image: Index, x: Index) -> None:
        """Where the picture and its map begin, the border not counted."""
        f, kernel, rows = self.f, self.kernel, self.changes.rows
        width, inside = kernel.output.width, 1 if kernel.planes else kernel.output.channels
        low = self._low
        with f.loop(rows.seen.length(f)) as turn:
            row = f.add(rows.seen.begin, turn.index)
            line = f.add(rows.first, f.multiply(rows.step, row))
            source = f.multiply(f.add(f.multiply(line, width), low), inside)
            write = self._planes if kernel.planes else self._row
            write(f.add(image, source), f.add(x, f.multiply(row, kernel.output.row)))

    @property
    def _seen(self) -> Index:
        """How many columns."""
        return self.changes.columns.seen.length(self.f)

    @property
    def _low(self) -> Index:
        """The first column of the picture that is seen."""
        columns = self.changes.columns
        return self.f.add(columns.first, self.f.multiply(columns.step, self._target))

    @property
    def _target(self) -> Index:
        """Where that column goes to."""
        f, columns = self.f, self.changes.columns
        if isinstance(columns.step, int):
            return columns.seen.begin
        last = f.index(f.subtract(columns.seen.end, 1))
        return f.builder.select(self._forwards, f.index(columns.seen.begin), last)

    @property
    def _forwards(self) -> Value:
        """Whether columns are not mirrored."""
        return self.f.builder.icmp_signed(">", self.changes.columns.step, self.f.index(0))

    def _row(self, source: Index, target: Index) -> None:
        """From the first pixel that is seen to a row of x."""
        f, channels = self.f, self.kernel.output.channels
        target = f.add(target, f.multiply(self.changes.columns.seen.begin, channels))
        if isinstance(self.changes.columns.step, int):
            self._side_by_side(source, target)
            return
        forwards = self._forwards
        with f.when(forwards):
            self._side_by_side(source, target)
        with f.when(f.builder.not_(forwards)):
            if channels == 1:
                self._from_right_to_left(source, target)
            else:
                self._pixel_by_pixel(source, target)

    def _side_by_side(self, source: Index, target: Index) -> None:
        f, output = self.f, self.kernel.output
        length = f.multiply(self._seen, output.channels)
        for start, piece in _run(f, length, output.width * output.channels):
            pixels = self._pixels(f.add(source, start), piece)
            self._write(pixels, f.divide(start, output.channels)[1], f.add(target, start), piece)

    def _from_right_to_left(self, source: Index, target: Index) -> None:
        """Pixels of one channel."""
        f = self.f
        for start, piece in _run(f, self._seen, self.kernel.output.width):
            pixels = _reversed(f, self._pixels(f.add(source, start), piece))
            place = f.subtract(f.subtract(self._seen, piece.width), start)
            self._write(pixels, 0, f.add(target, place), piece)

    def _pixel_by_pixel(self, source: Index, target: Index) -> None:
        """Pixels of several channels, from right to left."""
        f, channels = self.f, self.kernel.output.channels
        last = f.subtract(self._seen, 1)
        with f.loop(self._seen) as turn:
            begin = f.add(source, f.multiply(turn.index, channels))
            end = f.add(target, f.multiply(f.subtract(last, turn.index), channels))
            for channel, piece in f.row(channels, vectors=4):
                pixels = self._pixels(f.add(begin, channel), piece)
                self._write(pixels, channel, f.add(end, channel), piece)

    def _planes(self, source: Index, target: Index) -> None:
        """Up to four pixels of four channels at a time, turned in registers."""
        f, output = self.f, self.kernel.output
        plane = output.height * output.width
        target = f.add(target, f.multiply(self._target, output.channels))
        step = f.multiply(self.changes.columns.step, output.channels)
        for channel, channels in f.blocks(output.channels, SIDE):
            for start, run in _run(f, self._seen, min(SIDE, output.width)):
                begin = f.add(source, f.multiply(channel, plane), start)
                piece = Piece(0, run.width, SIDE)
                lines = [
                    self._pixels(f.add(begin, line * plane), piece) for line in range(channels)
                ]
                for line, pixels in enumerate(transposed(f, lines, SIDE)[: run.width]):
                    place = f.add(target, f.multiply(f.add(start, line), step), channel)
                    self._write(pixels, channel, place, Piece(0, channels, SIDE))

    def _pixels(self, place: Index, piece: Piece) -> Value:
        """Pixels after all factors."""
        f = self.f
        pixels = self.kernel.pixels(f, place, piece)
        for factor in self.changes.factors:
            pixels = f.builder.fmul(pixels, f.splat(factor, piece.width))
            if self.kernel.kind == "uint8":
                rounder, white = (f.constant(n, piece.width) for n in (_ROUNDER, _WHITE))
                pixels = f.builder.fsub(f.builder.fadd(pixels, rounder), rounder)
                pixels = f.builder.select(f.builder.fcmp_ordered("<", pixels, white), pixels, white)
        return pixels

    def _write(self, pixels: Value, channel: Index, place: Index, piece: Piece) -> None:
        numbers = self.scaling.numbers(pixels, channel, piece)
        self.f.store_vector(numbers, self.f.at(self.f.pointers["x"], place), piece)


def _run(f: Function, length: Index, longest: int) -> Iterator[tuple[Index, Piece]]:
    """Neighbouring numbers, vector by vector: (where one begins, its piece).

    Args:
        f: where it is written.
        length: how many; if it is known, it is ``longest``.
        longest: how many there may be at most.
    """
    width = min(f.target.vector, 1 << (longest.bit_length() - 1))
    vectors, singles = f.divide(f.add(length, width - 1), width)[0], 0
    if not isinstance(length, int):
        fills = f.builder.icmp_signed(">=", length, f.index(width))
        vectors = f.builder.select(fills, vectors, f.index(0))
        singles = f.builder.select(fills, f.index(0), length)
    with f.loop(vectors) as turn:
        start = f.smaller(f.multiply(turn.index, width), f.subtract(length, width))
        yield start, Piece(0, width, width)
    if singles != 0:
        with f.loop(singles) as turn:
            yield turn.index, Piece(0, 1, 1)


def _reversed(f: Function, vector: Value) -> Value:
    lanes = list(range(vector.type.count))[::-1]
    order = ir.Constant(ir.VectorType(INT32, len(lanes)), lanes)
    return f.builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), order)
