"""The weight gradient of a convolution behind which a max-pool of up to four pixels stands.

::

    kernel_gradient[k, l, c, o] += Σ g[p, o] · x[i·s + k·d − p, j·s + l·d − q, c]
    bias_gradient[o]            += Σ g[p, o]

over the pixels p of the pooled map. g is its gradient, taken back through the rectifier, and (i, j)
the winner of the pool's window for filter o.

The filters are the lanes of vectors. Each has a winner of its own; but all lie in one window of the
pool, and so what they meet at an element of the kernel is one of four numbers::

    fours[row, column, c] = x[row, column, c], x[row, column + s, c], x[row + s, column, c], …

One instruction picks for every filter its own. So there is a multiply-add for every pooled pixel,
where dense sums have one for every pixel before the pool, and unlike in sparse sums nothing needs
to be listed. Fours take the room of four maps: this is for first layers, whose maps are small.
Filters that fill half of a vector or less share it with those of neighbouring pixels.

Order of the sums: band by band of pooled rows, picture by picture, row by row; columns that share a
vector are summed apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import INT32, Function, Index, Loop, Piece, Value
from konv.engines.compiled.kernels.bands import add_to, even_blocks
from konv.engines.compiled.kernels.pooled_gradient import PooledGradient
from konv.engines.compiled.kernels.pooled_values import Pixel, PooledValues
from konv.engines.compiled.kernels.transposition import interleaved, side_by_side
from konv.engines.compiled.kernels.window_tiles import (
    WindowElement,
    even_parts,
    window_elements,
)
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["PickedGradient", "can_pick"]

_FOUR = 4
# What picks a lane of each four, for vectors of so many lanes.
_PICK = {
    4: "llvm.x86.avx.vpermilvar.ps",
    8: "llvm.x86.avx.vpermilvar.ps.256",
    16: "llvm.x86.avx512.vpermilvar.ps.512",
}
# What filters cost that share a vector with those of other pixels, beside whole vectors.
_SHARED = 0.75
# A band of fours leaves room in the nearest cache.
_BAND_BYTES = 24576
# Elements of a filter: the code for more would grow too long.
_MOST_ELEMENTS = 128
# Registers beside the sums: the gradient, whose numbers are picked, and what was picked.
_OTHERS = 5


@record
class _Band:
    """Some rows of a pooled map."""

    picture: Index
    row: Index
    rows: Index


@record
class _Columns:
    """Some columns of a pooled map: the first, and how many times so many of them."""

    first: int
    turns: int
    together: int


@record
class PickedGradient(PooledGradient):
    """See the head of this file; the pool has four pixels at most."""

    pointers: ClassVar[tuple[str, ...]] = (
        "x",
        "y",
        "winner",
        "dy",
        "kernel_gradient",
        "bias_gradient",
        "fours",
    )

    @property
    def operations(self) -> int:
        """Those with values that are not live, too."""
        return self.values * self.window_size

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes: fitted to what was measured."""
        whole, rest = divmod(self.pooled.channels, target.vector)
        vectors = whole + (_SHARED if 0 < 2 * rest <= target.vector else bool(rest))
        pixels, rows = self.pooled.height * self.pooled.width, self._band_rows(target)
        bands = -(-self.pooled.height // rows)
        fours = bands * self._met_rows(rows) * self._row_numbers(target)
        of_pixel = 4 + 1.1 * self.window_size + -(-self.window_size // _sums(target))
        return vectors * (pixels * of_pixel + 3 * bands * self.window_size) + 0.2 * fours

    def room_bytes(self, target: Target) -> int:
        """The room for a band of fours."""
        return 4 * self._met_rows(self._band_rows(target)) * self._row_numbers(target)

    def emit(self, f: Function) -> None:
        with f.loop(f.count) as picture:
            for row, rows in even_blocks(f, self.pooled.height, self._band_rows(f.target)):
                band = _Band(picture.index, row, rows)
                self._write_fours(f, band)
                for start, lanes in f.blocks(self.pooled.channels, f.target.vector):
                    # A loop of its own for what is left: narrow vectors are enough for it.
                    piece = Piece(0, lanes, max(_FOUR, 1 << (lanes - 1).bit_length()))
                    for columns in self._columns(f.target.vector // piece.width):
                        self._add_filters(f, band, columns, start, piece)

    def _columns(self, together: int) -> Iterator[_Columns]:
        """All columns, so many at a time, and those that are left one by one."""
        whole, rest = divmod(self.pooled.width, together)
        if whole:
            yield _Columns(0, whole, together)
        if rest:
            yield _Columns(whole * together, rest, 1)

    def _write_fours(self, f: Function, band: _Band) -> None:
        """The fours that the windows of a band meet."""
        down, _across = self.windows.steps
        x = f.at(f.pointers["x"], self.first_met(f, band.picture, band.row))
        with f.loop(f.add(f.multiply(band.rows, down), self._met_rows(0))) as turn:
            here = f.at(x, f.multiply(turn.index, self.input.row))
            fours = f.multiply(turn.index, self._row_numbers(f.target))
            for place, lanes in f.blocks(self._met_columns * self.input.channels, f.target.vector):
                piece = Piece(0, lanes, f.target.vector)
                met = [
                    f.load_vector(f.at(here, f.add(place, offset)), piece)
                    for offset in self._candidates
                ]
                there = f.at(f.pointers["fours"], f.add(fours, f.multiply(place, _FOUR)))
                for number, vector in enumerate(interleaved(f, met)):
                    address = f.at(there, number * piece.width)
                    f.store_vector(vector, address, Piece(0, piece.width, piece.width))

    def _add_filters(
        self, f: Function, band: _Band, columns: _Columns, start: Index, piece: Piece
    ) -> None:
        """The gradients of some neighbouring filters, by some columns of a band."""
        gradient = f.at(f.pointers["kernel_gradient"], start)
        first, width = self.first_element(self._steps), piece.width * columns.together
        values = PooledValues(self.pooled, self.gradient, self.rectifier)
        for number, elements in enumerate(even_parts(self._elements(f.target), _sums(f.target))):
            biased = self.bias and number == 0
            sums = [f.constant(0, width)] * (len(elements) + biased)
            with self._pixels(f, band, columns, sums) as (pixels, fours, turn):
                g, winners = (
                    side_by_side(f, [what(f, pixel, start, piece) for pixel in pixels])
                    for what in (values.gradients, values.winners)
                )
                # One by one: what is picked must not take the registers of the sums.
                turn.results = [
                    f.multiply_add(
                        _picked(f, [f.at(four, one.input) for four in fours], winners),
                        g,
                        total,
                    )
                    for one, total in zip(elements, turn.carried, strict=False)
                ]
                if biased:
                    turn.results.append(f.builder.fadd(turn.carried[-1], g))
            places = [
                f.at(gradient, (first + one.kernel) * self.pooled.channels) for one in elements
            ]
            if biased:
                places.append(f.at(f.pointers["bias_gradient"], start))
            totals = [_folded(f, total, piece.width) for total in sums]
            add_to(f, [(address, piece) for address in places], totals)

    @contextmanager
    def _pixels(
        self, f: Function, band: _Band, columns: _Columns, sums: list[Value]
    ) -> Iterator[tuple[list[Pixel], list[Value], Loop]]:
        """Some pixels of a row of a band at a time: (picture, row, column) and the first four of
        each; and the turn.

        ``sums`` are carried from turn to turn; they are the last ones afterwards.
        """
        down, across = self.windows.steps
        across *= self.input.channels * _FOUR
        with f.loop(band.rows, sums) as row:
            line = f.multiply(row.index, down * self._row_numbers(f.target))
            line = f.at(f.pointers["fours"], line)
            with f.loop(columns.turns, row.carried) as turn:
                first = f.add(columns.first, f.multiply(turn.index, columns.together))
                begin = f.at(line, f.multiply(first, across))
                together = range(columns.together)
                pixels = [
                    (band.picture, f.add(band.row, row.index), f.add(first, i)) for i in together
                ]
                yield pixels, [f.at(begin, i * across) for i in together], turn
            row.results = turn.results
        sums[:] = row.results

    # Sizes

    @property
    def _candidates(self) -> list[int]:
        """How far the pixels of a pool's window lie from its first, in elements of x."""
        down, across = self.window.stride
        offsets = [
            row * down * self.input.row + column * across * self.input.channels
            for row in range(self.pool[0])
            for column in range(self.pool[1])
        ]
        return offsets + offsets[:1] * (_FOUR - len(offsets))

    def _met_rows(self, pooled: int) -> int:
        """How many rows of fours the windows of so many pooled rows meet."""
        met, _columns = self.windows.met(pooled, 1)
        return met - (self.pool[0] - 1) * self.window.stride[0]

    @property
    def _met_columns(self) -> int:
        """How many columns of fours all windows of a row meet."""
        _rows, met = self.windows.met(1, self.pooled.width)
        return met - (self.pool[1] - 1) * self.window.stride[1]

    def _row_numbers(self, target: Target) -> int:
        """From one row of fours to the next: whole vectors."""
        return _FOUR * -(-self._met_columns * self.input.channels // target.vector) * target.vector

    def _band_rows(self, target: Target) -> int:
        """How many pooled rows a band has at most."""
        fit = _BAND_BYTES // (4 * self._row_numbers(target))
        return max(
            1, min(self.pooled.height, 1 + (fit - self._met_rows(1)) // self.windows.steps[0])
        )

    def _elements(self, target: Target) -> list[WindowElement]:
        """The kernel's elements, without the filters: where their fours lie, and their numbers."""
        return window_elements(
            self.loops(
                (self._row_numbers(target), self.input.channels * _FOUR, _FOUR),
                self._steps,
                self.input.channels,
            )
        )

    @property
    def _steps(self) -> tuple[int, int]:
        """From one row and from one column of the kernel to the next, without the filters."""
        channels = self.input.channels
        return self.window.kernel[1] * channels, channels


def _picked(f: Function, fours: Sequence[Value], winners: Value) -> Value:
    """Of four numbers, the one that each filter's winner has; every pixel has fours of its own."""
    lanes = winners.type.count
    each = [f.load_vector(four, Piece(0, _FOUR, _FOUR)) for four in fours]
    repeats = lanes // _FOUR // len(fours)
    numbers = side_by_side(f, [four for four in each for _repeat in range(repeats)])
    pick = f.intrinsic(_PICK[lanes], numbers.type, [numbers.type, winners.type])
    return f.builder.call(pick, [numbers, winners])


def _folded(f: Function, vector: Value, width: int) -> Value:
    """The parts of a vector that are so wide, added up."""
    while (half := vector.type.count // 2) >= width:
        nothing = ir.Constant(vector.type, ir.Undefined)
        low, high = (
            f.builder.shuffle_vector(
                vector, nothing, ir.Constant(ir.VectorType(INT32, half), list(lanes))
            )
            for lanes in (range(half), range(half, 2 * half))
        )
        vector = f.builder.fadd(low, high)
    return vector


def _sums(target: Target) -> int:
    """How many vectors of sums have room in the registers."""
    return target.registers - _OTHERS


def can_pick(target: Target, kernel: PickedGradient) -> bool:
    """Whether this processor picks numbers lane by lane, and they are few enough to do so."""
    few = math.prod(kernel.pool) <= _FOUR and kernel.window_size <= _MOST_ELEMENTS
    return few and target.name in ("avx2", "avx512")
