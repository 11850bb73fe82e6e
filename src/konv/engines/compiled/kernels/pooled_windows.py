"""How the windows behind the pixels of a pooled map lie on the input; how many fit the cache."""

from __future__ import annotations

import math
from collections.abc import Iterator

from konv.engines.compiled.emit.function import Function, Index
from konv.engines.compiled.kernels.bands import even_blocks
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.record import record

__all__ = ["BandSize", "PooledBand", "PooledWindows"]

# A band's part of the input: what the nearest cache holds beside the lists of live values.
_BAND_BYTES = 32768
_MOST_PIXELS = 256


@record
class BandSize:
    """How many pictures, rows and columns of a pooled map are worked on together at most."""

    pictures: int
    rows: int
    columns: int


@record
class PooledBand:
    """A part of the pooled maps: where it begins, and how many pictures, rows and columns."""

    picture: Index
    pictures: Index
    row: Index
    rows: Index
    column: Index
    columns: Index


@record
class PooledWindows:
    """See the head of this file.

    Args:
        height, width: of the pooled map.
        window: how the windows of a convolution lie on its input.
        pool: rows and columns of the pool behind it.
    """

    height: int
    width: int
    window: Window
    pool: tuple[int, int]

    @property
    def steps(self) -> tuple[int, int]:
        """Rows and columns of the input from one pooled pixel to the next."""
        down, across = (self.pool[i] * self.window.stride[i] for i in (0, 1))
        return down, across

    def met(self, rows: int, columns: int) -> tuple[int, int]:
        """Rows and columns of the input that the windows of so many pooled pixels meet."""
        down, across = (
            size * self.steps[i] + self._beyond(i) for i, size in enumerate((rows, columns))
        )
        return down, across

    def met_by(self, f: Function, rows: Index, columns: Index) -> tuple[Index, Index]:
        """The same, if the numbers are known only at run time."""
        down, across = (
            f.add(f.multiply(size, self.steps[i]), self._beyond(i))
            for i, size in enumerate((rows, columns))
        )
        return down, across

    def _beyond(self, axis: int) -> int:
        reach = (self.window.kernel[axis] - 1) * self.window.dilation[axis] + 1
        return reach - self.window.stride[axis]

    def band(self, pixel_bytes: int, most: int = _MOST_PIXELS) -> BandSize:
        """As many pixels as fit the cache, if a pixel of the input takes up so much; at most so
        many of the pooled map."""
        rows, columns = max(
            (
                (self._rows(-(-self.width // blocks), pixel_bytes, most), -(-self.width // blocks))
                for blocks in range(-(-self.width // most), self.width + 1)
            ),
            key=lambda size: (math.prod(size), size[1]),
        )
        if (rows, columns) != (self.height, self.width):
            return BandSize(1, rows, columns)
        picture = math.prod(self.met(rows, columns)) * pixel_bytes
        pictures = min(most // (rows * columns), _BAND_BYTES // picture)
        return BandSize(max(1, pictures), rows, columns)

    def bands_of(
        self, f: Function, picture: Index, pictures: Index, size: BandSize
    ) -> Iterator[PooledBand]:
        """All of some pictures, in bands of at most that size."""
        for row, rows in even_blocks(f, self.height, size.rows):
            for column, columns in even_blocks(f, self.width, size.columns):
                yield PooledBand(picture, pictures, row, rows, column, columns)

    def bands(self, pixel_bytes: int) -> float:
        """How many bands there are for each picture."""
        size = self.band(pixel_bytes)
        return -(-self.height // size.rows) * -(-self.width // size.columns) / size.pictures

    def _rows(self, columns: int, pixel_bytes: int, most: int) -> int:
        """How many rows of so many pixels fit the cache."""
        first, width = self.met(1, columns)
        more = (_BAND_BYTES // (width * pixel_bytes) - first) // self.steps[0]
        return max(1, min(1 + more, most // columns, self.height))
