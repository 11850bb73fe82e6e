"""Pixels become the numbers that the first layer sees: number = pixel · scale + offset."""

from __future__ import annotations

import math
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, FLOAT, INT32, Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.elements import Dimension, each_vector, map_dimensions, places
from konv.engines.compiled.kernels.scaling import Scaling, is_uniform
from konv.engines.compiled.kernels.transposition import SIDE, transposed
from konv.engines.compiled.record import record

__all__ = ["ReadPixels"]

_KINDS = {"uint8": BYTE, "float32": FLOAT}
# A longer table of more channels would save little: a pixel fills several vectors.
_LONGEST_TABLE = 1024


@record
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
        if self.planes:
            self._planes(f)
        elif is_uniform(self.scale, self.offset):
            self._all_alike(f)
        else:
            self._by_channel(f)

    @property
    def planes(self) -> bool:
        """Whether the channels of a pixel are apart in memory."""
        return self.channels_first and self.output.channels > 1

    def scaling(self, f: Function, length: int) -> Scaling:
        """What pixels become; for so many neighbouring ones."""
        return Scaling(f, self.scale, self.offset, length)

    def pixels(self, f: Function, place: Index, piece: Piece) -> Value:
        """Some neighbouring pixels of the images as float32 numbers."""
        kind = _KINDS[self.kind]
        pixels = f.load_vector(f.at(f.pointers["images"], place, kind), piece, kind)
        if kind is FLOAT:
            return pixels
        wide = f.builder.zext(pixels, ir.VectorType(INT32, piece.width))
        return f.builder.sitofp(wide, ir.VectorType(FLOAT, piece.width))

    def _all_alike(self, f: Function) -> None:
        dimensions = map_dimensions(f, (self._dense, self.output))
        scaling = self.scaling(f, 1)
        for (image, x), piece in each_vector(f, dimensions, self._starts, unrolled=4):
            numbers = scaling.numbers(self.pixels(f, image, piece), 0, piece)
            f.store_vector(numbers, f.at(f.pointers["x"], x), piece)

    def _by_channel(self, f: Function) -> None:
        *outer, row = map_dimensions(f, (self._dense, self.output))
        channels = self.output.channels
        length = math.lcm(channels, f.target.vector)
        length = channels if length > _LONGEST_TABLE else length
        scaling = self.scaling(f, length)
        for starts in places(f, outer, self._starts):
            for first, count in f.blocks(row.count, length):
                for inside, piece in f.row(count, vectors=4):
                    image, x = (f.add(start, first, inside) for start in starts)
                    numbers = scaling.numbers(self.pixels(f, image, piece), inside, piece)
                    f.store_vector(numbers, f.at(f.pointers["x"], x), piece)

    def _planes(self, f: Function) -> None:
        """Four pixels of four channels at a time, turned in registers."""
        dense, output = self._dense, self.output
        plane = dense.height * dense.width
        outer = [
            Dimension(f.count, (dense.size, output.size)),
            Dimension(dense.height, (dense.width, output.row)),
        ]
        scaling = self.scaling(f, output.channels)
        for image, x in places(f, outer, self._starts):
            for channel, channels in f.blocks(output.channels, SIDE):
                for column, columns in f.blocks(output.width, SIDE):
                    begin = f.add(image, f.multiply(channel, plane), column)
                    piece = Piece(0, columns, SIDE)
                    lines = [
                        self.pixels(f, f.add(begin, line * plane), piece)
                        for line in range(channels)
                    ]
                    piece = Piece(0, channels, SIDE)
                    for line, value in enumerate(transposed(f, lines, SIDE)[:columns]):
                        place = f.add(x, f.multiply(f.add(column, line), output.channels), channel)
                        numbers = scaling.numbers(value, channel, piece)
                        f.store_vector(numbers, f.at(f.pointers["x"], place), piece)

    @property
    def _dense(self) -> MapLayout:
        """The images: they have no border."""
        return MapLayout(self.output.height, self.output.width, self.output.channels)

    @property
    def _starts(self) -> list[Index]:
        return [0, self.output.origin]
