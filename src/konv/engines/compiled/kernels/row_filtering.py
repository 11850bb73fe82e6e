"""The steps of Winograd's way along rows: weights, inputs, products, sums."""

from __future__ import annotations

from collections.abc import Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.row_tiling import RowTiling
from konv.engines.compiled.kernels.winograd_chunks import FilterChunk
from konv.engines.compiled.kernels.winograd_map import MapTile
from konv.engines.compiled.kernels.winograd_tiles import Finish

__all__ = ["RowFiltering"]


class RowFiltering:
    """Writes them.

    Args:
        f: where they are written; its pointer ``scratch`` is to the tiling's parts.
        tiling: how the map is cut.
    """

    def __init__(self, f: Function, tiling: RowTiling) -> None:
        self._f, self._tiling = f, tiling
        place = f.pointers["scratch"]
        self._places: dict[str, Value] = {}
        for name, numbers in tiling.parts.items():
            self._places[name] = f.hidden(place)
            place = f.at(place, numbers)

    def transform_weights(self, kernel: Value, *, flipped: bool) -> None:
        """U = G g of every row of every window.

        Args:
            kernel: [rows, columns, channels, filters].
            flipped: whether it is turned by 180°.
        """
        f, tiling = self._f, self._tiling
        filters = tiling.chunks.filters
        high, wide = tiling.kernel
        tap = tiling.channels * filters
        for chunk in tiling.chunks.each(f):
            for offset, piece in chunk.row(f):
                with f.loop(tiling.channels) as channel, f.loop(high) as line:
                    row = f.subtract(high - 1, line.index) if flipped else line.index
                    start = f.multiply(row, wide * tap), f.multiply(channel.index, filters)
                    window = f.at(kernel, f.add(*start, chunk.first, offset))
                    taps = [f.load_vector(f.at(window, i * tap), piece) for i in range(wide)]
                    behind = (
                        f.multiply(channel.index, tiling.channel(chunk)),
                        f.multiply(line.index, chunk.width),
                    )
                    there = f.at(self._weights_of(chunk), f.add(*behind, offset))
                    transformed = tiling.way.of_weights(f, taps[::-1] if flipped else taps)
                    whole = Piece(0, piece.width, piece.width)
                    for point, value in enumerate(transformed):
                        at = f.at(there, point * tiling.weights_point(chunk))
                        f.store_vector(value, at, whole)

    def clear_line(self) -> None:
        """Behind a row that does not fill its last tile there are zeros."""
        f = self._f
        for offset, piece in f.row(self._tiling.parts["line"]):
            place = f.at(self._places["line"], offset)
            f.store_vector(f.constant(0, piece.width), place, piece)

    def transform_inputs(self, x: Value, pitch: int, rows: int) -> None:
        """V = Bᵀ d of all rows that so many rows of sums meet.

        Args:
            x: the first number that is met.
            pitch: from one row of x to the next.
            rows: of sums.
        """
        f, tiling = self._f, self._tiling
        with f.loop(rows + tiling.kernel[0] - 1) as row:
            source = f.at(x, f.multiply(row.index, pitch))
            target = f.hidden(f.at(self._places["inputs"], f.multiply(row.index, tiling.row)))
            self._transform_tiles(source, target, tiling.whole)
            if tiling.whole < tiling.across:
                rest = f.at(source, tiling.whole * tiling.size * tiling.channels)
                self._transform_tiles(
                    self._filled(rest), f.at(target, tiling.whole * tiling.tile), 1
                )

    def _filled(self, source: Value) -> Value:
        """What the last tile of a row meets, with zeros behind it."""
        f, line = self._f, self._places["line"]
        for offset, piece in f.row(self._tiling.last):
            numbers = f.load_vector(f.at(source, offset), piece)
            f.store_vector(numbers, f.at(line, offset), piece)
        return line

    def _transform_tiles(self, source: Value, target: Value, count: int) -> None:
        """Some tiles of a row."""
        f, tiling = self._f, self._tiling
        if not tiling.tile_by_tile:
            between = max(0, count - 1) * tiling.size * tiling.channels
            self._transform(source, target, between + min(count, 1) * tiling.channels)
            return
        with f.loop(count) as turn:
            here = f.at(source, f.multiply(turn.index, tiling.size * tiling.channels))
            there = f.at(target, f.multiply(turn.index, tiling.tile))
            self._transform(here, there, tiling.channels)

    def _transform(self, source: Value, target: Value, numbers: int) -> None:
        """Some neighbouring numbers, each with those that are so many pixels to its right."""
        f, tiling = self._f, self._tiling
        for offset, piece in f.row(numbers):
            d = [
                f.load_vector(f.at(source, f.add(offset, pixel * tiling.channels)), piece)
                for pixel in range(tiling.points)
            ]
            for point, value in enumerate(tiling.way.of_inputs(f, d)):
                f.store_vector(value, f.at(target, f.add(offset, point * tiling.point)), piece)

    def sums(self, above: Index, across: Index, tile: MapTile, end: Finish) -> None:
        """The sums of a column of tiles, and what becomes of them.

        Args:
            above: how many rows of the band are above it.
            across: how many tiles are before it.
            tile: the first of its tiles, with the rows of all of them.
            end: what becomes of the sums.
        """
        f, tiling = self._f, self._tiling
        start = f.multiply(above, tiling.row), f.multiply(across, tiling.tile)
        inputs = f.hidden(f.at(self._places["inputs"], f.add(*start)))
        for chunk in tiling.chunks.each(f):
            self._multiply(inputs, chunk, tile.rows)
            self._finish(chunk, tile, end)

    def _multiply(self, inputs: Value, chunk: FilterChunk, rows: int) -> None:
        """M of so many rows."""
        f, tiling = self._f, self._tiling
        pieces, weights = chunk.padded, self._weights_of(chunk)
        steps = tiling.point, tiling.weights_point(chunk), chunk.width
        starts = inputs, weights, self._places["products"]
        zeros = [f.constant(0, chunk.vector)] * (rows * len(pieces))
        with f.loop(tiling.points) as point:
            v, u, m = (
                f.hidden(f.at(start, f.multiply(point.index, step)))
                for start, step in zip(starts, steps, strict=True)
            )
            with f.loop(tiling.channels, zeros) as channel:
                matrix = f.at(u, f.multiply(channel.index, tiling.channel(chunk)))
                taps = [
                    [
                        f.load_vector(f.at(matrix, k * chunk.width + piece.start), piece)
                        for piece in pieces
                    ]
                    for k in range(tiling.kernel[0])
                ]
                column = f.at(v, channel.index)
                channel.results = self._met(column, taps, channel.carried)
            row = tiling.points * chunk.width
            for at, value in enumerate(channel.results):
                i, j = divmod(at, len(pieces))
                f.store_vector(value, f.at(m, i * row + pieces[j].start), pieces[j])

    def _met(
        self, column: Value, taps: Sequence[Sequence[Value]], carried: Sequence[Value]
    ) -> list[Value]:
        """Sums with one channel more: each number is met by the rows whose windows hold it."""
        f, high = self._f, len(taps)
        sums, vectors = list(carried), len(taps[0])
        rows = len(sums) // vectors
        for i in range(rows + high - 1):
            number = f.load(f.at(column, i * self._tiling.row))
            spread = f.splat(number, taps[0][0].type.count)
            for k in range(max(0, i - rows + 1), min(high, i + 1)):
                for j, tap in enumerate(taps[k]):
                    at = (i - k) * vectors + j
                    sums[at] = f.multiply_add(spread, tap, sums[at])
        return sums

    def _finish(self, chunk: FilterChunk, tile: MapTile, end: Finish) -> None:
        """Aᵀ M, as many rows together as the end wants."""
        f, tiling = self._f, self._tiling
        columns = tile.columns if isinstance(tile.columns, int) else tiling.size
        row = tiling.points * chunk.width
        with f.loop(tile.rows // end.rows) as turn:
            top = f.at(self._places["products"], f.multiply(turn.index, end.rows * row))
            for offset, piece in chunk.row(f):
                here, whole = f.at(top, offset), Piece(0, piece.width, piece.width)
                sums = []
                for i in range(end.rows):
                    places = [f.at(here, i * row + p * chunk.width) for p in range(tiling.points)]
                    m = [f.load_vector(place, whole) for place in places]
                    sums.append(tiling.way.of_products(f, m, columns))
                end.write(tile, turn.index, f.add(chunk.first, offset), piece, sums)

    def _weights_of(self, chunk: FilterChunk) -> Value:
        start = self._f.multiply(chunk.first, self._tiling.filter)
        return self._f.at(self._places["weights"], start)
