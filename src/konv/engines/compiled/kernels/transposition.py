"""A block of a matrix, turned in registers: its rows become the lanes of vectors.

Four neighbouring numbers are read from each of as many rows as a vector has lanes. Those of rows
0, 4, 8, … are put side by side in one vector, those of rows 1, 5, 9, … in the next: four vectors,
whose 4×4 blocks are then turned all at once by two rounds of shuffles.
"""

from __future__ import annotations

from collections.abc import Sequence

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import INT32, Function, Index, Piece, Value

__all__ = ["SIDE", "transpose"]

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
    quads = [_side_by_side(f, parts[first::SIDE]) for first in range(SIDE)]
    low = [_mixed(f, quads[i], quads[i + 1], (0, 4, 1, 5)) for i in (0, 2)]
    high = [_mixed(f, quads[i], quads[i + 1], (2, 6, 3, 7)) for i in (0, 2)]
    columns = [
        _mixed(f, pair[0], pair[1], lanes)
        for pair in (low, high)
        for lanes in ((0, 1, 4, 5), (2, 3, 6, 7))
    ]
    for number, column in enumerate(columns):
        f.store_vector(
            column, f.at(target, number * room), Piece(0, column.type.count, column.type.count)
        )


def _side_by_side(f: Function, parts: Sequence[Value]) -> Value:
    """One vector of several."""
    while len(parts) > 1:
        lanes = list(range(2 * parts[0].type.count))
        parts = [
            f.builder.shuffle_vector(first, second, _lanes(lanes))
            for first, second in zip(parts[::2], parts[1::2], strict=True)
        ]
    return parts[0]


def _mixed(f: Function, first: Value, second: Value, lanes: Sequence[int]) -> Value:
    """The same choice for each four lanes: 0 to 3 are of the first vector, 4 to 7 of the second."""
    count = first.type.count
    chosen = [
        start + (lane if lane < SIDE else count + lane - SIDE)
        for start in range(0, count, SIDE)
        for lane in lanes
    ]
    return f.builder.shuffle_vector(first, second, _lanes(chosen))


def _lanes(lanes: Sequence[int]) -> Value:
    return ir.Constant(ir.VectorType(INT32, len(lanes)), list(lanes))
