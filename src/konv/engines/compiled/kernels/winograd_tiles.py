"""One tile and one vector of channels or filters: Bᵀ d B on the way in, Aᵀ M A on the way out.

A tile of which not everything is wanted meets zeros beyond, and nothing is read there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.winograd_filtering import TAPS, filtering
from konv.engines.compiled.kernels.winograd_map import MapTile
from konv.engines.compiled.kernels.winograd_passes import Passes
from konv.engines.compiled.record import record

__all__ = ["Finish", "Source", "sums_of_tile", "transform_tile", "wanted"]


@record
class Finish:
    """What becomes of the sums of a tile.

    Args:
        rows: how many rows are given away together.
        write: is called with the tile, how many such rows were before, the first filter, the
            vector of filters, and the sums row by row.
    """

    rows: int
    write: Callable[[MapTile, Index, Index, Piece, Sequence[Sequence[Value]]], None]


@record
class Source:
    """Where the numbers lie that a tile meets.

    Args:
        first: of them.
        row, column: from one to the next.
    """

    first: Value
    row: int
    column: int


@record
class _Row:
    """Where the numbers of a row lie: the first, and from one to the next."""

    first: Value
    step: Index


def transform_tile(
    f: Function,
    tile: MapTile,
    source: Source,
    target: tuple[Value, int],
    piece: Piece,
) -> None:
    """V = Bᵀ d B

    Args:
        f: where it is written.
        tile: of which only what its sums meet is read.
        source: d.
        target: where the first point of V goes, and how far behind the next one does; there is
            room for all of a vector.
        piece: the channels.
    """
    way, (there, pitch) = filtering(tile.size), target
    wide = f.add(tile.columns, TAPS - 1)
    zeros = f.scratch(piece.width)
    f.store_vector(f.constant(0, piece.width), zeros, Piece(0, piece.width, piece.width))
    rows = [_row(f, tile, source, number, zeros) for number in range(way.points)]
    passes = Passes(f, piece.width, way.points, way.points)

    def column(number: Index) -> Sequence[Value]:
        addresses = [f.at(row.first, f.multiply(number, row.step)) for row in rows]
        return [f.load_vector(address, piece) for address in addresses]

    def write(number: Index, row: Sequence[Value]) -> None:
        start = f.at(there, f.multiply(number, way.points * pitch))
        for j, value in enumerate(way.of_inputs(f, row)):
            f.store_vector(value, f.at(start, j * pitch), Piece(0, piece.width, piece.width))

    passes.over_columns(wide, column, lambda line: way.of_inputs(f, line))
    passes.clear_columns(wide)
    passes.over_rows(way.points, write)


def _row(f: Function, tile: MapTile, source: Source, number: int, zeros: Value) -> _Row:
    """A row of what a tile meets: zeros, again and again, if it is beyond."""
    row = _Row(f.at(source.first, number * source.row), source.column)
    if number < TAPS:
        return row
    if isinstance(tile.rows, int):
        return row if number < tile.rows + TAPS - 1 else _Row(zeros, 0)
    met = f.builder.icmp_signed("<", f.index(number + 1 - TAPS), tile.rows)
    step = f.builder.select(met, f.index(source.column), f.index(0))
    return _Row(f.builder.select(met, row.first, zeros), step)


def sums_of_tile(
    f: Function,
    tile: MapTile,
    source: tuple[Value, int],
    filters: tuple[Index, Piece],
    finish: Finish,
) -> None:
    """Aᵀ M A

    Args:
        f: where it is written.
        tile: of which only the rows that are wanted are worked out.
        source: where the first point of M lies, and how far behind the next one does.
        filters: the first, and the vector of them.
        finish: what becomes of the sums.
    """
    way, (here, pitch), piece = filtering(tile.size), source, filters[1]
    whole = Piece(0, piece.width, piece.width)
    columns = tile.columns if isinstance(tile.columns, int) else tile.size

    def column(number: Index) -> Sequence[Value]:
        top = f.at(here, f.multiply(number, pitch))
        addresses = [f.at(top, i * way.points * pitch) for i in range(way.points)]
        return [f.load_vector(address, whole) for address in addresses]

    passes = Passes(f, piece.width, tile.size, way.points)
    passes.over_columns(way.points, column, lambda line: way.of_products(f, line, tile.size))
    with f.loop(f.divide(tile.rows, finish.rows)[0]) as turn:
        first = f.multiply(turn.index, finish.rows)
        rows = [passes.row(f.add(first, i)) for i in range(finish.rows)]
        sums = [way.of_products(f, row, columns) for row in rows]
        finish.write(tile, turn.index, *filters, sums)


def wanted(f: Function, tile: MapTile, wide: int) -> Iterator[int]:
    """The columns of sums that are wanted, so many at a time: the number of each of these."""
    if isinstance(tile.columns, int):
        yield from range(tile.columns // wide)
        return
    for number in range(tile.size // wide):
        with f.when(f.builder.icmp_signed(">", tile.columns, f.index(number * wide))):
            yield number
