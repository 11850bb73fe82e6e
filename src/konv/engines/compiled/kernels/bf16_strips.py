"""How the pixels of a map become rows of products: strips, lines and groups.

Outputs are made strip by strip, some rows at a time. A strip is one line or several: pixels that
lie equally far apart in the rounded map. If windows move by one pixel, the whole strip is one line,
which runs on through the border between two rows; what it makes there is thrown away. Otherwise
each row is a line. A line is cut into groups of 16; the last of them overlaps the one before.
"""

from __future__ import annotations

from dataclasses import dataclass

from konv.engines.compiled.kernels.base import MapLayout

__all__ = ["GROUP", "Strips", "best_strips"]

GROUP = 16
# Sums of a strip wait in the cache for what follows them.
_MOST_SLOTS = 256


@dataclass(frozen=True)
class Strips:
    """See the head of this file.

    Args:
        rows: of the output in a strip.
        count: how many strips there are; the last overlaps the one before.
        lines: of a strip.
        slots: places of a line; each is a pixel before the pool, or between two rows.
        pitch: from the first place of a row of pixels to that of the next, in places of the strip.
    """

    rows: int
    count: int
    lines: int
    slots: int
    pitch: int

    @property
    def group(self) -> int:
        """Places of a group."""
        return min(GROUP, self.slots)

    @property
    def groups(self) -> int:
        """Of all lines of all strips."""
        return self.count * self.lines * -(-self.slots // GROUP)

    @property
    def blocks(self) -> int:
        """Of all lines of all strips: two groups each, or one that is left."""
        return self.count * self.lines * -(-self.slots // (2 * GROUP))


def best_strips(
    input: MapLayout, output: MapLayout, pool: tuple[int, int], stride: tuple[int, int]
) -> Strips:
    """Those with the fewest blocks; of these the smallest, whose sums stay closest by."""
    flat = stride == (1, 1)
    width = input.row // input.channels
    columns = output.width * pool[1]
    found: list[Strips] = []
    for rows in range(1, output.height + 1):
        lines = rows * pool[0]
        slots = (lines - 1) * width + columns
        if flat:
            strips = Strips(rows, -(-output.height // rows), 1, slots, width)
        else:
            strips = Strips(rows, -(-output.height // rows), lines, columns, columns)
        if found and strips.lines * strips.slots > _MOST_SLOTS:
            break
        found.append(strips)
    return min(found, key=lambda strips: (strips.blocks, strips.rows))
