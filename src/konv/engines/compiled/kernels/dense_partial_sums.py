"""A dense layer with a long kernel: threads divide its inputs, and sum parts.

Each task is a part of the sum over the inputs, for the whole batch: rows of the kernel that lie
together, which a thread finds in its own cache when it takes the same again, and the columns of x
that go with them. Nobody else needs either. Then the parts are added in their order::

    p_t[r, u] = Σ_i x[r, i] · kernel[i, u]            over the inputs i of part t, but see below
    y[r, u]   = rectifier(((bias[u] + p₀[r, u]) + p₁[r, u]) + …)

A part is summed in blocks, whose kernel stays in the second cache while all rows pass over it.
Some rows at a time, the inputs are left out for which all of them are zero: 0 · w adds nothing.
Behind a rectifier that is a fifth of all inputs for four rows, and more than half for one. So sums
are the same whatever rows are together, if the kernel's numbers are finite.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from konv.engines.compiled.emit.function import INDEX, Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.live_numbers import live_numbers
from konv.engines.compiled.kernels.rectifier import Rectifier
from konv.engines.compiled.kernels.rows import RowTile, Steps, products, row_tiles, vector_chunks
from konv.engines.compiled.record import record

__all__ = ["DensePartialSums", "DenseSum", "parts_of"]

# As many parts as keep the threads of a workstation busy; each is worth its sums, which are
# written and read again.
_FEWEST_PARTS, _MOST_PARTS = 4, 16
_SHORTEST_PART, _USUAL_PART = 256, 512
# A kernel that is not that much longer than wide is better divided by its units.
_SLENDER = 4

# A block of the kernel: it leaves room in the second cache; passing over the sums costs, too.
_BLOCK_BYTES = 131072
_SHORTEST_BLOCK = 256


# Register tiles: the fewer rows, the more inputs are zero for all of them, but the more often the
# kernel is read. A row that is alone reads it in long runs.
_ROWS, _VECTORS, _VECTORS_ALONE = 8, 2, 8


def parts_of(inputs: int, units: int) -> int:
    """Into how many parts a sum should be divided; 1: it should not."""
    if inputs < max(_FEWEST_PARTS * _SHORTEST_PART, _SLENDER * units):
        return 1
    usual = 1 << (max(1, inputs // _USUAL_PART).bit_length() - 1)
    return min(max(_FEWEST_PARTS, usual), _MOST_PARTS)


@record
class DensePartialSums(Kernel):
    """Parts of the sums. Called with parts.

    Pointers::

        sizes     the number of pictures
        x         [pictures, inputs]
        kernel    [inputs, units]
        sums      written, [pictures, parts, units]

    Args:
        inputs, units: rows and columns of the kernel.
        parts: into how many the sums are divided.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sizes", "x", "kernel", "sums")

    inputs: int
    units: int
    parts: int

    @property
    def operations(self) -> int:
        return self.inputs * self.units

    @property
    def blocks(self) -> int:
        """How many blocks a part has."""
        longest = max(_SHORTEST_BLOCK, _BLOCK_BYTES // (4 * self.units))
        return max(1, round(self.inputs / self.parts / longest))

    def emit(self, f: Function) -> None:
        rows = f.load(f.pointers["sizes"], INDEX)
        with f.when(f.builder.icmp_signed("==", rows, f.index(1))):
            self._parts(f, 1, _VECTORS_ALONE)
        with f.when(f.builder.icmp_signed("!=", rows, f.index(1))):
            self._parts(f, rows, _VECTORS)

    def _parts(self, f: Function, rows: Index, vectors: int) -> None:
        """All parts that are asked for, block by block."""
        blocks = self.parts * self.blocks
        length, rest = divmod(self.inputs, blocks)
        widest = f.pieces(self.units)[:vectors]
        room = f.scratch(length + rest + f.target.vector)
        with f.loop(f.multiply(f.count, self.blocks)) as turn:
            number = f.add(f.multiply(f.first, self.blocks), turn.index)
            is_last = f.builder.icmp_signed("==", number, f.index(blocks - 1))
            depth = f.builder.select(is_last, f.index(length + rest), f.index(length))
            block = _Block(self, f, number, f.multiply(number, length), depth)
            for tile in row_tiles(f, rows, widest, _ROWS):
                block.add(tile, room, vectors)


@record
class _Block:
    """Some neighbouring inputs of a part.

    Args:
        layer: whose they are.
        f: where it is written.
        number: of the block, counted over all parts.
        first, depth: which inputs.
    """

    layer: DensePartialSums
    f: Function
    number: Index
    first: Index
    depth: Index

    def add(self, tile: RowTile, room: Value, vectors: int) -> None:
        """Add the products of some rows to their sums; the first block of a part begins them."""
        f, layer = self.f, self.layer
        x = f.at(f.pointers["x"], f.add(f.multiply(tile.first, layer.inputs), self.first))
        rows = [f.multiply(line, layer.inputs) for line in tile.lines]
        live = live_numbers(f, x, rows, self.depth, room)
        for unit, pieces in vector_chunks(f, layer.units, vectors):
            places = self._places(tile, unit, pieces)
            totals = products(
                f,
                x,
                f.at(f.pointers["kernel"], f.add(f.multiply(self.first, layer.units), unit)),
                steps=Steps(layer.inputs, 1, layer.units),
                depth=live.count,
                lines=tile.lines,
                pieces=pieces,
                start=self._start(places),
                which=live.place,
            )
            for total, place in zip(totals, places, strict=True):
                f.store_vector(total, *place)

    def _places(
        self, tile: RowTile, unit: Index, pieces: Sequence[Piece]
    ) -> list[tuple[Value, Piece]]:
        """Where the sums lie."""
        f, layer = self.f, self.layer
        step = layer.parts * layer.units
        part = f.divide(self.number, layer.blocks)[0]
        first = f.add(f.multiply(tile.first, step), f.multiply(part, layer.units), unit)
        return [
            (f.at(f.pointers["sums"], f.add(first, f.multiply(line, step), piece.start)), piece)
            for line in tile.lines
            for piece in pieces
        ]

    def _start(self, places: Sequence[tuple[Value, Piece]]) -> list[Value]:
        f = self.f
        place = f.divide(self.number, self.layer.blocks)[1]
        begins = f.builder.icmp_signed("==", f.index(place), f.index(0))
        return [
            f.builder.select(begins, f.constant(0, piece.width), f.load_vector(where, piece))
            for where, piece in places
        ]


@record
class DenseSum(Kernel):
    """The parts added up.

    Pointers::

        sums    [pictures, parts, units]
        bias    [units], if there is one
        y       written, [pictures, units]

    Args:
        parts, units: how many there are.
        bias: whether one is added.
        rectifier: what is applied to the sums.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sums", "bias", "y")

    parts: int
    units: int
    bias: bool
    rectifier: Rectifier

    def emit(self, f: Function) -> None:
        with f.loop(f.count) as turn:
            sums = f.at(f.pointers["sums"], f.multiply(turn.index, self.parts * self.units))
            y = f.at(f.pointers["y"], f.multiply(turn.index, self.units))
            for place, piece in f.row(self.units):
                start = f.constant(0, piece.width)
                if self.bias:
                    start = f.load_vector(f.at(f.pointers["bias"], place), piece)
                first = f.at(sums, place)
                with f.loop(self.parts, [start]) as part:
                    vector = f.load_vector(f.at(first, f.multiply(part.index, self.units)), piece)
                    part.results = [f.builder.fadd(part.carried[0], vector)]
                total = self.rectifier.apply(f, part.results[0])
                f.store_vector(total, f.at(y, place), piece)
