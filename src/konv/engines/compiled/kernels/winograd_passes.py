"""A block of vectors on the stack, between the passes over its columns and over its rows.

Each pass is a loop: with all of a block in registers at once there would not be enough of them, and
the code would be six times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece, Value

__all__ = ["Passes"]

Apply = Callable[[Sequence[Value]], Sequence[Value]]


class Passes:
    """Rows and columns of vectors.

    Args:
        f: where it is written.
        width: numbers of a vector.
        rows: of the block after the first pass.
        columns: of the block.
    """

    def __init__(self, f: Function, width: int, rows: int, columns: int) -> None:
        self._f = f
        self._rows, self._columns = rows, columns
        self._piece = Piece(0, width, width)
        self._room = f.scratch(rows * columns * width)

    def over_columns(
        self, count: Index, column: Callable[[Index], Sequence[Value]], apply: Apply
    ) -> None:
        """What becomes of each column, the first ``count`` of them."""
        f = self._f
        with f.loop(count) as turn:
            for row, value in enumerate(apply(column(turn.index))):
                f.store_vector(value, self._at(row, turn.index), self._piece)

    def clear_columns(self, first: Index) -> None:
        """The columns from there on become zeros."""
        f = self._f
        left = f.subtract(self._columns, first)
        if isinstance(left, int) and left == 0:
            return
        with f.loop(left) as turn:
            for row in range(self._rows):
                place = self._at(row, f.add(first, turn.index))
                f.store_vector(f.constant(0, self._piece.width), place, self._piece)

    def over_rows(self, count: int, row: Callable[[Index, Sequence[Value]], None]) -> None:
        """Each row is given to ``row``, with its number."""
        with self._f.loop(count) as turn:
            row(turn.index, self.row(turn.index))

    def row(self, number: Index) -> list[Value]:
        """The vectors of a row."""
        return [
            self._f.load_vector(self._at(number, column), self._piece)
            for column in range(self._columns)
        ]

    def _at(self, row: Index, column: Index) -> Value:
        f, width = self._f, self._piece.width
        place = f.add(f.multiply(row, self._columns * width), f.multiply(column, width))
        return f.at(self._room, place)
