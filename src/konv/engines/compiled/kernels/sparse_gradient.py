"""The gradients of a convolution behind which a rectifier and a max-pool stand, and nothing else.

::

    kernel_gradient[o, k, l, c] += Σ g · x[i·s + k·d − p, j·s + l·d − q, c]
    dx[i·s + k·d − p, j·s + l·d − q, c] = Σ g · kernel[o, k, l, c]
    bias_gradient[o]            += Σ g

over the live values g: for every pooled value only the winner (i, j) of its window has a gradient,
and only where the rectifier lets it pass; with pools of 2 × 2 and half of them, one in eight. The
results are those of the dense sums, which add zeros instead.

The lists of live values come first (:mod:`~konv.engines.compiled.kernels.live_values`), for a band
of pixels whose part of x and dx fits the nearest cache. Then, filter by filter, some vectors of the
kernel and of its gradient are held in registers, while the list is walked through: each live value
takes a multiply-add for the one (a vector of x is read) and one for the other (a vector of dx is
read and written).

Kernels lie filter by filter: (filters, rows, columns, channels), see
:mod:`~konv.engines.compiled.kernels.turned_kernel`.

Order of the sums: band by band, and in a band picture by picture, row by row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import ClassVar

from konv.engines.compiled.emit.function import BYTE, Function, Index, Piece, Value
from konv.engines.compiled.kernels.bands import add_to, even_blocks, picture_blocks, vector_blocks
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.correlation import WindowLoop, joined
from konv.engines.compiled.kernels.live_lists import LiveLists, live_bytes
from konv.engines.compiled.kernels.live_values import LiveBand, LiveValues
from konv.engines.compiled.kernels.packed_channels import WIDEST, PackedChannels, filled
from konv.engines.compiled.kernels.pooled_gradient import PooledGradient
from konv.engines.compiled.kernels.pooled_windows import BandSize
from konv.engines.compiled.kernels.window_tiles import (
    WindowTile,
    even_parts,
    window_elements,
    window_tiles,
)
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["SparseGradient"]

# Windows of up to so many register tiles are written out; longer ones are loops.
_MOST_TILES = 3
# Vectors of a window that is read where it lies; the code for longer ones would grow too long.
_MOST_IN_PLACE = 28


@record
class _Vector:
    """Some numbers of a window.

    Args:
        input, kernel: where they lie.
        met, piece: how many they are there.
    """

    input: int
    kernel: int
    met: Piece
    piece: Piece


@record
class SparseGradient(PooledGradient):
    """See the head of this file.

    Args:
        input_gradient: the map dx, which lies as x does; what its border holds afterwards means
            nothing. None: it is not needed, and neither is ``turned``.
    """

    pointers: ClassVar[tuple[str, ...]] = (
        "x",
        "y",
        "winner",
        "dy",
        "turned",
        "kernel_gradient",
        "bias_gradient",
        "dx",
        "scratch",
    )

    input_gradient: MapLayout | None = None

    @property
    def operations(self) -> int:
        """If half of the pooled values are live."""
        values = self.pooled.height * self.pooled.width * self.pooled.channels
        return values * self.window_size // (1 if self.input_gradient else 2)

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes if half is live: fitted to what was measured."""
        pixels, filters = self.pooled.height * self.pooled.width, self.pooled.channels
        blocks = -(-filters // target.vector)
        lists = pixels * (16 * blocks if target.vector == WIDEST else 10 * blocks + 1.8 * filters)
        chunks = -(-self.input.channels // target.vector) if self._packed else 1
        tiles = -(-self._vectors_at_once(target) // self._most_vectors(target))
        of_list = 55 * tiles + 3.5 * self._vectors_at_once(target)
        of_band = filters * of_list + 12 * math.prod(self._met) * self._packed
        bands = self.windows.bands(self._pixel_bytes)
        moved = 1.5 * self.input.size / target.vector if self.input_gradient else 0
        values = pixels * filters / 2 * self._value_cycles(target)
        return lists + chunks * (values + bands * of_band) + moved

    def _value_cycles(self, target: Target) -> float:
        """What a live value costs, each time that its list is walked through."""
        vectors = self._vectors_at_once(target)
        if not self.input_gradient:
            return max(4.5, (1.25 if target.vector == WIDEST else 1.1) * vectors)
        whole = min(self.input.channels, target.vector) > WIDEST // 2
        return (1.5 if whole else 1.05) * (vectors + -(-vectors // self._most_vectors(target)))

    def _vectors_at_once(self, target: Target) -> int:
        """How many vectors a window has: of all channels, or of those that are packed together."""
        rows, columns = self.window.kernel
        in_a_row = -(-columns * self.input.channels // target.vector)
        return rows * (columns if self._packed else in_a_row)

    @property
    def scratch_bytes(self) -> int:
        """Private memory, per picture."""
        return self._packed_bytes + live_bytes(
            self._band_size.rows * self._band_size.columns, self.pooled.channels
        )

    def emit(self, f: Function) -> None:
        largest = self._band_size
        for picture, count in picture_blocks(f, largest.pictures):
            if self.input_gradient:
                self._clear(f, picture, count)
            for row, rows in even_blocks(f, self.pooled.height, largest.rows):
                for column, columns in even_blocks(f, self.pooled.width, largest.columns):
                    self._band(f, LiveBand(picture, count, row, rows, column, columns))

    def _clear(self, f: Function, picture: Index, count: Index) -> None:
        pictures = f.at(f.pointers["dx"], f.multiply(picture, self.input.size))
        with f.loop(count) as turn:
            dx = f.at(pictures, f.multiply(turn.index, self.input.size))
            for start, piece in f.row(self.input.size, 4):
                f.store_vector(f.constant(0, piece.width), f.at(dx, start), piece)

    def _band(self, f: Function, band: LiveBand) -> None:
        bias = f.pointers["bias_gradient"] if self.bias else None
        room = f.multiply(band.pictures, self._packed_bytes)
        scratch = f.at(f.pointers["scratch"], room, BYTE)
        lists = self._live_values(f).write(f, band, scratch, bias)
        begin = self.first_met(f, band.picture, band.row, band.column)
        x, dx = (f.at(f.pointers[name], begin) for name in ("x", "dx"))
        if self._packed:
            self._channel_by_channel(f, band, lists, x, dx)
            return
        for vectors in even_parts(self._vectors(f), self._most_vectors(f.target)):
            self._filters(f, lists, (x, dx), self.first_element, vectors)

    def _channel_by_channel(
        self, f: Function, band: LiveBand, lists: LiveLists, x: Value, dx: Value
    ) -> None:
        packing, packed = self._packing(f), f.pointers["scratch"]
        size = (band.pictures, *self.windows.met_by(f, band.rows, band.columns))
        maps = [x, dx] if self.input_gradient else [x]
        here = (packed, f.at(packed, packing.width))
        for start, (block,) in vector_blocks(f, self.input.channels, 1):
            (piece,) = f.pieces(block.lanes)
            packing.pack(f, packed, [f.at(pointer, start) for pointer in maps], size, piece)
            for tile in self._tiles(f):
                first = f.add(start, self.first_element, tile.kernel)
                sources = tuple(f.at(pointer, tile.input) for pointer in here)
                vectors = [_Vector(e.input, e.kernel, filled(piece), piece) for e in tile.elements]
                self._filters(f, lists, sources, first, vectors)
            if self.input_gradient:
                packing.unpack(f, packed, f.at(dx, start), size, piece)

    def _tiles(self, f: Function) -> Iterator[WindowTile]:
        """The elements of a window, without the channels, in register tiles."""
        loops, most = joined(self.loops(*self._pitches(f))[:-1]), self._most_vectors(f.target)
        if math.prod(loop.count for loop in loops) > _MOST_TILES * most:
            yield from window_tiles(f, loops, most)
            return
        for elements in even_parts(window_elements(loops), most):
            yield WindowTile(0, 0, elements)

    def _filters(
        self,
        f: Function,
        lists: LiveLists,
        sources: tuple[Value, Value],
        kernel: Index,
        vectors: Sequence[_Vector],
    ) -> None:
        """Some vectors of every filter, with all of its live values."""
        with f.loop(self.pooled.channels) as each:
            filter_ = f.index(each.index)
            place = f.add(f.multiply(filter_, self.window_size), kernel)
            turned, gradient = (
                f.at(f.pointers[name], place) for name in ("turned", "kernel_gradient")
            )
            weights = []
            if self.input_gradient:
                weights = [f.load_vector(f.at(turned, one.kernel), one.piece) for one in vectors]
            sums = [f.constant(0, one.piece.width) for one in vectors]
            with lists.each(f, filter_, sums) as (offset, value, turn):
                x, dx = (f.at(source, offset) for source in sources)
                for number, one in enumerate(vectors):
                    spread = f.splat(value, one.piece.width)
                    met = f.load_vector(f.at(x, one.input), one.met)
                    turn.results[number] = f.multiply_add(spread, met, turn.carried[number])
                    if self.input_gradient:
                        address = f.at(dx, one.input)
                        before = f.load_vector(address, one.met)
                        after = f.multiply_add(spread, weights[number], before)
                        f.store_vector(after, address, one.met)
            add_to(f, [(f.at(gradient, one.kernel), one.piece) for one in vectors], sums)

    def _most_vectors(self, target: Target) -> int:
        """How many vectors of a filter have room in the registers."""
        return (target.registers - 4) // (2 if self.input_gradient else 1)

    def _vectors(self, f: Function) -> list[_Vector]:
        """The whole window as vectors of neighbouring numbers."""
        loops = joined(self.loops(*self._pitches(f)))
        if (loops[-1].input_step, loops[-1].kernel_step) != (1, 1):
            loops.append(WindowLoop(1, 1, 1))
        return [
            _Vector(element.input + piece.start, element.kernel + piece.start, piece, piece)
            for element in window_elements(loops[:-1])
            for piece in f.pieces(loops[-1].count)
        ]

    # Sizes

    @property
    def _packed(self) -> bool:
        """Whether some channels at a time are copied: else windows are read where they lie."""
        rows, columns = self.window.kernel
        vectors = rows * -(-columns * self.input.channels // WIDEST)
        return self.input_gradient is not None or vectors > _MOST_IN_PLACE

    @property
    def _pixel_bytes(self) -> int:
        """What a pixel of the input takes up in the cache while it is worked on."""
        return 4 * (2 * WIDEST if self._packed else self.input.channels)

    @property
    def _band_size(self) -> BandSize:
        return self.windows.band(self._pixel_bytes)

    @property
    def _met(self) -> tuple[int, int]:
        """Rows and columns of the input that the windows of the largest band meet."""
        return self.windows.met(self._band_size.rows, self._band_size.columns)

    @property
    def _packed_bytes(self) -> int:
        """The room for a band of packed channels, per picture."""
        return math.prod(self._met) * self._pixel_bytes if self._packed else 0

    def _packing(self, f: Function) -> PackedChannels:
        return PackedChannels(self.input, *self._met, f.pieces(self.input.channels)[0].width)

    def _pitches(self, f: Function) -> tuple[int, int]:
        """From one row, and from one column, to the next, where windows are read."""
        if not self._packed:
            return self.input.row, self.input.channels
        packing = self._packing(f)
        return packing.row, packing.pixel

    def _live_values(self, f: Function) -> LiveValues:
        down, across = self.window.stride
        row, column = self._pitches(f)
        picture = self._packing(f).picture if self._packed else self.input.size
        steps = (picture, down * row, across * column)
        return LiveValues(self.pooled, self.gradient, self.pool, steps, self.rectifier)
