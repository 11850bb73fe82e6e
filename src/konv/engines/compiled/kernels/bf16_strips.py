"""How the pixels of a map become rows of products: strips, lines and groups.

Outputs are made strip by strip: some rows, and usually all columns. A strip is one line or several:
pixels that lie equally far apart in the rounded map. If windows move by one pixel, a strip of all
columns is one line, which runs on through the border between two rows; what it makes there is
thrown away. Otherwise each row is a line. A line is cut into groups of 16. Where something does not
divide, the last strip, or group, overlaps the one before.
"""

from __future__ import annotations

from collections.abc import Iterator

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.record import record

__all__ = ["GROUP", "Strips", "best_strips"]

GROUP = 16
# Sums of a strip wait in the cache for what follows them.
_MOST_SLOTS = 256


@record
class Strips:
    """See the head of this file.

    Args:
        rows, columns: of the output in a strip.
        down, across: how many strips there are.
        lines: of a strip.
        slots: places of a line; each is a pixel before the pool, or between two rows.
        pitch: from the first place of a row of pixels to that of the next, in places of the strip.
    """

    rows: int
    columns: int
    down: int
    across: int
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
        return self._lines * -(-self.slots // GROUP)

    @property
    def blocks(self) -> int:
        """Of all lines of all strips: two groups each, or one that is left."""
        return self._lines * -(-self.slots // (2 * GROUP))

    @property
    def _lines(self) -> int:
        return self.down * self.across * self.lines


def best_strips(
    input: MapLayout, output: MapLayout, pool: tuple[int, int], stride: tuple[int, int]
) -> Strips:
    """Those with the fewest blocks; of these the smallest, whose sums stay closest by."""
    found = _flat(input, output, pool) if stride == (1, 1) else ()
    small = [strips for strips in found if strips.slots <= _MOST_SLOTS]
    small += _row_by_row(output, pool)
    return min(small, key=lambda strips: (strips.blocks, strips.lines * strips.slots))


def _flat(input: MapLayout, output: MapLayout, pool: tuple[int, int]) -> Iterator[Strips]:
    """One line each."""
    width = input.row // input.channels
    for rows in range(1, output.height + 1):
        slots = (rows * pool[0] - 1) * width + output.width * pool[1]
        yield Strips(rows, output.width, -(-output.height // rows), 1, 1, slots, width)


def _row_by_row(output: MapLayout, pool: tuple[int, int]) -> Iterator[Strips]:
    """As many lines as the pool has rows; not all columns of a map that is wide."""
    most = max(1, _MOST_SLOTS // (pool[0] * pool[1]))
    across = -(-output.width // most)
    columns = -(-output.width // across)
    slots = columns * pool[1]
    yield Strips(1, columns, output.height, across, pool[0], slots, slots)
