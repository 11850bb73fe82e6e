"""Where the elements of a kernel lie that is read filter by filter, some channels at a time.

::

    (blocks of channels, filters, rows, columns, channels of the block)

What follows a row of a filter may begin with a whole vector.
"""

from __future__ import annotations

from konv.engines.compiled.emit.function import Function, Index
from konv.engines.compiled.record import record

__all__ = ["FilterOrder"]


@record
class FilterOrder:
    """See the head of this file.

    Args:
        rows, columns: of a filter.
        channels, filters: how many there are.
        block: how many channels lie together; in the last block are those that are left.
        whole: what each row is filled up to multiples of.
    """

    rows: int
    columns: int
    channels: int
    filters: int
    block: int
    whole: int = 1

    def row(self, channels: int) -> int:
        """From one row of a filter to the next, in a block of so many channels."""
        return -(-self.columns * channels // self.whole) * self.whole

    def filter(self, channels: int) -> int:
        """From one filter to the next, in a block of so many channels."""
        return self.rows * self.row(channels)

    def first(self, f: Function, channel: Index) -> Index:
        """Where the block begins whose first channel this is."""
        block, _none = f.divide(channel, self.block)
        return f.multiply(block, self.filters * self.filter(self.block))

    @property
    def size(self) -> int:
        """What the whole kernel takes, in elements."""
        blocks, rest = divmod(self.channels, self.block)
        return self.filters * (blocks * self.filter(self.block) + self.filter(rest))
