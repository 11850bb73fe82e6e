"""What a convolution's kernel and bias are to change: sums over all pixels of all pictures.

::

    kernel_gradient[k, l, c, o] += Σ x[n, i·s + k·d − p, j·s + l·d − q, c] · dz[n, i, j, o]
    bias_gradient[o]            += Σ dz[n, i, j, o]          over pictures n and pixels i, j

The sums of P window elements (k, l, c) for V vectors of filters stay in registers while the pixels
are walked through: for each, V vectors of dz are loaded, P numbers of the input are each spread
over a vector, and P·V multiply-adds follow. Pixels are taken in bands whose part of dz stays in the
nearest cache while all elements of the window pass over it.

The bias is one more element of the window, one that always meets a 1.

Order of the sums: pixel by pixel within a band; the sum of a band is added to the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.bands import add_to, even_blocks, picture_blocks, vector_blocks
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.correlation import WindowLoop, joined
from konv.engines.compiled.kernels.window_tiles import (
    WindowElement,
    even_parts,
    window_elements,
    window_tiles,
)
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["ConvolutionWeightGradient"]

_MOST_VECTORS = 4
# A band's part of dz: half of the nearest cache; the other half is for what the windows read.
_BAND_BYTES = 24576
# Fewer pixels would not pay for bringing the sums to memory.
_FEWEST_PIXELS = 64
# Windows of up to so many register tiles are written out; longer ones are loops.
_MOST_TILES = 3


# The sums of a register tile. None is that of the bias: no number of the window.
_Sums = Sequence[WindowElement | None]


@record
class _Band:
    """Some rows of some pictures, and some vectors of filters."""

    x: Value
    dz: Value
    pictures: Index
    rows: Index
    pieces: Sequence[Piece]


@record
class ConvolutionWeightGradient(Kernel):
    """See the head of this file.

    Args:
        input: the map x; its border holds at least what the windows reach.
        gradient: the map dz; its border is not read.
        window: how windows lie on x.
        groups: how many groups the channels are divided into.
        flipped: whether kernels are turned by 180°, as in a true convolution.
        bias: whether there is one; the pointer is not looked at otherwise.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "dz", "kernel_gradient", "bias_gradient")

    input: MapLayout
    gradient: MapLayout
    window: Window
    groups: int = 1
    flipped: bool = False
    bias: bool = True

    @property
    def operations(self) -> int:
        rows, columns = self.window.kernel
        pixels = self.gradient.height * self.gradient.width
        return pixels * self.gradient.channels * rows * columns * self._channels

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes: fitted to what was measured."""
        filters = self.gradient.channels // self.groups
        vectors = -(-filters // min(target.vector, 1 << (filters - 1).bit_length()))
        chunks = -(-vectors // _vectors(target, vectors))
        elements = math.prod(self.window.kernel) * self._channels + self.bias
        tiles = -(-elements // _elements(target, -(-vectors // chunks)))
        # A vector that begins anywhere mostly lies in two lines of the cache.
        loads = elements * chunks + vectors * tiles * (1 if filters % target.vector == 0 else 1.75)
        multiply_adds = elements * vectors * (1.5 if target.name == "baseline" else 1)
        pixels = self.gradient.height * self.gradient.width * self.groups
        return 1.08 * pixels * max(multiply_adds, loads) / 2

    @property
    def _channels(self) -> int:
        return self.input.channels // self.groups

    def emit(self, f: Function) -> None:
        filters = self.gradient.channels // self.groups
        pieces = f.pieces(filters)
        most = _vectors(f.target, len(pieces))
        vectors = -(-len(pieces) // -(-len(pieces) // most))
        for picture, pictures, row, rows in self._bands(f, vectors * pieces[0].width):
            with f.loop(self.groups) as group:
                first = f.multiply(group.index, filters)
                channel = f.multiply(group.index, self._channels)
                x = f.at(f.pointers["x"], f.add(self._input_offset(f, picture, row), channel))
                dz = f.at(f.pointers["dz"], f.add(self._gradient_offset(f, picture, row), first))
                for start, part in vector_blocks(f, filters, vectors):
                    band = _Band(x, f.at(dz, start), pictures, rows, part)
                    self._window(f, band, f.add(first, start))

    def _bands(self, f: Function, filters: int) -> Iterator[tuple[Index, Index, Index, Index]]:
        """Every band: (its first picture, how many; its first row, how many)."""
        height, width = self.gradient.height, self.gradient.width
        most = max(-(-_FEWEST_PIXELS // width), _BAND_BYTES // (4 * width * filters))
        for picture, pictures in picture_blocks(f, max(1, most // height)):
            for row, rows in even_blocks(f, height, most):
                yield picture, pictures, row, rows

    def _window(self, f: Function, band: _Band, filter_: Index) -> None:
        """All sums of some filters over one band."""
        most = _elements(f.target, len(band.pieces))
        loops = self._loops()
        elements: list[WindowElement | None] = [None] * self.bias
        if math.prod(loop.count for loop in loops) + self.bias <= most * _MOST_TILES:
            for part in even_parts([*elements, *window_elements(loops)], most):
                self._tile(f, band, part, (0, filter_))
            return
        if self.bias:
            self._tile(f, band, elements, (0, filter_))
        for tile in window_tiles(f, loops, most):
            moved = replace(band, x=f.at(band.x, tile.input))
            self._tile(f, moved, tile.elements, (tile.kernel, filter_))

    def _tile(self, f: Function, band: _Band, elements: _Sums, place: tuple[Index, Index]) -> None:
        """Some sums over one band, added to what they are to change."""
        width = band.pieces[0].width
        sums = [f.constant(0, width)] * (len(elements) * len(band.pieces))
        with f.loop(band.pictures, sums) as picture:
            with f.loop(band.rows, picture.carried) as row:
                with f.loop(self.gradient.width, row.carried) as column:
                    x = f.at(band.x, self._step(f, picture.index, row.index, column.index))
                    dz = f.at(
                        band.dz,
                        f.add(
                            f.multiply(picture.index, self.gradient.size),
                            f.multiply(row.index, self.gradient.row),
                            f.multiply(column.index, self.gradient.channels),
                        ),
                    )
                    column.results = _pixel(f, x, dz, band.pieces, elements, column.carried)
                row.results = column.results
            picture.results = row.results
        add_to(f, self._addresses(f, band.pieces, elements, place), picture.results)

    def _addresses(
        self, f: Function, pieces: Sequence[Piece], elements: _Sums, place: tuple[Index, Index]
    ) -> list[tuple[Value, Piece]]:
        """Where the sums of a tile go."""
        first, filter_ = place
        addresses = []
        for element in elements:
            if element is None:
                array = f.at(f.pointers["bias_gradient"], filter_)
            else:
                offset = f.add(first, filter_, self._first_element + element.kernel)
                array = f.at(f.pointers["kernel_gradient"], offset)
            addresses += [(f.at(array, one.start - pieces[0].start), one) for one in pieces]
        return addresses

    def _loops(self) -> list[WindowLoop]:
        rows, columns = self.window.kernel
        direction = -1 if self.flipped else 1
        element = self._channels * self.gradient.channels
        down, across = self.window.dilation
        return joined(
            [
                WindowLoop(rows, down * self.input.row, direction * columns * element),
                WindowLoop(columns, across * self.input.channels, direction * element),
                WindowLoop(self._channels, 1, self.gradient.channels),
            ],
        )

    @property
    def _first_element(self) -> int:
        """The kernel element that the first element of a window meets."""
        rows, columns = self.window.kernel
        element = self._channels * self.gradient.channels
        return (rows * columns - 1) * element if self.flipped else 0

    def _input_offset(self, f: Function, picture: Index, row: Index) -> Index:
        top, left = self.window.padding
        return f.add(self._step(f, picture, row, 0), self.input.at(-top, -left))

    def _gradient_offset(self, f: Function, picture: Index, row: Index) -> Index:
        return f.add(
            f.multiply(picture, self.gradient.size),
            f.multiply(row, self.gradient.row),
            self.gradient.origin,
        )

    def _step(self, f: Function, picture: Index, row: Index, column: Index) -> Index:
        """From the window of the first pixel of a map to that of another."""
        down, across = self.window.stride
        return f.add(
            f.multiply(picture, self.input.size),
            f.multiply(row, down * self.input.row),
            f.multiply(column, across * self.input.channels),
        )


def _pixel(
    f: Function,
    x: Value,
    dz: Value,
    pieces: Sequence[Piece],
    elements: _Sums,
    sums: Sequence[Value],
) -> list[Value]:
    """The sums, one pixel later."""
    vectors = [f.load_vector(f.at(dz, piece.start - pieces[0].start), piece) for piece in pieces]
    results: list[Value] = []
    for number, element in enumerate(elements):
        totals = sums[number * len(pieces) : (number + 1) * len(pieces)]
        if element is None:
            results += [f.builder.fadd(*pair) for pair in zip(totals, vectors, strict=True)]
            continue
        spread = f.splat(f.load(f.at(x, element.input)), pieces[0].width)
        results += [
            f.multiply_add(spread, vector, total)
            for vector, total in zip(vectors, totals, strict=True)
        ]
    return results


def _elements(target: Target, vectors: int) -> int:
    """How many window elements have room in the registers, beside vectors of dz and a number."""
    return max(1, (target.registers - vectors - 2) // vectors)


def _vectors(target: Target, total: int) -> int:
    """With how many vectors of filters a multiply-add needs the fewest numbers from memory."""

    def loads(vectors: int) -> float:
        return 1 / vectors + 1 / _elements(target, vectors)

    return min(range(1, min(total, _MOST_VECTORS) + 1), key=loads)
