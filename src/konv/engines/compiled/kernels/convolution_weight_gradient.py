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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.correlation import WindowLoop, joined
from konv.engines.compiled.target import Target

__all__ = ["ConvolutionWeightGradient"]

_MOST_VECTORS = 4
# A band's part of dz: half of the nearest cache; the other half is for what the windows read.
_BAND_BYTES = 16384
# Fewer pixels would not pay for bringing the sums to memory.
_FEWEST_PIXELS = 64
# Windows of up to so many register tiles are written out; longer ones are loops.
_MOST_TILES = 3


@dataclass(frozen=True)
class _Element:
    """A sum in the making: where its numbers lie in the window, and where it goes."""

    input: int
    kernel: int


# The bias: no number of the window.
_Sums = Sequence[_Element | None]


@dataclass(frozen=True)
class _Band:
    """Some rows of some pictures, and some vectors of filters."""

    x: Value
    dz: Value
    pictures: Index
    rows: Index
    pieces: Sequence[Piece]


@dataclass(frozen=True)
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

    @property
    def _channels(self) -> int:
        return self.input.channels // self.groups

    def emit(self, f: Function) -> None:
        filters = self.gradient.channels // self.groups
        pieces = f.pieces(filters)
        chunks = -(-len(pieces) // _vectors(f.target, len(pieces)))
        ends = [len(pieces) * chunk // chunks for chunk in range(chunks + 1)]
        largest = max(end - start for start, end in pairwise(ends)) * pieces[0].width
        for picture, pictures, row, rows in self._bands(f, largest):
            with f.loop(self.groups) as group:
                x = f.at(
                    f.pointers["x"],
                    f.add(
                        self._input_offset(f, picture, row), f.multiply(group.index, self._channels)
                    ),
                )
                for start, end in pairwise(ends):
                    part = pieces[start:end]
                    filter_ = f.add(f.multiply(group.index, filters), part[0].start)
                    dz = f.at(
                        f.pointers["dz"], f.add(self._gradient_offset(f, picture, row), filter_)
                    )
                    self._window(f, _Band(x, dz, pictures, rows, part), filter_)

    def _bands(self, f: Function, filters: int) -> Iterator[tuple[Index, Index, Index, Index]]:
        """Every band: (its first picture, how many; its first row, how many)."""
        height, width = self.gradient.height, self.gradient.width
        most = max(-(-_FEWEST_PIXELS // width), _BAND_BYTES // (4 * width * filters))
        size = max(1, most // height)
        bands = f.builder.udiv(f.add(f.count, size - 1), f.index(size))
        with f.loop(bands) as turn:
            picture = f.multiply(turn.index, size)
            pictures = f.smaller(size, f.subtract(f.count, picture)) if size > 1 else 1
            for row, rows in _even_blocks(f, height, most):
                yield picture, pictures, row, rows

    def _window(self, f: Function, band: _Band, filter_: Index) -> None:
        """All sums of some filters over one band."""
        most = _elements(f.target, len(band.pieces))
        loops = self._loops()
        elements = [None] * self.bias + _all_elements(loops)
        tiles = -(-len(elements) // most)
        if tiles <= _MOST_TILES:
            ends = [len(elements) * tile // tiles for tile in range(tiles + 1)]
            for start, end in pairwise(ends):
                self._tile(f, band, elements[start:end], (0, filter_))
            return
        if self.bias:
            self._tile(f, band, [None], (0, filter_))
        for offset, kernel, block in _blocks(f, loops, most):
            moved = _Band(f.at(band.x, offset), band.dz, band.pictures, band.rows, band.pieces)
            self._tile(f, moved, block, (kernel, filter_))

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
        self._add(f, picture.results, band.pieces, elements, place)

    def _add(
        self,
        f: Function,
        sums: Sequence[Value],
        pieces: Sequence[Piece],
        elements: _Sums,
        place: tuple[Index, Index],
    ) -> None:
        first, filter_ = place
        for number, element in enumerate(elements):
            if element is None:
                array = f.at(f.pointers["bias_gradient"], filter_)
            else:
                offset = f.add(first, filter_, self._first_element + element.kernel)
                array = f.at(f.pointers["kernel_gradient"], offset)
            for v, piece in enumerate(pieces):
                address = f.at(array, piece.start - pieces[0].start)
                total = f.builder.fadd(
                    f.load_vector(address, piece), sums[number * len(pieces) + v]
                )
                f.store_vector(total, address, piece)

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
            ]
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


def _even_blocks(f: Function, total: int, most: int) -> Iterator[tuple[Index, Index]]:
    """``total`` things in blocks of about equal size: (first of the block, how many it has)."""
    size = -(-total // -(-total // most))
    with f.loop(-(-total // size)) as turn:
        first = f.multiply(turn.index, size)
        yield first, f.smaller(size, f.subtract(total, first)) if total % size else size


def _all_elements(loops: Sequence[WindowLoop]) -> list[_Element | None]:
    return [
        _Element(
            sum(at * loop.input_step for at, loop in zip(place, loops, strict=True)),
            sum(at * loop.kernel_step for at, loop in zip(place, loops, strict=True)),
        )
        for place in product(*(range(loop.count) for loop in loops))
    ]


def _blocks(
    f: Function, loops: Sequence[WindowLoop], most: int
) -> Iterator[tuple[Index, Index, _Sums]]:
    """A window in register tiles: (where in the input, where in the kernel, the tile's elements).

    A tile is a part of the innermost axis; of the one around it too, if that fits.
    """
    *outer, inner = loops
    if outer and inner.count <= most:
        *outer, inner = outer
        most, filled = max(1, most // loops[-1].count), [loops[-1]]
    else:
        filled = []
    places = _walk(f, outer)
    for offset, kernel in places:
        size = -(-inner.count // -(-inner.count // most))
        for first, count in f.blocks(inner.count, size):
            part = WindowLoop(count, inner.input_step, inner.kernel_step)
            yield (
                f.add(offset, f.multiply(first, inner.input_step)),
                f.add(kernel, f.multiply(first, inner.kernel_step)),
                _all_elements([part, *filled]),
            )


def _walk(f: Function, loops: Sequence[WindowLoop]) -> Iterator[tuple[Index, Index]]:
    """Every place of some axes: (where in the input, where in the kernel)."""
    if not loops:
        yield 0, 0
        return
    outer, *inner = loops
    with f.loop(outer.count) as turn:
        for offset, kernel in _walk(f, inner):
            yield (
                f.add(offset, f.multiply(turn.index, outer.input_step)),
                f.add(kernel, f.multiply(turn.index, outer.kernel_step)),
            )
