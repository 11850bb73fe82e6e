"""Pixels become the numbers that the first layer sees: number = pixel · scale + offset.

Two roundings, of the product and of the sum, as the reference has: no fused multiply-add. Scale and
offset of each channel stand in a table that is repeated until its length is a whole number of
vectors, so that a row is read without asking which channel comes next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, FLOAT, INT32, Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.elements import Dimension, each_vector, map_dimensions, places
from konv.engines.compiled.kernels.transposition import transposed

__all__ = ["ReadPixels"]

_KINDS = {"uint8": BYTE, "float32": FLOAT}
_BLOCK = 4
# A longer table of more channels would save little: a pixel fills several vectors.
_LONGEST_TABLE = 1024


@dataclass(frozen=True)
class ReadPixels(Kernel):
    """See the head of this file.

    Args:
        kind: of a pixel in memory: "uint8" or "float32".
        channels_first: whether the images lie as (channels, height, width).
        output: the map x, of which the border is left alone.
        scale, offset: one number per channel, or one for all.
    """

    pointers: ClassVar[tuple[str, ...]] = ("images", "x")

    kind: str
    channels_first: bool
    output: MapLayout
    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)

    def emit(self, f: Function) -> None:
        if self.channels_first and self.output.channels > 1:
            self._planes(f)
        elif len(set(self.scale)) == len(set(self.offset)) == 1:
            self._uniform(f)
        else:
            self._by_channel(f)

    def _uniform(self, f: Function) -> None:
        dimensions = map_dimensions(f, (self._dense, self.output))
        for (image, x), piece in each_vector(f, dimensions, self._starts, unrolled=4):
            scale, offset = (
                f.constant(values[0], piece.width) for values in (self.scale, self.offset)
            )
            self._read(f, image, x, piece, scale, offset)

    def _by_channel(self, f: Function) -> None:
        *outer, row = map_dimensions(f, (self._dense, self.output))
        channels = self.output.channels
        length = math.lcm(channels, f.target.vector)
        length = channels if length > _LONGEST_TABLE else length
        tables = [_table(f, self._each(values), length) for values in (self.scale, self.offset)]
        for starts in places(f, outer, self._starts):
            for first, count in f.blocks(row.count, length):
                for inside, piece in f.row(count, vectors=4):
                    image, x = (f.add(start, first, inside) for start in starts)
                    scale, offset = (f.load_vector(f.at(t, inside), piece) for t in tables)
                    self._read(f, image, x, piece, scale, offset)

    def _planes(self, f: Function) -> None:
        """Four pixels of four channels at a time, turned in registers."""
        dense, output = self._dense, self.output
        plane = dense.height * dense.width
        outer = [
            Dimension(f.count, (dense.size, output.size)),
            Dimension(dense.height, (dense.width, output.row)),
        ]
        tables = [
            _table(f, self._each(values), output.channels) for values in (self.scale, self.offset)
        ]
        for image, x in places(f, outer, self._starts):
            for channel, channels in f.blocks(output.channels, _BLOCK):
                for column, columns in f.blocks(output.width, _BLOCK):
                    begin = f.add(image, f.multiply(channel, plane), column)
                    piece = Piece(0, columns, _BLOCK)
                    lines = [
                        self._pixels(f, f.add(begin, line * plane), piece)
                        for line in range(channels)
                    ]
                    piece = Piece(0, channels, _BLOCK)
                    scale, offset = (f.load_vector(f.at(t, channel), piece) for t in tables)
                    for line, value in enumerate(transposed(f, lines, _BLOCK)[:columns]):
                        place = f.add(x, f.multiply(f.add(column, line), output.channels), channel)
                        self._write(f, value, place, piece, scale, offset)

    def _read(
        self, f: Function, image: Index, x: Index, piece: Piece, scale: Value, offset: Value
    ) -> None:
        self._write(f, self._pixels(f, image, piece), x, piece, scale, offset)

    def _pixels(self, f: Function, place: Index, piece: Piece) -> Value:
        """Some neighbouring pixels as float32 numbers."""
        kind = _KINDS[self.kind]
        pixels = f.load_vector(f.at(f.pointers["images"], place, kind), piece, kind)
        if kind is FLOAT:
            return pixels
        wide = f.builder.zext(pixels, ir.VectorType(INT32, piece.width))
        return f.builder.sitofp(wide, ir.VectorType(FLOAT, piece.width))

    def _write(
        self, f: Function, pixels: Value, place: Index, piece: Piece, scale: Value, offset: Value
    ) -> None:
        numbers = f.builder.fadd(f.builder.fmul(pixels, scale), offset)
        f.store_vector(numbers, f.at(f.pointers["x"], place), piece)

    def _each(self, values: tuple[float, ...]) -> list[float]:
        """One number for each channel."""
        return list(values) * (self.output.channels // len(values))

    @property
    def _dense(self) -> MapLayout:
        """The images: they have no border."""
        return MapLayout(self.output.height, self.output.width, self.output.channels)

    @property
    def _starts(self) -> list[Index]:
        return [0, self.output.origin]


def _table(f: Function, values: list[float], length: int) -> Value:
    """Numbers in the program's constant memory, repeated up to a length."""
    kind = ir.ArrayType(FLOAT, length)
    table = ir.GlobalVariable(f.module, kind, f.module.get_unique_name("numbers"))
    table.linkage, table.global_constant = "internal", True
    table.initializer = ir.Constant(kind, [values[i % len(values)] for i in range(length)])
    return table
