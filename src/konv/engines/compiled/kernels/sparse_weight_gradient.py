"""The weight gradient of a convolution behind which a rectifier and a max-pool stand.

::

    kernel_gradient[o, k, l, c] += Σ g · x[i·s + k·d − p, j·s + l·d − q, c]
    bias_gradient[o]            += Σ g

over the live values g: for every pooled value only the winner (i, j) of its window has a gradient,
and only where the rectifier lets it pass; with pools of 2 × 2 and half of them, one in eight. The
results are those of the dense sums, which add zeros instead.

The lists of live values come first (:mod:`~konv.engines.compiled.kernels.live_values`), for a band
of pixels whose part of x fits the nearest cache. Then, filter by filter, some vectors of the
gradient are held in registers, while the list is walked through: a live value takes a multiply-add
for each of them, with a vector of x.

Gradients lie filter by filter, some channels at a time: see :meth:`filter_order`.

Order of the sums: band by band, and in a band picture by picture, row by row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import ClassVar

from konv.engines.compiled.emit.function import BYTE, Function, Index, Value
from konv.engines.compiled.kernels.bands import add_to, picture_blocks
from konv.engines.compiled.kernels.filter_order import FilterOrder
from konv.engines.compiled.kernels.live_lists import LiveLists, live_bytes
from konv.engines.compiled.kernels.live_values import LiveValues
from konv.engines.compiled.kernels.packed_channels import WIDEST, PackedChannels, filled, pixel_room
from konv.engines.compiled.kernels.pooled_gradient import PooledGradient, most_vectors
from konv.engines.compiled.kernels.pooled_windows import BandSize, PooledBand
from konv.engines.compiled.kernels.window_tiles import WindowVector, window_parts
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["SparseWeightGradient"]


@record
class _Block:
    """Some channels, and what windows meet of them.

    Args:
        channel, channels: the first, and how many.
        met: where the first window of a band begins.
        pixel, row: from one pixel, and from one row, to the next.
    """

    channel: Index
    channels: int
    met: Value
    pixel: int
    row: int


@record
class _Section:
    """Some vectors of the gradients of all filters.

    Args:
        gradient: where those of the first filter begin.
        step: from those of one filter to those of the next.
        met, pixel: where the first window begins, and from one pixel to the next.
        vectors: where each lies from there on, and what it meets in a window.
    """

    gradient: Value
    step: int
    met: Value
    pixel: int
    vectors: Sequence[WindowVector]


@record
class SparseWeightGradient(PooledGradient):
    """See the head of this file."""

    pointers: ClassVar[tuple[str, ...]] = (
        "x",
        "y",
        "winner",
        "dy",
        "kernel_gradient",
        "bias_gradient",
        "scratch",
    )

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes if half is live: fitted to what was measured."""
        pixels, filters = self.pooled.height * self.pooled.width, self.pooled.channels
        blocks = -(-filters // target.vector)
        lists = pixels * (10 * blocks if target.vector == WIDEST else 10 * blocks + 1.8 * filters)
        bands = self.windows.bands(4 * self._pixel_room(target))
        packed = 3 * math.prod(self._met(target)) * self._packed(target)
        channels = self.input.channels
        passes = -(-channels // self._channels_at_once(target))
        vectors = self._vectors(target)
        tiles = max(passes, -(-vectors // most_vectors(target)))
        of_values = pixels * filters / 2 * max(4 * tiles, 0.9 * vectors + tiles)
        of_lists = filters * (40 * tiles + 3.5 * vectors)
        of_blocks = -(-channels // target.vector) * packed
        return lists + of_values + bands * (of_lists + of_blocks)

    def filter_order(self, target: Target) -> FilterOrder:
        """How the gradient lies."""
        channels = self.input.channels
        size = (*self.window.kernel, channels, self.pooled.channels)
        return FilterOrder(*size, min(channels, target.vector))

    def scratch_bytes(self, target: Target) -> int:
        """Private memory, per picture: for what is packed of x, and for the lists behind it."""
        band = self._band_size(target)
        lists = live_bytes(band.rows * band.columns, self.pooled.channels)
        return self._packed_bytes(target) + lists

    def emit(self, f: Function) -> None:
        largest = self._band_size(f.target)
        for picture, count in picture_blocks(f, largest.pictures):
            for band in self.windows.bands_of(f, picture, count, largest):
                self._band(f, band)

    def _band(self, f: Function, band: PooledBand) -> None:
        bias = f.pointers["bias_gradient"] if self.bias else None
        packed = f.multiply(band.pictures, self._packed_bytes(f.target))
        room = f.at(f.pointers["scratch"], packed, BYTE)
        lists = self._live_values(f.target).write(f, band, room, bias)
        for channel, channels in f.blocks(self.input.channels, self._channels_at_once(f.target)):
            blocks = self._blocks(f, band, channel, channels)
            for sections in self._passes(f, blocks):
                self._add(f, lists, sections)

    def _blocks(self, f: Function, band: PooledBand, channel: Index, channels: int) -> list[_Block]:
        """What the windows of a band meet of some channels, a vector of them at a time."""
        first, width = self.first_met(f, band.picture, band.row, band.column), f.target.vector
        x = f.at(f.pointers["x"], f.add(first, channel))
        if not self._packed(f.target):
            return [_Block(channel, channels, x, self.input.channels, self.input.row)]
        blocks, room = [], f.pointers["scratch"]
        whole = f.multiply(band.pictures, math.prod(self._met(f.target)) * width)
        size = (band.pictures, *self.windows.met_by(f, band.rows, band.columns))
        for start in range(0, channels, width):
            count = min(width, channels - start)
            packing = PackedChannels(self.input, *self._met(f.target), count, width)
            packing.pack(f, room, f.at(x, start), size)
            blocks.append(_Block(f.add(channel, start), count, room, packing.pixel, packing.row))
            room = f.at(room, whole)
        return blocks

    def _passes(self, f: Function, blocks: Sequence[_Block]) -> Iterator[list[_Section]]:
        """What has room in registers, each time that the lists are walked through."""
        if len(blocks) > 1:
            yield [section for block in blocks for section in self._sections(f, block)]
            return
        for section in self._sections(f, blocks[0]):
            yield [section]

    def _sections(self, f: Function, block: _Block) -> Iterator[_Section]:
        order = self.filter_order(f.target)
        steps = (order.row(block.channels), block.channels)
        loops = self.loops((block.row, block.pixel, 1), steps, block.channels)
        first = f.add(order.first(f, block.channel), self.first_element(steps))
        for part in window_parts(f, loops, most_vectors(f.target)):
            gradient = f.at(f.pointers["kernel_gradient"], f.add(first, part.kernel))
            met, step = f.at(block.met, part.input), order.filter(block.channels)
            yield _Section(gradient, step, met, block.pixel, part.vectors)

    def _add(self, f: Function, lists: LiveLists, sections: Sequence[_Section]) -> None:
        """Add what all live values of every filter give."""
        vectors = [(section, vector) for section in sections for vector in section.vectors]
        with f.loop(self.pooled.channels) as each:
            filter_ = f.index(each.index)
            sums = [f.constant(0, vector.piece.width) for _section, vector in vectors]
            with lists.each(f, filter_, sums) as (pixel, value, turn):
                windows = {section.pixel: f.multiply(pixel, section.pixel) for section in sections}
                for number, (section, vector) in enumerate(vectors):
                    window = f.at(section.met, windows[section.pixel])
                    piece = filled(vector.piece) if self._packed(f.target) else vector.piece
                    met = f.load_vector(f.at(window, vector.input), piece)
                    spread = f.splat(value, vector.piece.width)
                    turn.results[number] = f.multiply_add(spread, met, turn.carried[number])
            places = []
            for section, vector in vectors:
                gradient = f.at(section.gradient, f.multiply(filter_, section.step))
                places.append((f.at(gradient, vector.kernel), vector.piece))
            add_to(f, places, sums)

    # Sizes

    def _vectors(self, target: Target) -> int:
        """How many vectors a window has."""
        rows, columns = self.window.kernel
        whole, rest = divmod(self.input.channels, target.vector)
        room = pixel_room(rest, target.vector)
        return rows * (columns * whole + -(-columns * room // target.vector))

    def _packed(self, target: Target) -> bool:
        """Whether some channels at a time are copied: else windows are read where they lie."""
        channels = self.input.channels
        return pixel_room(min(channels, target.vector), target.vector) != channels

    def _channels_at_once(self, target: Target) -> int:
        """As many as their gradients have room in registers: whole vectors, evenly."""
        vectors = -(-self.input.channels // target.vector)
        together = max(1, most_vectors(target) // math.prod(self.window.kernel))
        passes = -(-vectors // together)
        return min(self.input.channels, -(-vectors // passes) * target.vector)

    def _band_size(self, target: Target) -> BandSize:
        """As many pixels as fit the cache with those channels."""
        return self.windows.band(4 * self._pixel_room(target))

    def _pixel_room(self, target: Target) -> int:
        """What a pixel of the input takes up while it is worked on, in elements."""
        channels = self._channels_at_once(target)
        whole = -(-channels // target.vector) * target.vector
        return whole if self._packed(target) else channels

    def _met(self, target: Target) -> tuple[int, int]:
        """Rows and columns of the input that the windows of the largest band meet."""
        band = self._band_size(target)
        return self.windows.met(band.rows, band.columns)

    def _packed_bytes(self, target: Target) -> int:
        """The room for what is packed of a picture."""
        if not self._packed(target):
            return 0
        return 4 * math.prod(self._met(target)) * self._pixel_room(target)

    def _live_values(self, target: Target) -> LiveValues:
        """The lists, with windows counted in pixels of what they meet."""
        down, across = self.window.stride
        rows, columns = self._met(target)
        picture, row = rows * columns, columns
        if not self._packed(target):
            row = self.input.row // self.input.channels
            picture = self.input.size // self.input.channels
        steps = (picture, down * row, across)
        return LiveValues(self.pooled, self.gradient, self.pool, steps, self.rectifier)
