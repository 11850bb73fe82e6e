"""Window: what one place of a layer's output sees of its input.

Output (i, j) of the rows and columns has its window at rows i·stride − before + u·dilation, columns
alike, for the elements (u, v) of the kernel. What lies off the map is a zero of the padding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from konv.language import translate as _
from konv.layers.base import Array
from konv.layers.windowed import SpatialLayer
from konv.values.numbers import span
from konv.values.parts import Part
from konv.values.spot import Spot

__all__ = ["Window", "coordinates", "window_at"]


@dataclass(frozen=True)
class Window:
    """What one place of the output sees of a map.

    Args:
        maps: (height, width, channels).
        rows, columns: of the map, in the order of the kernel; some may lie off it.
        channels_first: whether places are written (channel, row, column).
    """

    maps: Array
    rows: Array
    columns: Array
    channels_first: bool

    @property
    def grid(self) -> tuple[int, int]:
        """How many rows and columns it has."""
        return len(self.rows), len(self.columns)

    @property
    def inside(self) -> Array:
        """(rows, columns) whether each is on the map."""
        on_rows, on_columns = (
            (places >= 0) & (places < size)
            for places, size in zip((self.rows, self.columns), self.maps.shape, strict=False)
        )
        return np.logical_and.outer(on_rows, on_columns)

    def part(self, channel: int) -> Part:
        """The numbers of one channel, row by row."""
        inside = self.inside
        height, width = self.maps.shape[:2]
        rows, columns = np.clip(self.rows, 0, height - 1), np.clip(self.columns, 0, width - 1)
        numbers = np.where(inside, self.maps[np.ix_(rows, columns)][..., channel], 0.0)
        i, j = np.meshgrid(self.rows, self.columns, indexing="ij")
        place = [np.full_like(i, channel), i, j] if self.channels_first else None
        place = place or [i, j, np.full_like(i, channel)]
        return Part(
            numbers=numbers.reshape(-1),
            places=np.stack(place, axis=-1).reshape(-1, 3),
            inside=inside.reshape(-1),
            grid=self.grid,
        )

    def text(self, source: str) -> str:
        """Where it lies."""
        return _(
            "window of {source}: rows {rows}, columns {columns}",
            source=source,
            rows=_places(self.rows),
            columns=_places(self.columns),
        )


def _places(places: Array) -> str:
    """Rows or columns of a window; those of a dilated one are listed."""
    first, last = int(places[0]), int(places[-1])
    if last - first == len(places) - 1:
        return span(first, last)
    return ", ".join(map(str, places.tolist()))


def window_at(layer: SpatialLayer, spot: Spot, row: int, column: int) -> Window:
    """The window that makes one row and column of the output."""
    maps = layer.to_last(spot.inputs[0][np.newaxis])[0]
    axes = layer.axes(*spot.node.input_shapes)
    assert axes is not None
    rows, columns = (
        place * axis.stride - axis.before + axis.dilation * np.arange(axis.kernel)
        for place, axis in zip((row, column), axes, strict=True)
    )
    return Window(maps, rows, columns, layer.channels_first)


def coordinates(layer: SpatialLayer, at: tuple[int, ...]) -> tuple[int, int, int]:
    """(row, column, channel) of a place in the data format of the layer."""
    first, second, third = at
    return (second, third, first) if layer.channels_first else (first, second, third)
