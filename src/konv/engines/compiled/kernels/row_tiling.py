"""How Winograd's way along rows cuts a map, and what lies where on its way.

A register tile is R rows of sums of one column of tiles. The inputs of a *band*, some register
tiles on top of each other, are transformed together. What a call keeps for itself::

    weights    U[chunk of filters, point, channel, row of the window, filter of the chunk]
    line       what the last tile of a row of x meets, with zeros behind it
    inputs     V[point, row of the band, tile, channel]
    products   M[row of the register tile, point, filter of the chunk]

Where channels are few, a vector of V holds what lies side by side in the map, also what is the
beginning of no tile; otherwise the channels of one tile.
"""

from __future__ import annotations

from konv.engines.compiled.kernels.winograd_chunks import FilterChunk, FilterChunks
from konv.engines.compiled.kernels.winograd_filtering import Filtering, filtering
from konv.engines.compiled.record import record

__all__ = ["RowTiling"]

_LINE = 16  # numbers of a line of the cache
_BAND_BYTES = 96 * 1024  # of transformed inputs: they are read again for every chunk of filters
_FEW_CHANNELS = 4


@record
class RowTiling:
    """See the head of this file.

    Args:
        rows, columns: of the sums that are wanted.
        size: m: sums of a tile.
        kernel: rows and columns of a window.
        channels: that are summed over.
        chunks: of filters.
        together: how many rows of sums a register tile holds a multiple of.
        most: how many vectors of sums fit into registers beside the weights.
    """

    rows: int
    columns: int
    size: int
    kernel: tuple[int, int]
    channels: int
    chunks: FilterChunks
    together: int
    most: int

    @property
    def way(self) -> Filtering:
        """How the rows of windows are filtered."""
        return filtering(self.size, self.kernel[1])

    @property
    def points(self) -> int:
        """How many products a tile is made of, of each row of a window, channel and filter."""
        return self.way.points

    @property
    def across(self) -> int:
        """Tiles of a row."""
        return -(-self.columns // self.size)

    @property
    def high(self) -> int:
        """R: rows of a register tile; the last of a band may have fewer."""
        most = max(1, self.most // self.chunks.vectors // self.together)
        groups = self.rows // self.together
        return self.together * -(-groups // -(-groups // most))

    @property
    def band(self) -> int:
        """Rows of sums whose inputs are transformed together."""
        fit = _BAND_BYTES // (4 * self.points * self.row) - self.kernel[0] + 1
        return max(self.high, min(fit, self.rows) // self.high * self.high)

    @property
    def whole(self) -> int:
        """Tiles of a row of which everything is wanted."""
        return self.columns // self.size

    @property
    def last(self) -> int:
        """How many numbers of a row of x the tile behind them meets."""
        return (self.columns % self.size + self.kernel[1] - 1) * self.channels

    @property
    def tile_by_tile(self) -> bool:
        """Whether a vector of V holds channels of one tile only."""
        return self.channels > _FEW_CHANNELS

    @property
    def tile(self) -> int:
        """From one tile to the next in V."""
        return self.channels if self.tile_by_tile else self.size * self.channels

    @property
    def row(self) -> int:
        """From one row to the next in V."""
        return _lines(self.across * self.tile)

    @property
    def point(self) -> int:
        """From one point to the next in V: a line more than it takes, so that not all points of a
        tile lie in the same places of the cache."""
        return (self.band + self.kernel[0] - 1) * self.row + _LINE

    def channel(self, chunk: FilterChunk) -> int:
        """From one channel to the next in U."""
        return self.kernel[0] * chunk.width

    def weights_point(self, chunk: FilterChunk) -> int:
        """From one point to the next in U: a channel more than it takes."""
        return (self.channels + 1) * self.channel(chunk)

    @property
    def filter(self) -> int:
        """What the weights of a filter take in U."""
        return self.points * self.kernel[0] * (self.channels + 1)

    @property
    def parts(self) -> dict[str, int]:
        """What a call keeps for itself, and how many numbers that takes: whole lines."""
        return {
            "weights": _lines(self.chunks.numbers(self.points * self.kernel[0], self.channels)),
            "line": _lines(self.points * self.channels),
            "inputs": self.points * self.point,
            "products": self.high * self.points * self.chunks.size,
        }


def _lines(numbers: int) -> int:
    """So many numbers as whole lines of the cache."""
    return -(-numbers // _LINE) * _LINE
