"""Blocks of a matrix, turned in registers: their rows become the lanes of vectors.

``transposed`` and ``interleaved`` do it with vectors, ``transpose`` with memory. There, four
neighbouring numbers are read from each of as many rows as a vector has lanes. Those of rows 0, 4,
8, … are put side by side in one vector, those of rows 1, 5, 9, … in the next: four vectors, whose
4×4 squares are then turned all at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import INT32, Function, Index, Piece, Value

__all__ = ["SIDE", "interleaved", "side_by_side", "transpose", "transposed"]

SIDE = 4


def transpose(
    f: Function,
    matrix: Value,
    target: Value,
    *,
    step: int,
    rows: Index,
    columns: Index,
    ragged: bool,
    room: int,
) -> None:
    """target[c · room + r] = matrix[r · step + c]

    Args:
        f: where it is written.
        matrix: its first number.
        target: room · ``columns`` numbers, the columns rounded up to a multiple of ``SIDE``.
        step: from one row to the next.
        rows: how many, up to ``room``. Lanes beyond them hold what the last row holds.
        columns: how many.
        ragged: whether they may be other than a multiple of ``SIDE``.
        room: lanes of the target: a multiple of the vector.
    """
    whole, rest = f.divide(columns, SIDE)
    with f.loop(room // f.target.vector) as vector:
        lane = f.multiply(vector.index, f.target.vector)
        place = f.at(target, lane)
        lines = [
            f.at(matrix, f.multiply(_row(f, f.add(lane, number), rows, room), step))
            for number in range(f.target.vector)
        ]
        with f.loop(whole) as turn:
            column = f.multiply(turn.index, SIDE)
            _columns(f, lines, place, (column, SIDE), room)
        if ragged:
            with f.loop(f.smaller(rest, 1)):
                _columns(f, lines, place, (f.multiply(whole, SIDE), rest), room)


def _row(f: Function, row: Index, rows: Index, room: int) -> Index:
    return row if isinstance(rows, int) and rows == room else f.smaller(row, f.add(rows, -1))


def _columns(
    f: Function, lines: Sequence[Value], target: Value, columns: tuple[Index, Index], room: int
) -> None:
    """Some columns (the first, how many) of a vector's worth of rows."""
    first, count = columns
    here = [f.at(line, first) for line in lines]
    _block(f, here, f.at(target, f.multiply(first, room)), Piece(0, count, SIDE), room)


def _block(f: Function, lines: Sequence[Value], target: Value, piece: Piece, room: int) -> None:
    """Four columns of a vector's worth of rows."""
    parts = [f.load_vector(line, piece) for line in lines]
    quads = [side_by_side(f, parts[first::SIDE]) for first in range(SIDE)]
    for number, column in enumerate(transposed(f, quads, SIDE)):
        f.store_vector(
            column, f.at(target, number * room), Piece(0, column.type.count, column.type.count)
        )


def side_by_side(f: Function, parts: Sequence[Value]) -> Value:
    """One vector of 2ⁿ of equal width."""
    while len(parts) > 1:
        lanes = list(range(2 * parts[0].type.count))
        parts = [
            f.builder.shuffle_vector(first, second, _lanes(lanes))
            for first, second in zip(parts[::2], parts[1::2], strict=True)
        ]
    return parts[0]


def transposed(f: Function, rows: Sequence[Value], side: int) -> list[Value]:
    """The columns of squares that lie side by side, of so many lanes and rows each.

    Rows that are missing hold whatever it be.
    """
    missing = [ir.Constant(rows[0].type, ir.Undefined)] * (side - len(rows))
    return _merged(f, [*rows, *missing], side)


def interleaved(f: Function, rows: Sequence[Value]) -> list[Value]:
    """The numbers of 2ⁿ vectors by turns: the first of each, then the second of each, …"""
    return _merged(f, rows, rows[0].type.count)


def _merged(f: Function, rows: Sequence[Value], side: int) -> list[Value]:
    """Of 2ⁿ rows, in each of their parts of so many lanes, the numbers by turns.

    Rows i and i + 2ⁿ/2 are merged like the teeth of two combs, into rows 2i and 2i + 1; after n
    rounds each number is in its place.
    """
    half, width = len(rows) // 2, rows[0].type.count
    lines = list(rows)
    for _round in range(len(rows).bit_length() - 1):
        lines = [
            f.builder.shuffle_vector(one, other, _combed(side, width, first))
            for one, other in zip(lines[:half], lines[half:], strict=True)
            for first in (0, side // 2)
        ]
    return lines


def _combed(side: int, width: int, first: int) -> Value:
    """In each square half of the lanes, from ``first`` on: now of one vector, now of the other."""
    return _lanes(
        [
            square + lane + vector
            for square in range(0, width, side)
            for lane in range(first, first + side // 2)
            for vector in (0, width)
        ]
    )


def _lanes(lanes: Sequence[int]) -> Value:
    return ir.Constant(ir.VectorType(INT32, len(lanes)), list(lanes))
