"""Rows times a matrix, in register tiles: R rows by V vectors of columns are summed together.

::

    sums[r, c] = start[c] + Σ_k rows[r, k] · matrix[k, c]

For each k, V vectors of the matrix are loaded, R numbers are each spread over a vector, and R·V
multiply-adds follow. Rows that do not fill a tile are taken by tiles of half the height, a quarter,
and so on: each is written once.

A sum over k that stays in one register waits for itself: four cycles for each k. So that one row
alone is quick too, a sum is cut into S neighbouring segments, which are summed apart and added in
their order: ((start + s₀) + s₁) + … A single row takes all segments at the same time; several rows
take them one after the other. Numbers are added in the same order either way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.target import Target

__all__ = [
    "Segments",
    "Steps",
    "column_chunks",
    "item_chunks",
    "most_rows",
    "most_vectors",
    "products",
    "row_sums",
    "row_tiles",
    "vector_chunks",
]

# So many sums at the same time keep the multipliers busy: two of them, four cycles each.
_BUSY = 8
_SHORTEST_SEGMENT = 32


def most_vectors(target: Target) -> int:
    """How many vectors of columns a tile has at most."""
    return 3 if target.registers >= 32 else 2


def most_rows(target: Target, vectors: int) -> int:
    """The tallest tile beside so many vectors: a power of two."""
    most = (target.registers - vectors - 1) // vectors
    return 1 << (most.bit_length() - 1)


@dataclass(frozen=True)
class Segments:
    """How a sum over so many numbers is cut.

    Args:
        depth: over how many numbers the sum goes.
        count: how many segments; the last one is a little longer where they do not divide it.
    """

    depth: int
    count: int

    @classmethod
    def of(cls, depth: int, vectors: int) -> Segments:
        """As many as keep the processor busy with one row and so many vectors."""
        count = 1
        while count * vectors < _BUSY and depth >= 2 * count * _SHORTEST_SEGMENT:
            count *= 2
        return cls(depth, count)

    @property
    def length(self) -> int:
        """Of each but the last."""
        return self.depth // self.count

    @property
    def rest(self) -> int:
        """By how much the last one is longer."""
        return self.depth % self.count


def row_tiles(f: Function, rows: Index, vectors: int) -> Iterator[tuple[Index, int]]:
    """``rows`` rows in tiles: (the first row of a tile, how many it has)."""
    size = most_rows(f.target, vectors)
    whole = f.divide(rows, size)[0]
    with f.loop(whole) as turn:
        yield f.multiply(turn.index, size), size
    done = f.multiply(whole, size)
    while size > 1:
        size //= 2
        part = f.builder.and_(rows, f.index(size))
        with f.when(f.builder.icmp_signed(">", part, f.index(0))):
            yield done, size
        done = f.add(done, part)


def column_chunks(f: Function, columns: int) -> Iterator[tuple[Index, list[Piece]]]:
    """All columns, in chunks of vectors: (the first column, its pieces)."""
    width = min(f.target.vector, 1 << (columns - 1).bit_length())
    yield from vector_chunks(f, columns, most_vectors(f.target), width)


def vector_chunks(
    f: Function, columns: int, most: int, width: int = 0
) -> Iterator[tuple[Index, list[Piece]]]:
    """All columns, in chunks of at most so many vectors, all of them of one width."""
    width = width or f.target.vector
    vectors = -(-columns // width)
    chunks = -(-vectors // most)
    for first, count in f.blocks(columns, -(-vectors // chunks) * width):
        yield first, _pieces(count, width)


def item_chunks(f: Function, vectors: int) -> Iterator[tuple[Index, list[Piece]]]:
    """The columns ``first`` … ``first + count`` of the function, in chunks of vectors."""
    width = f.target.vector
    block = vectors * width
    whole = f.divide(f.count, block)[0]
    with f.loop(whole) as turn:
        yield f.add(f.first, f.multiply(turn.index, block)), _pieces(block, width)
    done = f.multiply(whole, block)
    left, last = f.divide(f.subtract(f.count, done), width)
    if vectors > 1:
        with f.loop(left) as turn:
            yield f.add(f.first, done, f.multiply(turn.index, width)), _pieces(width, width)
    with f.when(f.builder.icmp_signed(">", last, f.index(0))):
        yield f.subtract(f.add(f.first, f.count), last), [Piece(0, last, width)]


def _pieces(total: int, width: int) -> list[Piece]:
    return [Piece(start, min(width, total - start), width) for start in range(0, total, width)]


@dataclass(frozen=True)
class Steps:
    """How far apart numbers lie.

    Args:
        row: from one row to the next.
        along: from one number of a row to the next.
        matrix: from one row of the matrix to the next.
    """

    row: int
    along: int
    matrix: int


def products(
    f: Function,
    x: Value,
    matrix: Value,
    *,
    steps: Steps,
    depth: Index,
    pieces: Sequence[Piece],
    start: Sequence[Value],
) -> list[Value]:
    """sums[r·V + v] over ``depth`` numbers of each row, one after the other.

    Args:
        f: where it is written.
        x: the first number of the first row.
        matrix: the first column of the matrix' first row.
        steps: how far apart numbers lie.
        depth: how many numbers of a row there are.
        pieces: V vectors of columns.
        start: R·V vectors.
    """
    rows = [row * steps.row for row in range(len(start) // len(pieces))]
    with f.loop(depth, start) as turn:
        here = f.at(x, f.multiply(turn.index, steps.along))
        line = f.at(matrix, f.multiply(turn.index, steps.matrix))
        turn.results = _one_number(f, here, line, rows, pieces, turn.carried)
    return turn.results


def _one_number(
    f: Function,
    x: Value,
    matrix: Value,
    rows: Sequence[int],
    pieces: Sequence[Piece],
    sums: Sequence[Value],
) -> list[Value]:
    """The sums, one number of each row later."""
    vectors = [f.load_vector(f.at(matrix, piece.start), piece) for piece in pieces]
    results: list[Value] = []
    for row in rows:
        spread = f.splat(f.load(f.at(x, row)), pieces[0].width)
        results += [
            f.multiply_add(spread, vector, sums[len(results) + v])
            for v, vector in enumerate(vectors)
        ]
    return results


def row_sums(
    f: Function,
    x: Value,
    matrix: Value,
    *,
    steps: Steps,
    segments: Segments,
    pieces: Sequence[Piece],
    start: Sequence[Value],
) -> list[Value]:
    """sums[r·V + v], see the head of this file: as ``products``, cut into segments."""
    part = _Part(f, x, matrix, steps, pieces)
    if segments.count == 1:
        return part.sums(0, segments.depth, start)
    if len(start) == len(pieces):
        return part.all_segments(segments, start)
    zeros = [f.constant(0, value.type.count) for value in start]
    with f.loop(segments.count, start) as turn:
        length: Index = segments.length
        if segments.rest:
            last = f.builder.icmp_signed("==", turn.index, f.index(segments.count - 1))
            longer = f.index(segments.length + segments.rest)
            length = f.builder.select(last, longer, f.index(segments.length))
        sums = part.sums(f.multiply(turn.index, segments.length), length, zeros)
        turn.results = _added(f, turn.carried, sums)
    return turn.results


@dataclass(frozen=True)
class _Part:
    """Some rows and some columns."""

    f: Function
    x: Value
    matrix: Value
    steps: Steps
    pieces: Sequence[Piece]

    def sums(self, first: Index, depth: Index, start: Sequence[Value]) -> list[Value]:
        """Over some neighbouring numbers of the rows."""
        f, steps = self.f, self.steps
        x = f.at(self.x, f.multiply(first, steps.along))
        matrix = f.at(self.matrix, f.multiply(first, steps.matrix))
        return products(f, x, matrix, steps=steps, depth=depth, pieces=self.pieces, start=start)

    def all_segments(self, segments: Segments, start: Sequence[Value]) -> list[Value]:
        """One row: all segments at the same time, what is left of the last one, and their sum."""
        f, vectors = self.f, len(self.pieces)
        zeros = [f.constant(0, value.type.count) for value in start]
        firsts = [number * segments.length for number in range(segments.count)]
        with f.loop(segments.length, zeros * segments.count) as turn:
            turn.results = [
                total
                for number, first in enumerate(firsts)
                for total in self.sums(
                    f.add(turn.index, first),
                    1,
                    turn.carried[number * vectors : (number + 1) * vectors],
                )
            ]
        sums = turn.results
        if segments.rest:
            done = segments.count * segments.length
            sums[-vectors:] = self.sums(done, segments.rest, sums[-vectors:])
        totals = list(start)
        for first in range(0, len(sums), vectors):
            totals = _added(f, totals, sums[first : first + vectors])
        return totals


def _added(f: Function, first: Sequence[Value], second: Sequence[Value]) -> list[Value]:
    return [f.builder.fadd(*pair) for pair in zip(first, second, strict=True)]
