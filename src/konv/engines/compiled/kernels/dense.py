"""A dense layer: rows times a matrix, bias and rectifier.

::

    y[r, u] = rectifier(bias[u] + Σ_i x[r, i] · kernel[i, u])

Kernels are read as Keras lays them out, (inputs, units). A picture may have several rows: the
layer on a map acts on the channels of each of its pixels.

The sum over the inputs is cut into segments, which are summed apart and added in their order:
((bias + s₀) + s₁) + … Many rows take one segment after the other, so that a segment of the kernel
stays in the cache while all rows pass over it, and y holds the sums in between. A sum that stays
in one register waits for itself, four cycles for each input; so a row that is alone takes several
segments at the same time. The shape of the kernel decides where segments end, and numbers are
added in the same order either way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.rows import (
    RowTile,
    Steps,
    most_vectors,
    products,
    row_tiles,
    vector_chunks,
)

__all__ = ["Affine", "Dense"]

Chunks = Callable[[int], Iterator[tuple[Index, list[Piece]]]]

# So many sums at the same time keep the multipliers busy: two of them, four cycles each.
_BUSY = 8
_SHORTEST_SEGMENT = 32
_SHORTEST_BLOCK = 256
_BLOCK_BYTES = 131072
_MOST_VECTORS_ALONE = 8


@dataclass(frozen=True)
class Dense(Kernel):
    """See the head of this file.

    Args:
        inputs, units: rows and columns of the kernel.
        rows: how many rows a picture has.
        bias: whether one is added; the pointer is not looked at otherwise.
        rectifier: what is applied to the sums.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "kernel", "bias", "y")

    inputs: int
    units: int
    rows: int = 1
    bias: bool = True
    rectifier: Rectifier = LINEAR

    @property
    def operations(self) -> int:
        return self.rows * self.inputs * self.units

    def emit(self, f: Function) -> None:
        affine = Affine(self.inputs, self.units, self.bias, self.rectifier)
        rows = f.multiply(f.count, self.rows)
        affine.emit(f, rows, lambda most: vector_chunks(f, self.units, most))


@dataclass(frozen=True)
class Affine:
    """What a function with the pointers of ``Dense`` does.

    Args:
        inputs, units, bias, rectifier: as those of ``Dense``.
    """

    inputs: int
    units: int
    bias: bool
    rectifier: Rectifier

    def emit(self, f: Function, rows: Index, chunks: Chunks) -> None:
        """Some units, in chunks of at most so many vectors, for all rows."""
        cut = Cut.of(self.inputs, self.units, -(-self.units // f.target.vector))
        alone = f.builder.icmp_signed("==", rows, f.index(1))
        with f.when(alone):
            for unit, pieces in chunks(_MOST_VECTORS_ALONE):
                self._one_row(f, cut, unit, pieces)
        with f.when(f.builder.not_(alone)), f.loop(cut.blocks) as turn:
            for unit, pieces in chunks(most_vectors(f.target)):
                self._block(f, cut, turn.index, rows, unit, pieces)

    def _block(
        self,
        f: Function,
        cut: Cut,
        block: Index,
        rows: Index,
        unit: Index,
        pieces: Sequence[Piece],
    ) -> None:
        """All rows, over a block of inputs."""
        begins, ends = (
            f.builder.icmp_signed("==", f.index(block), f.index(place))
            for place in (0, cut.blocks - 1)
        )
        bias = self._bias(f, unit, pieces)
        for tile in row_tiles(f, rows, pieces):
            part = _Part(f, self, tile, unit, pieces)
            places = part.places()
            start = bias * len(tile.lines)
            if cut.blocks > 1:
                start = [
                    f.builder.select(begins, first, f.load_vector(*place))
                    for first, place in zip(start, places, strict=True)
                ]
            sums = self._segments(cut, block, part, start)
            for total, (address, piece) in zip(sums, places, strict=True):
                y = self.rectifier.apply(f, total)
                if cut.blocks > 1 and not self.rectifier.linear:
                    y = f.builder.select(ends, y, total)
                f.store_vector(y, address, piece)

    def _segments(self, cut: Cut, block: Index, part: _Part, start: list[Value]) -> list[Value]:
        """The sums, a block of inputs later: segment by segment."""
        f = part.f
        if cut.count == 1:
            return part.sums(0, self.inputs, start)
        zeros = [f.constant(0, value.type.count) for value in start]
        with f.loop(cut.together, start) as turn:
            number = f.add(f.multiply(block, cut.together), turn.index)
            length = cut.length_of(f, number)
            sums = part.sums(f.multiply(number, cut.length), length, zeros)
            turn.results = _added(f, turn.carried, sums)
        return turn.results

    def _one_row(self, f: Function, cut: Cut, unit: Index, pieces: Sequence[Piece]) -> None:
        """One row, over all inputs: the segments of a block at the same time."""
        part, vectors = _Part(f, self, RowTile(0, (0,)), unit, pieces), len(pieces)
        if cut.count == 1:
            totals = part.sums(0, self.inputs, self._bias(f, unit, pieces))
        else:
            zeros = [f.constant(0, piece.width) for piece in pieces]
            with f.loop(cut.blocks, self._bias(f, unit, pieces)) as block:
                first = f.multiply(block.index, cut.together * cut.length)
                with f.loop(cut.length, zeros * cut.together) as turn:
                    turn.results = [
                        total
                        for number in range(cut.together)
                        for total in part.sums(
                            f.add(first, turn.index, number * cut.length),
                            1,
                            turn.carried[number * vectors : (number + 1) * vectors],
                        )
                    ]
                sums = turn.results
                if cut.rest:
                    last = f.add(f.multiply(block.index, cut.together), cut.together - 1)
                    rest = f.add(cut.length_of(f, last), -cut.length)
                    place = f.add(first, cut.together * cut.length)
                    sums[-vectors:] = part.sums(place, rest, sums[-vectors:])
                block.results = block.carried
                for number in range(0, len(sums), vectors):
                    block.results = _added(f, block.results, sums[number : number + vectors])
            totals = block.results
        for total, place in zip(totals, part.places(), strict=True):
            f.store_vector(self.rectifier.apply(f, total), *place)

    def _bias(self, f: Function, unit: Index, pieces: Sequence[Piece]) -> list[Value]:
        if not self.bias:
            return [f.constant(0, piece.width) for piece in pieces]
        bias = f.at(f.pointers["bias"], unit)
        return [f.load_vector(f.at(bias, piece.start), piece) for piece in pieces]


@dataclass(frozen=True)
class _Part:
    """Some rows, and some vectors of units."""

    f: Function
    affine: Affine
    tile: RowTile
    unit: Index
    pieces: Sequence[Piece]

    def sums(self, first: Index, depth: Index, start: Sequence[Value]) -> list[Value]:
        """Over some neighbouring inputs."""
        f, inputs, units = self.f, self.affine.inputs, self.affine.units
        return products(
            f,
            f.at(f.pointers["x"], f.add(f.multiply(self.tile.first, inputs), first)),
            f.at(f.pointers["kernel"], f.add(f.multiply(first, units), self.unit)),
            steps=Steps(inputs, 1, units),
            depth=depth,
            lines=self.tile.lines,
            pieces=self.pieces,
            start=start,
        )

    def places(self) -> list[tuple[Value, Piece]]:
        """Where in y its sums belong."""
        f, units = self.f, self.affine.units
        y = f.at(f.pointers["y"], f.add(f.multiply(self.tile.first, units), self.unit))
        return [
            (f.at(y, f.add(f.multiply(line, units), piece.start)), piece)
            for line in self.tile.lines
            for piece in self.pieces
        ]


@dataclass(frozen=True)
class Cut:
    """How a sum over inputs is cut into segments, and how these are grouped.

    Args:
        blocks: how many blocks of segments.
        together: how many segments a block has.
        length: of a segment; the very last one is longer by ``rest``.
    """

    blocks: int
    together: int
    length: int
    rest: int

    @classmethod
    def of(cls, inputs: int, units: int, vectors: int) -> Cut:
        """For a kernel of that shape, whose rows are so many vectors."""
        together = 1
        while together * vectors < _BUSY and inputs >= 2 * together * _SHORTEST_SEGMENT:
            together *= 2
        longest = max(_SHORTEST_BLOCK, _BLOCK_BYTES // (4 * units))
        blocks = -(-inputs // longest)
        return cls(blocks, together, *divmod(inputs, blocks * together))

    @property
    def count(self) -> int:
        """How many segments there are."""
        return self.blocks * self.together

    def length_of(self, f: Function, number: Index) -> Index:
        """How many inputs a segment has."""
        if not self.rest:
            return self.length
        last = f.builder.icmp_signed("==", f.index(number), f.index(self.count - 1))
        return f.builder.select(last, f.index(self.length + self.rest), f.index(self.length))


def _added(f: Function, first: Sequence[Value], second: Sequence[Value]) -> list[Value]:
    return [f.builder.fadd(*pair) for pair in zip(first, second, strict=True)]
