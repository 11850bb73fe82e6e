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
    f: Function, matrix: Value, target: Value, *, step: int, rows: Index, columns: Index, room: int
) -> None:
    """target[c · room + r] = matrix[r · step + c]

    Args:
        f: where it is written.
        matrix: its first number.
        target: room · ``columns`` numbers, the columns rounded up to a multiple of ``SIDE``.
        step: from one row to the next.
        rows: how many, at least one for each vector of ``room`` but the last, which has one too.
            Lanes beyond them hold what the last row holds.
        columns: how many.
        room: lanes of the target: a multiple of the vector.
    """
    whole, rest = f.divide(columns, SIDE)
    with f.loop(room // f.target.vector) as vector:
        lane = f.multiply(vector.index, f.target.vector)
        lines = [
            f.at(matrix, f.multiply(f.smaller(f.add(lane, place), f.add(rows, -1)), step))
            for place in range(f.target.vector)
        ]
        place = f.at(target, lane)
        with f.loop(whole) as turn:
            column = f.multiply(turn.index, SIDE)
            here = [f.at(line, column) for line in lines]
            _block(f, here, f.at(place, f.multiply(column, room)), Piece(0, SIDE, SIDE), room)
        if isinstance(rest, int):
            if rest:
                _last(f, lines, place, f.multiply(whole, SIDE), rest, room)
        else:
            with f.when(f.builder.icmp_signed(">", rest, f.index(0))):
                _last(f, lines, place, f.multiply(whole, SIDE), rest, room)


def _last(
    f: Function, lines: Sequence[Value], place: Value, column: Index, lanes: Index, room: int
) -> None:
    here = [f.at(line, column) for line in lines]
    _block(f, here, f.at(place, f.multiply(column, room)), Piece(0, lanes, SIDE), room)


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
