"""Vectors of channels, for kernels that take every channel by itself.

Channel c may have several maps, c·M + m for m < M. A vector holds all maps of as many channels as
fit; if those of one channel are too many, it holds some of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import (
    INDEX,
    INT32,
    Function,
    Index,
    Piece,
    Value,
)
from konv.engines.compiled.record import record

__all__ = ["Lanes", "channel_lanes", "covering", "whole_channels"]


@record
class Lanes:
    """Some neighbouring channels and their maps, as vectors.

    Args:
        channel, map: the first of them.
        channels, maps: the vectors that hold them.
        multiplier: how many maps a channel has.
    """

    channel: Index
    map: Index
    channels: Piece
    maps: Piece
    multiplier: int = 1

    def spread(self, f: Function, pointer: Value) -> Value:
        """The numbers of the channels, each as often as it has maps here."""
        if self.multiplier == 1:
            return f.load_vector(pointer, self.channels)
        if self.channels.lanes == 1:
            return f.splat(f.load(pointer), self.maps.width)
        last = self.channels.lanes - 1
        lanes = [min(lane // self.multiplier, last) for lane in range(self.maps.width)]
        return _shuffled(f, f.load_vector(pointer, self.channels), lanes)

    def folded(self, f: Function, vector: Value) -> Value:
        """The sums over the maps of each channel; lanes left over must hold 0."""
        if self.multiplier == 1:
            return vector
        if self.channels.lanes == 1:
            return _shuffled(f, _added_up(f, vector), [0] * self.channels.width)
        total: Value = None
        for m in range(self.multiplier):
            lanes = [c * self.multiplier + m for c in range(self.channels.lanes)]
            lanes += [0] * (self.channels.width - len(lanes))
            part = _shuffled(f, vector, lanes)
            total = part if total is None else f.builder.fadd(total, part)
        return total


def channel_lanes(
    f: Function, channels: int, multiplier: int = 1, *, repeatable: bool = True
) -> Iterator[Lanes]:
    """All maps of all channels, vector by vector.

    Args:
        f: where it is written.
        channels, multiplier: how many channels, and maps of each.
        repeatable: whether the same channel may be done twice. Then the consumer's body is written
            once; else once more for the channels that are left at the end.
    """
    vector = f.target.vector
    if multiplier <= vector:
        yield from whole_channels(f, channels, multiplier, repeatable=repeatable)
        return
    with f.loop(channels) as turn:
        for start, count in _cut(f, multiplier, vector, repeatable):
            first = f.add(f.multiply(turn.index, multiplier), start)
            yield Lanes(turn.index, first, Piece(0, 1, 1), Piece(0, count, vector), multiplier)


def whole_channels(
    f: Function, channels: int, multiplier: int = 1, *, repeatable: bool = True
) -> Iterator[Lanes]:
    """All channels, as many at a time as fit with all of their maps: at least one.

    If the maps of one channel do not fit, the vector holds the first of them.
    """
    vector = f.target.vector
    together = min(channels, max(1, vector // multiplier))
    channels_width = f.pieces(together)[0].width
    maps_width = f.pieces(together * multiplier)[0].width
    for channel, count in _cut(f, channels, together, repeatable):
        yield Lanes(
            channel,
            f.multiply(channel, multiplier),
            Piece(0, count, channels_width),
            Piece(0, min(vector, count * multiplier), maps_width),
            multiplier,
        )


def covering(f: Function, total: int, size: int) -> Iterator[tuple[Index, int]]:
    """``total`` things in blocks of ``size``: (first of the block, how many it has).

    The last block begins earlier instead of being shorter, so the same thing may be done twice. The
    consumer's body is written once.
    """
    size = min(total, size)
    blocks = -(-total // size)
    with f.loop(blocks) as turn:
        start = f.multiply(turn.index, size)
        if total % size:
            # Not as a minimum: that LLVM carries along in every address, which takes it long.
            last = f.builder.icmp_signed("==", turn.index, f.index(blocks - 1))
            twice = f.multiply(f.builder.zext(last, INDEX), blocks * size - total)
            start = f.subtract(start, twice)
        yield start, size


def _cut(f: Function, total: int, size: int, repeatable: bool) -> Iterator[tuple[Index, int]]:
    return covering(f, total, size) if repeatable else f.blocks(total, size)


def _shuffled(f: Function, vector: Value, lanes: Sequence[int]) -> Value:
    undefined = ir.Constant(vector.type, ir.Undefined)
    order = ir.Constant(ir.VectorType(INT32, len(lanes)), list(lanes))
    return f.builder.shuffle_vector(vector, undefined, order)


def _added_up(f: Function, vector: Value) -> Value:
    """The sum of all lanes, as a vector of one."""
    while vector.type.count > 1:
        half = vector.type.count // 2
        low, high = (_shuffled(f, vector, range(start, start + half)) for start in (0, half))
        vector = f.builder.fadd(low, high)
    return vector
