"""Rows times a kernel, bias and rectifier: what the kernels of dense layers do.

::

    y[r, u] = rectifier(bias[u] + Σ_i x[r, i] · kernel[i, u])

The sum over the inputs is cut into segments, which are summed apart and added in their order:
((bias + s₀) + s₁) + … The shape of the kernel decides where they end; a picture gives the same in
any company.

Some segments are a block, whose part of the kernel stays in the cache while all rows pass over it;
between blocks, y holds the sums. Rows in register tiles take segment by segment. A row that is
alone would wait for its sums, four cycles for each input; it takes all segments of a block at the
same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.rectifier import Rectifier
from konv.engines.compiled.kernels.rows import RowTile, Steps, most_vectors, products, row_tiles
from konv.engines.compiled.record import record

__all__ = ["Affine", "Chunks"]

# Columns in chunks of at most so many vectors: (the first column, its pieces).
Chunks = Callable[[int], Iterator[tuple[Index, list[Piece]]]]

# So many sums at the same time keep the multipliers busy: two of them, four cycles each.
_BUSY = 8
_SHORTEST_SEGMENT = 32
# A part of the kernel that leaves room in the second cache; passing over y costs something, too.
_BLOCK_BYTES = 131072
_SHORTEST_BLOCK = 256
# A single row reads the kernel fastest in long runs.
_VECTORS_ALONE = 8
_ALONE = RowTile(0, (0,))


@record
class Affine:
    """What a function with the pointers ``x``, ``kernel``, ``bias`` and ``y`` does.

    Args:
        inputs, units: rows and columns of the kernel.
        bias: whether one is added; the pointer is not looked at otherwise.
        rectifier: what is applied to the sums.
    """

    inputs: int
    units: int
    bias: bool
    rectifier: Rectifier

    def emit(self, f: Function, rows: Index, chunks: Chunks) -> None:
        """The units of some chunks, for all of so many rows, which are probably several."""
        cut = _Cut.of(self, f.target.vector)
        with f.loop(cut.blocks) as turn:
            for unit, pieces in chunks(most_vectors(f.target)):
                bias = self._bias(f, unit, pieces)
                for tile in row_tiles(f, rows, pieces):
                    part = _Part(f, self, cut, tile, unit, pieces)
                    self._block(part, turn.index, bias * len(tile.lines))

    def emit_alone(self, f: Function, chunks: Chunks) -> None:
        """The units of some chunks, for one row."""
        cut = _Cut.of(self, f.target.vector)
        for unit, pieces in chunks(_VECTORS_ALONE):
            part = _Part(f, self, cut, _ALONE, unit, pieces)
            with f.loop(cut.blocks, self._bias(f, unit, pieces)) as turn:
                turn.results = part.at_once(turn.index, turn.carried)
            for total, place in zip(turn.results, part.places(), strict=True):
                f.store_vector(self.rectifier.apply(f, total), *place)

    def _block(self, part: _Part, block: Index, bias: Sequence[Value]) -> None:
        """A tile of rows, from what y holds (at first the bias) to what it holds a block later."""
        f, blocks, places = part.f, part.cut.blocks, part.places()
        start, ends = bias, None
        if blocks > 1:
            begins = f.builder.icmp_signed("==", block, f.index(0))
            ends = f.builder.icmp_signed("==", block, f.index(blocks - 1))
            start = [
                f.builder.select(begins, first, f.load_vector(*place))
                for first, place in zip(bias, places, strict=True)
            ]
        for total, place in zip(part.one_by_one(block, start), places, strict=True):
            y = self.rectifier.apply(f, total)
            if ends is not None and not self.rectifier.linear:
                y = f.builder.select(ends, y, total)
            f.store_vector(y, *place)

    def _bias(self, f: Function, unit: Index, pieces: Sequence[Piece]) -> list[Value]:
        if not self.bias:
            return [f.constant(0, piece.width) for piece in pieces]
        bias = f.at(f.pointers["bias"], unit)
        return [f.load_vector(f.at(bias, piece.start), piece) for piece in pieces]


@record
class _Cut:
    """How a sum over inputs is cut into segments, and how these are grouped.

    Args:
        blocks: how many blocks of segments.
        segments: how many segments a block has.
        length: inputs of a segment; the very last one has ``rest`` more.
    """

    blocks: int
    segments: int
    length: int
    rest: int

    @classmethod
    def of(cls, shape: Affine, vector: int) -> _Cut:
        """As many segments as keep the processor busy with a row, and blocks that fit the cache."""
        segments, vectors = 1, -(-shape.units // vector)
        while segments * vectors < _BUSY and shape.inputs >= 2 * segments * _SHORTEST_SEGMENT:
            segments *= 2
        longest = max(_SHORTEST_BLOCK, _BLOCK_BYTES // (4 * shape.units))
        blocks = -(-shape.inputs // longest)
        return cls(blocks, segments, *divmod(shape.inputs, blocks * segments))

    @property
    def whole(self) -> bool:
        """Whether there is but one segment."""
        return self.blocks * self.segments == 1

    def longer(self, f: Function, segment: Index) -> Index:
        """By how much a segment is longer than others."""
        if not self.rest:
            return 0
        last = f.index(self.blocks * self.segments - 1)
        is_last = f.builder.icmp_signed("==", f.index(segment), last)
        return f.builder.select(is_last, f.index(self.rest), f.index(0))


@record
class _Part:
    """Some rows, and some vectors of units."""

    f: Function
    affine: Affine
    cut: _Cut
    tile: RowTile
    unit: Index
    pieces: Sequence[Piece]

    def one_by_one(self, block: Index, start: Sequence[Value]) -> list[Value]:
        """The sums, one block later: segment by segment."""
        f, cut = self.f, self.cut
        if cut.whole:
            return self.sums(0, cut.length, start)
        zeros = [f.constant(0, value.type.count) for value in start]
        with f.loop(cut.segments, start) as turn:
            segment = f.add(f.multiply(block, cut.segments), turn.index)
            length = f.add(cut.longer(f, segment), cut.length)
            sums = self.sums(f.multiply(segment, cut.length), length, zeros)
            turn.results = _added(f, turn.carried, sums)
        return turn.results

    def at_once(self, block: Index, start: Sequence[Value]) -> list[Value]:
        """The same, for a single row: all segments of the block at the same time."""
        f, cut, vectors = self.f, self.cut, len(start)
        if cut.whole:
            return self.sums(0, cut.length, start)
        first = f.multiply(block, cut.segments * cut.length)
        zeros = [f.constant(0, value.type.count) for value in start]
        with f.loop(cut.length, zeros * cut.segments) as turn:
            turn.results = [
                total
                for segment, sums in enumerate(_groups(turn.carried, vectors))
                for total in self.sums(f.add(first, turn.index, segment * cut.length), 1, sums)
            ]
        *others, last = _groups(turn.results, vectors)
        if cut.rest:
            longer = cut.longer(f, f.add(f.multiply(block, cut.segments), cut.segments - 1))
            last = self.sums(f.add(first, cut.segments * cut.length), longer, last)
        totals = list(start)
        for sums in (*others, last):
            totals = _added(f, totals, sums)
        return totals

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
        """Where in y the sums belong."""
        f, units = self.f, self.affine.units
        y = f.at(f.pointers["y"], f.add(f.multiply(self.tile.first, units), self.unit))
        return [
            (f.at(y, f.add(f.multiply(line, units), piece.start)), piece)
            for line in self.tile.lines
            for piece in self.pieces
        ]


def _groups(values: Sequence[Value], size: int) -> list[Sequence[Value]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _added(f: Function, first: Sequence[Value], second: Sequence[Value]) -> list[Value]:
    return [f.builder.fadd(*pair) for pair in zip(first, second, strict=True)]
