"""Rows times a matrix, in register tiles: R rows by V vectors of columns are summed together.

::

    sums[r, c] = start[c] + Σ_k rows[r, k] · matrix[k, c]

For each k, V vectors of the matrix are loaded, R numbers are each spread over a vector, and R·V
multiply-adds follow. The rows that are left over are taken by tiles of half the height. Where even
these are too high, the last row is taken several times, and so is what becomes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = [
    "RowTile",
    "Steps",
    "item_chunks",
    "most_rows",
    "most_vectors",
    "products",
    "row_tiles",
    "vector_chunks",
]

# Heights of tiles: batches are often powers of two; with 16 registers, 4 rows by 2 vectors are too
# few sums to keep the multipliers busy.
_HEIGHTS = (8, 6, 4, 2, 1)


def most_vectors(target: Target) -> int:
    """How many vectors of columns a tile has at most."""
    return 3 if target.registers >= 32 else 2


def most_rows(target: Target, vectors: int) -> int:
    """How many rows there is room for beside so many vectors."""
    return (target.registers - vectors - 1) // vectors


@record
class RowTile:
    """Some rows: the first one, and the numbers of all of them, counted from there."""

    first: Index
    lines: tuple[Index, ...]


def row_tiles(
    f: Function, rows: Index, pieces: Sequence[Piece], highest: int = _HEIGHTS[0]
) -> Iterator[RowTile]:
    """All of so many rows, in tiles of at most that height beside some vectors of columns.

    Where the vectors' lanes are known only at run time, there are just the low tiles: such vectors
    are the last of many, and are not worth more code.
    """
    most = max(1, min(highest, most_rows(f.target, len(pieces))))
    height = next(height for height in _HEIGHTS if height <= most)
    whole: Index = 0
    left = rows
    if isinstance(pieces[0].lanes, int):
        whole, left = f.divide(rows, height)
        with f.loop(whole) as turn:
            yield RowTile(f.multiply(turn.index, height), tuple(range(height)))
    half = max(1, height // 2)
    with f.loop(f.divide(f.add(left, half - 1), half)[0]) as turn:
        done = f.multiply(turn.index, half)
        last = f.add(f.subtract(left, done), -1)
        lines = tuple(f.smaller(line, last) if line else 0 for line in range(half))
        yield RowTile(f.add(f.multiply(whole, height), done), lines)


def vector_chunks(f: Function, columns: int, most: int) -> Iterator[tuple[Index, list[Piece]]]:
    """All columns, in chunks of at most so many vectors: (the first column, its pieces).

    If there is a way to cut them into equal chunks that are not much smaller, the body is written
    once; otherwise, a second time for what is left.
    """
    width = min(f.target.vector, 1 << (columns - 1).bit_length())
    vectors = -(-columns // width)
    even = [size for size in range(-(-most // 2), most + 1) if vectors % size == 0]
    size = even[-1] if even and columns % width == 0 else -(-vectors // -(-vectors // most))
    for first, count in f.blocks(columns, size * width):
        yield first, _pieces(count, width)


def item_chunks(f: Function, vectors: int) -> Iterator[tuple[Index, list[Piece]]]:
    """The columns ``first`` … ``first + count`` of the function, in chunks of vectors."""
    width = f.target.vector
    whole, rest = f.divide(f.count, vectors * width)
    with f.loop(whole) as turn:
        first = f.add(f.first, f.multiply(turn.index, vectors * width))
        yield first, _pieces(vectors * width, width)
    with f.when(f.builder.icmp_signed(">", rest, f.index(0))):
        pieces = [Piece(v * width, f.add(rest, -v * width), width) for v in range(vectors)]
        yield f.subtract(f.add(f.first, f.count), rest), pieces


def _pieces(total: int, width: int) -> list[Piece]:
    return [Piece(start, min(width, total - start), width) for start in range(0, total, width)]


@record
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
    lines: Sequence[Index],
    pieces: Sequence[Piece],
    start: Sequence[Value],
    which: Callable[[Index], Index] = lambda turn: turn,
    ahead: int = 0,
) -> list[Value]:
    """sums[r·V + v] over ``depth`` numbers of each row, one after the other.

    Args:
        f: where it is written.
        x: the first number of row 0.
        matrix: the first column of the matrix' first row.
        steps: how far apart numbers lie.
        depth: how many numbers of a row there are.
        lines: the numbers of the rows.
        pieces: V vectors of columns.
        start: R·V vectors.
        which: the number of a row that is taken in a turn.
        ahead: how far behind a number of row 0 lies what will be wanted later; 0: nothing.
    """
    rows = [f.multiply(line, steps.row) for line in lines]
    with f.loop(depth, start) as turn:
        number = which(turn.index)
        here = f.at(x, f.multiply(number, steps.along))
        if ahead:
            f.fetch(f.at(here, ahead))
        row = f.at(matrix, f.multiply(number, steps.matrix))
        vectors = [f.load_vector(f.at(row, piece.start), piece) for piece in pieces]
        results: list[Value] = []
        for offset in rows:
            spread = f.splat(f.load(f.at(here, offset)), pieces[0].width)
            results += [
                f.multiply_add(spread, vector, turn.carried[len(results) + v])
                for v, vector in enumerate(vectors)
            ]
        turn.results = results
    return turn.results
