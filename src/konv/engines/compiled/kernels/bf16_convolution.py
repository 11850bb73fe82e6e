"""Convolution in bfloat16: products rounded once, sums in float32; for prediction.

::

    z[i, j, o] = Σ_{k, l, c} r(x[i·s + k·d − p, j·s + l·d − q, c]) · r(kernel[k, l, c, o]) + bias[o]

r rounds to bfloat16. x comes rounded (:mod:`bf16_map`), the kernel in tiles (:mod:`bf16_weights`).
The sums of a strip of the map wait on the stack; then the bias is added, the largest of each pool
window is taken, and the rectifier applied. The order of a sum is that of the kernel's elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import ClassVar

from konv.engines.compiled.emit.bf16 import BF16_BYTES, rounded, store_rounded
from konv.engines.compiled.emit.function import BYTE, Function, Index, Piece, Value
from konv.engines.compiled.emit.tiles import ROW_BYTES, TILE_BYTES
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.bf16_map import CHANNELS
from konv.engines.compiled.kernels.bf16_products import (
    Block,
    Group,
    Products,
    product_cycles,
    products,
)
from konv.engines.compiled.kernels.bf16_strips import GROUP, Strips, best_strips
from konv.engines.compiled.kernels.bf16_weights import FILTERS
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.correlation import WindowLoop
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["Bf16Convolution"]

_SECOND_LEVEL_BYTES = 1 << 20  # of the second-level cache, what the tiles of weights may fill
_BLOCKS, _GROUPS = 2, 2  # at the same time
_FLOAT_BYTES = 4
# To begin and to end some sums: measured, by the whole convolution.
_BLOCK_CYCLES = 300
_COLUMNS = 4  # outputs that one turn finishes


@record
class Bf16Convolution(Kernel):
    """Called with pictures.

    Pointers::

        x       bfloat16, as ``input`` says, with zeros where the map is padded
        tiles   bfloat16, as ``Bf16Weights`` makes them
        bias    float32 [filters], if there is one
        y       written, float32 or rounded, as ``output`` says; its border is left alone

    Args:
        input, output: the maps; the channels of one in bfloat16 are ``filled_up``.
        filters: how many there are.
        window: how windows lie on the input.
        bias: whether one is added.
        rectifier: what is applied to the sums.
        pool: rows and columns of a pool window.
        rounded: whether y is bfloat16; channels that fill it up are 0 or left alone.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "tiles", "bias", "y")

    input: MapLayout
    output: MapLayout
    filters: int
    window: Window
    bias: bool = True
    rectifier: Rectifier = LINEAR
    pool: tuple[int, int] = (1, 1)
    rounded: bool = False

    @property
    def operations(self) -> int:
        pixels = self.output.height * self.output.width * self.pool[0] * self.pool[1]
        return pixels * self.taps * self.input.channels * self.filters

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes."""
        strips = self.strips
        steps = self.taps * self.input.channels // CHANNELS
        blocks = -(-self.filters // FILTERS)
        products = strips.groups * blocks * steps * product_cycles(target, strips.group)
        return products + strips.blocks * -(-blocks // _BLOCKS) * _BLOCK_CYCLES

    @property
    def taps(self) -> int:
        """Elements of the window."""
        return self.window.kernel[0] * self.window.kernel[1]

    @property
    def y_bytes(self) -> int:
        """Of a number of y."""
        return BF16_BYTES if self.rounded else _FLOAT_BYTES

    @property
    def block_bytes(self) -> int:
        """What the tiles of 16 filters take."""
        return self.taps * self.input.channels // CHANNELS * TILE_BYTES

    @property
    def strips(self) -> Strips:
        """How the map is cut."""
        return best_strips(self.input, self.output, self.pool, self.window.stride)

    def emit(self, f: Function) -> None:
        strips = self.strips
        room = f.scratch(strips.lines * strips.slots * _BLOCKS * FILTERS)
        with products(f, (strips.group, strips.group)) as unit:
            for picture, first, filters in self._walk(f):
                x, y = (
                    f.at(f.pointers[name], f.multiply(picture, bytes), BYTE)
                    for name, bytes in (
                        ("x", self.input.size * BF16_BYTES),
                        ("y", self.output.size * self.y_bytes),
                    )
                )
                chunk = _Chunk(f, self, strips, unit, room, first, filters)
                for corner in self._corners(f):
                    chunk.sum(x, corner)
                    chunk.finish(y, corner)

    def _corners(self, f: Function) -> Iterator[tuple[Index, Index]]:
        """The first row and the first column of the outputs of each strip."""
        strips, output = self.strips, self.output
        with f.loop(strips.down) as down, f.loop(strips.across) as across:
            yield (
                f.smaller(f.multiply(down.index, strips.rows), output.height - strips.rows),
                f.smaller(f.multiply(across.index, strips.columns), output.width - strips.columns),
            )

    def _walk(self, f: Function) -> Iterator[tuple[Index, Index, int]]:
        """(picture, first of some filters, how many): what does not fit the cache is read once."""
        filters = self.filters
        if -(-filters // FILTERS) * self.block_bytes <= _SECOND_LEVEL_BYTES:
            with f.loop(f.count) as picture:
                for first, count in f.blocks(filters, _BLOCKS * FILTERS):
                    yield picture.index, first, count
            return
        for first, count in f.blocks(filters, _BLOCKS * FILTERS):
            with f.loop(f.count) as picture:
                yield picture.index, first, count


@record
class _Chunk:
    """Some filters of a picture.

    Args:
        f: where it is written.
        what: the convolution.
        strips: how its map is cut.
        unit: what multiplies.
        room: for the sums of a strip: slot by slot, the filters side by side.
        first, filters: which, and how many.
    """

    f: Function
    what: Bf16Convolution
    strips: Strips
    unit: Products
    room: Value
    first: Index
    filters: int

    @property
    def _slot_bytes(self) -> int:
        """From the sums of a place to those of the next."""
        return len(self._pieces) * ROW_BYTES

    @property
    def _pieces(self) -> list[Piece]:
        """The filters in blocks, of which the last may not be full."""
        return [
            Piece(start, min(FILTERS, self.filters - start), FILTERS)
            for start in range(0, self.filters, FILTERS)
        ]

    def sum(self, x: Value, corner: tuple[Index, Index]) -> None:
        """All sums of the strip whose first row and column of outputs these are."""
        f, what, strips = self.f, self.what, self.strips
        top, left = what.window.padding
        line_step = what.window.stride[0] * what.input.row
        begin = f.add(
            f.multiply(corner[0], what.pool[0] * line_step),
            f.multiply(corner[1], what.pool[1] * what.window.stride[1] * what.input.channels),
            what.input.at(-top, -left),
        )
        with f.loop(strips.lines) as line:
            from_ = f.add(begin, f.multiply(line.index, line_step))
            pixels = f.at(x, f.multiply(from_, BF16_BYTES), BYTE)
            to = f.multiply(line.index, strips.slots * self._slot_bytes)
            self._line(pixels, f.at(self.room, to, BYTE))

    def _line(self, x: Value, sums: Value) -> None:
        f, strips = self.f, self.strips
        whole, rest = divmod(strips.slots, GROUP)
        places = list(range(0, whole * GROUP, GROUP)) + [strips.slots - strips.group] * (rest > 0)
        together = whole // _GROUPS
        with f.loop(together) as turn:
            first = f.multiply(turn.index, _GROUPS * GROUP)
            self._block(x, sums, [f.add(first, place) for place in places[:_GROUPS]])
        if left := places[together * _GROUPS :]:
            self._block(x, sums, left)

    def _block(self, x: Value, sums: Value, places: Sequence[Index]) -> None:
        f, what = self.f, self.what
        slot_bytes = what.window.stride[1] * what.input.channels * BF16_BYTES
        groups = [
            Group(
                number,
                f.at(x, f.multiply(place, slot_bytes), BYTE),
                f.at(sums, f.multiply(place, self._slot_bytes), BYTE),
            )
            for number, place in enumerate(places)
        ]
        block, _rest = f.divide(self.first, FILTERS)
        tiles = f.at(f.pointers["tiles"], f.multiply(block, what.block_bytes), BYTE)
        columns = [f.at(tiles, n * what.block_bytes, BYTE) for n in range(len(self._pieces))]
        self.unit.add(Block(groups, columns, slot_bytes, self._slot_bytes, self._steps))

    @property
    def _steps(self) -> list[WindowLoop]:
        """The window: rows, columns, channels."""
        what = self.what
        (rows, columns), (down, across) = what.window.kernel, what.window.dilation
        steps = what.input.channels // CHANNELS
        row, pixel = (n * BF16_BYTES for n in (what.input.row, what.input.channels))
        return [
            WindowLoop(rows, down * row, columns * steps * TILE_BYTES),
            WindowLoop(columns, across * pixel, steps * TILE_BYTES),
            WindowLoop(steps, ROW_BYTES, TILE_BYTES),
        ]

    def finish(self, y: Value, corner: tuple[Index, Index]) -> None:
        """What follows the sums of a strip, and where it goes."""
        f, what = self.f, self.what
        pieces = self._pieces
        bias = [self._bias(f.add(self.first, piece.start), piece) for piece in pieces]
        place = f.add(
            f.multiply(corner[0], what.output.row),
            f.multiply(corner[1], what.output.channels),
            what.output.origin,
            self.first,
        )
        y = f.at(y, f.multiply(place, what.y_bytes), BYTE)
        with f.loop(self.strips.rows) as down:
            target = f.at(y, f.multiply(down.index, what.output.row * what.y_bytes), BYTE)
            begin = f.multiply(down.index, what.pool[0] * self.strips.pitch)
            for across, count in f.blocks(self.strips.columns, _COLUMNS):
                for column in (f.add(across, number) for number in range(count)):
                    slot = f.add(begin, f.multiply(column, what.pool[1]))
                    to = f.at(target, f.multiply(column, what.output.channels * what.y_bytes), BYTE)
                    self._output(slot, to, list(zip(pieces, bias, strict=True)))

    def _bias(self, place: Index, piece: Piece) -> Value | None:
        if not self.what.bias:
            return None
        return self.f.load_vector(self.f.at(self.f.pointers["bias"], place), piece)

    def _output(self, slot: Index, y: Value, pieces: Sequence[tuple[Piece, Value | None]]) -> None:
        f, what = self.f, self.what
        sums = f.at(self.room, f.multiply(slot, self._slot_bytes), BYTE)
        window = [
            (i * self.strips.pitch + j) * self._slot_bytes
            for i in range(what.pool[0])
            for j in range(what.pool[1])
        ]
        for piece, bias in pieces:
            values = [
                f.load_vector(f.at(sums, at + 4 * piece.start, BYTE), Piece(0, FILTERS, FILTERS))
                for at in window
            ]
            z = reduce(lambda one, other: f.larger_of(other, one), values)
            z = z if bias is None else f.builder.fadd(z, bias)
            self._store(what.rectifier.apply(f, z), y, piece)

    def _store(self, z: Value, y: Value, piece: Piece) -> None:
        f, what = self.f, self.what
        address = f.at(y, piece.start * what.y_bytes, BYTE)
        if not what.rounded:
            f.store_vector(z, address, piece)
            return
        if not piece.whole:
            # Tiles have zeros for filters that are none, but zero times infinity is none.
            z = f.builder.select(f.mask(piece), z, f.constant(0.0, FILTERS))
        store_rounded(f, rounded(f, z), address)
