"""The input gradient of a convolution behind which a rectifier and a max-pool stand.

::

    dx[i·s + k·d − p, j·s + l·d − q, c] = Σ g[o] · kernel[o, k, l, c]

over the live filters o of each pixel (i, j) before the pool: for every pooled value only the winner
of its window has a gradient g, and only where the rectifier lets it pass. With pools of 2 × 2 and
half of them, one in eight is live; the results are those of the dense sums, which add zeros.

The lists of live filters come first (:mod:`~konv.engines.compiled.kernels.live_filters`), for a
band of pixels. Then, pixel by pixel, some vectors of the window are summed up in registers over its
list, and added to dx. So dx is written once for a pixel, and not for each of its live filters: a
processor reads two vectors of weights in a cycle, and writes one at best.

Kernels lie filter by filter, rows filled up to whole vectors: see
:mod:`~konv.engines.compiled.kernels.filter_order`.

Order of the sums: those over the filters of a pixel first. Then they are added to dx, band by band
and in a band picture by picture, and before the others those in the first columns of the pool.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Value
from konv.engines.compiled.kernels.bands import add_to, picture_blocks
from konv.engines.compiled.kernels.filter_order import FilterOrder
from konv.engines.compiled.kernels.live_filters import LiveFilters
from konv.engines.compiled.kernels.packed_channels import WIDEST
from konv.engines.compiled.kernels.pooled_gradient import PooledGradient, most_vectors
from konv.engines.compiled.kernels.pooled_values import PooledValues
from konv.engines.compiled.kernels.pooled_windows import BandSize, PooledBand
from konv.engines.compiled.kernels.window_tiles import MOST_WRITTEN_OUT, WindowVector, window_parts
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["SparseInputGradient"]

# What is read of all filters, again and again, for the pixels of a band.
_NEAR_BYTES = 32768
# Fewer vectors at a time would wait for their own sums.
_FEWEST_VECTORS = 6
# Pixels of a band, and filters of all of them: their lists lie near, too.
_MOST_PIXELS = 32
_MOST_LISTED = 4096


@record
class _Part:
    """Some vectors of a window.

    Args:
        input, kernel: where all of them begin.
        step: from those of one filter to those of the next.
        vectors: where each lies from there on.
    """

    input: Index
    kernel: Index
    step: int
    vectors: Sequence[WindowVector]


@record
class SparseInputGradient(PooledGradient):
    """See the head of this file.

    ``dx`` lies as x does; what its border holds afterwards means nothing. ``kernel`` lies as
    :meth:`filter_order` says.
    """

    pointers: ClassVar[tuple[str, ...]] = ("y", "winner", "dy", "kernel", "dx", "room")

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes if half is live: fitted to what was measured."""
        pixels, filters = self.pooled.height * self.pooled.width, self.pooled.channels
        places, lanes = math.prod(self.pool), target.vector
        collected = 6 * places * -(-filters // lanes) if lanes == WIDEST else 4 * filters
        vectors, most = self._vectors(target), self._vectors_at_once(target)
        parts = -(-vectors // most)
        near = 4 * lanes * filters * min(vectors, most) <= _NEAR_BYTES
        of_value = max(4 * parts, (0.7 if near else 1.2) * vectors)
        of_place = 10 * parts + 2 * vectors
        cleared = 0.5 * self.input.size / lanes
        return pixels * (collected + places * of_place + filters / 2 * of_value) + cleared

    def filter_order(self, target: Target) -> FilterOrder:
        """How the kernel lies."""
        channels = self.input.channels
        block = channels if self._together(target) else min(channels, target.vector)
        size = (*self.window.kernel, channels, self.pooled.channels)
        return FilterOrder(*size, block, target.vector)

    @property
    def room_bytes(self) -> int:
        """The room for the lists of a band."""
        return self._lists.bytes

    def emit(self, f: Function) -> None:
        largest = self._band_size
        for picture, count in picture_blocks(f, largest.pictures):
            self._clear(f, picture, count)
            for band in self.windows.bands_of(f, picture, count, largest):
                self._band(f, band)

    def _clear(self, f: Function, picture: Index, count: Index) -> None:
        pictures = f.at(f.pointers["dx"], f.multiply(picture, self.input.size))
        for start, piece in f.row(f.multiply(count, self.input.size), 4):
            f.store_vector(f.constant(0, piece.width), f.at(pictures, start), piece)

    def _band(self, f: Function, band: PooledBand) -> None:
        lists = self._lists
        values = PooledValues(self.pooled, self.gradient, self.rectifier)
        with (
            f.loop(band.pictures) as picture,
            f.loop(band.rows) as row,
            f.loop(band.columns) as column,
        ):
            pixel = (
                f.add(band.picture, picture.index),
                f.add(band.row, row.index),
                f.add(band.column, column.index),
            )
            number = _number(f, band, picture.index, row.index, column.index)
            lists.write(f, f.pointers["room"], number, pixel, values)
        for part in self._parts(f):
            self._add(f, band, lists, part)

    def _add(self, f: Function, band: PooledBand, lists: LiveFilters, part: _Part) -> None:
        """Some vectors of the windows of all pixels before the pool."""
        (down, across), wide = self.windows.steps, self.pool[1]
        begin = self.first_met(f, band.picture, band.row, band.column)
        first = f.at(f.pointers["dx"], f.add(begin, part.input))
        with (
            f.loop(wide) as right,
            f.loop(band.pictures) as picture,
            f.loop(band.columns) as column,
            f.loop(band.rows) as row,
        ):
            pixel = _number(f, band, picture.index, row.index, column.index)
            dx = f.add(
                f.multiply(picture.index, self.input.size),
                f.multiply(row.index, down * self.input.row),
                f.multiply(column.index, across * self.input.channels),
                f.multiply(right.index, across // wide * self.input.channels),
            )
            self._add_column(f, lists, (pixel, right.index), f.at(first, dx), part)

    def _add_column(
        self, f: Function, lists: LiveFilters, top: tuple[Index, Index], dx: Value, part: _Part
    ) -> None:
        """The windows of the pixels in a column of the pool's window.

        Where they overlap, the same vectors are meant. All are summed up before one is written, if
        there are registers for that.
        """
        pixel, place = top
        (high, wide), step = self.pool, self.window.stride[0] * self.input.row
        met = {one.input + i * step for i in range(high) for one in part.vectors}
        if len(met) > most_vectors(f.target):
            with f.loop(high) as below:
                here = f.add(place, f.multiply(below.index, wide))
                there = f.at(dx, f.multiply(below.index, step))
                self._add_windows(f, lists, pixel, [here], there, part)
        else:
            places = [f.add(place, i * wide) for i in range(high)]
            self._add_windows(f, lists, pixel, places, dx, part)

    def _add_windows(
        self,
        f: Function,
        lists: LiveFilters,
        pixel: Index,
        places: Sequence[Index],
        dx: Value,
        part: _Part,
    ) -> None:
        """dx += Σ g · the weights of its filter, over the live filters of pixels below each other.

        It is read before any of it is written.
        """
        step = self.window.stride[0] * self.input.row
        kernel = f.at(f.pointers["kernel"], part.kernel)
        pieces = {
            one.input + i * step: one.piece for i in range(len(places)) for one in part.vectors
        }
        sums = {place: f.constant(0, piece.width) for place, piece in pieces.items()}
        for i, place in enumerate(places):
            met = [one.input + i * step for one in part.vectors]
            carried = [sums[one] for one in met]
            with lists.each(f, f.pointers["room"], pixel, place, carried) as (number, g, turn):
                weights = f.at(kernel, f.multiply(number, part.step))
                turn.results = [
                    f.multiply_add(
                        f.splat(g, one.piece.width),
                        f.load_vector(f.at(weights, one.kernel), one.piece),
                        total,
                    )
                    for one, total in zip(part.vectors, turn.carried, strict=True)
                ]
            sums |= zip(met, carried, strict=True)
        add_to(
            f, [(f.at(dx, place), piece) for place, piece in pieces.items()], list(sums.values())
        )

    def _parts(self, f: Function) -> Iterator[_Part]:
        """The window, some vectors at a time: as many as have room in registers, and near."""
        most, order = self._vectors_at_once(f.target), self.filter_order(f.target)
        for channel, channels in f.blocks(self.input.channels, order.block):
            steps = (order.row(channels), channels)
            loops = self.loops((self.input.row, self.input.channels, 1), steps, channels)
            first = f.add(order.first(f, channel), self.first_element(steps))
            for part in window_parts(f, loops, most):
                input_, kernel = f.add(channel, part.input), f.add(first, part.kernel)
                yield _Part(input_, kernel, order.filter(channels), part.vectors)

    # Sizes

    # Sizes

    def _together(self, target: Target) -> bool:
        """Whether vectors hold neighbouring numbers of a row: else channels of one pixel."""
        return self._together_vectors(target) <= MOST_WRITTEN_OUT

    def _together_vectors(self, target: Target) -> int:
        """How many those are."""
        rows, columns = self.window.kernel
        if self.flipped or self.window.dilation[1] != 1:
            return rows * columns * -(-self.input.channels // target.vector)
        return rows * -(-columns * self.input.channels // target.vector)

    def _vectors(self, target: Target) -> int:
        """How many vectors a window has."""
        if self._together(target):
            return self._together_vectors(target)
        return math.prod(self.window.kernel) * -(-self.input.channels // target.vector)

    def _vectors_at_once(self, target: Target) -> int:
        near = _NEAR_BYTES // (4 * target.vector * self.pooled.channels)
        return min(most_vectors(target), max(near, _FEWEST_VECTORS))

    @property
    def _band_size(self) -> BandSize:
        pixels = max(1, min(_MOST_PIXELS, _MOST_LISTED // self.pooled.channels))
        return self.windows.band(4 * self.input.channels, pixels)

    @property
    def _lists(self) -> LiveFilters:
        size = self._band_size
        pixels = size.pictures * size.rows * size.columns
        filters, places = self.pooled.channels, math.prod(self.pool)
        return LiveFilters(pixels, places, filters)


def _number(f: Function, band: PooledBand, picture: Index, row: Index, column: Index) -> Index:
    """Which of a band's pixels it is."""
    rows = f.add(f.multiply(picture, band.rows), row)
    return f.add(f.multiply(rows, band.columns), column)
