"""One tile and one vector of channels or filters: Bᵀ d B on the way in, Aᵀ M A on the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.winograd_filtering import TAPS, filtering
from konv.engines.compiled.kernels.winograd_map import MapTile
from konv.engines.compiled.kernels.winograd_passes import Passes

__all__ = ["Source", "sums_of_tile", "transform_tile"]


@dataclass(frozen=True)
class Source:
    """Where the numbers lie that a tile meets.

    Args:
        first: of them.
        row, column: from one to the next.
    """

    first: Value
    row: int
    column: int


def transform_tile(
    f: Function,
    size: int,
    tile: MapTile,
    source: Source,
    target: tuple[Value, int],
    piece: Piece,
) -> None:
    """V = Bᵀ d B

    Args:
        f: where it is written.
        size: m.
        tile: of which only what its sums meet is read.
        source: d.
        target: where the first point of V goes, and how far behind the next one does.
        piece: the channels.
    """
    way, (there, pitch) = filtering(size), target
    high, wide = (sums + TAPS - 1 for sums in (tile.rows, tile.columns))
    nothing = [None] * way.points

    def column(number: Index) -> Sequence[Value]:
        top = f.at(source.first, f.multiply(number, source.column))
        met = [f.load_vector(f.at(top, i * source.row), piece) for i in range(high)]
        return [*met, *nothing[high:]]

    def write(number: Index, row: Sequence[Value]) -> None:
        start = f.at(there, f.multiply(number, way.points * pitch))
        for j, value in enumerate(way.of_inputs(f, [*row, *nothing[wide:]])):
            f.store_vector(value, f.at(start, j * pitch), piece)

    passes = Passes(f, piece.width, way.points, wide)
    passes.over_columns(wide, column, lambda line: way.of_inputs(f, line))
    passes.over_rows(way.points, write)


def sums_of_tile(
    f: Function, size: int, tile: MapTile, source: tuple[Value, int], piece: Piece
) -> list[Sequence[Value]]:
    """Aᵀ M A, row by row.

    Args:
        f: where it is written.
        size: m.
        tile: of which only the sums that are wanted are worked out.
        source: where the first point of M lies, and how far behind the next one does.
        piece: the filters.
    """
    way, (here, pitch) = filtering(size), source
    whole = Piece(0, piece.width, piece.width)

    def column(number: Index) -> Sequence[Value]:
        top = f.at(here, f.multiply(number, pitch))
        addresses = [f.at(top, i * way.points * pitch) for i in range(way.points)]
        return [f.load_vector(address, whole) for address in addresses]

    passes = Passes(f, piece.width, tile.rows, way.points)
    passes.over_columns(way.points, column, lambda line: way.of_products(f, line, tile.rows))
    return [way.of_products(f, passes.row(i), tile.columns) for i in range(tile.rows)]
