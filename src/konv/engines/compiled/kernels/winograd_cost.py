"""What Winograd's way costs: a small model of the processor, in cycles per picture.

A block of tiles costs its transforms, point by point of each tile and vector; its products,
register tile by register tile; and what it takes to bring the transformed weights to it, once per
block. The constants were fitted to measurements of layers from 8 to 256 channels.
"""

from __future__ import annotations

from konv.engines.compiled.kernels.rows import most_rows
from konv.engines.compiled.kernels.winograd_map import TiledMap
from konv.engines.compiled.kernels.winograd_sums import ROWS, WinogradSums
from konv.engines.compiled.target import Target

__all__ = ["alone_cycles", "sums_cycles", "weights_cycles"]

# Cycles of a point of a tile and one vector, and more of them for each number of it.
_TRANSFORM = (2.5, 0.26)
_FINISH = (2.1, 0.11)
_WEIGHTS = (1.0, 0.11)
_MASKED = 1.5  # how many times as long a vector takes that is not full
_TILE = 40.0  # to find a tile
_LATENCY = 4.0  # of a multiply-add
_TURN = 0.25  # of a turn of the innermost loop that nothing hides
# To begin and end a register tile, and for each of its sums: for all channels, and for a part.
_WHOLE, _PART = (20.0, 0.75), (2.0, 0.5)
# Bytes of weights that come in a cycle, if all stay in the second-level cache or do not.
_NEAR_BYTES, _NEAR, _FAR = 256 * 1024, 24.0, 10.0
# To write weights into the second level, or beyond, takes so many times as long as into the first.
_SECOND, _BEYOND = 2.8, 5.0
_FIRST_LEVEL_BYTES, _SECOND_LEVEL_BYTES = 32 * 1024, 1024 * 1024
_PICTURES = 8  # that are there at once, if they are many


def sums_cycles(sums: WinogradSums, target: Target) -> float:
    """A picture of many, whose weights have been transformed."""
    tiles = sums.map.tiles
    bytes = 4 * sums.weights_numbers
    brought = bytes / (_NEAR if bytes <= _NEAR_BYTES else _FAR)
    channels = sums.input.channels
    return (
        _passes(sums.map, channels, target, _TRANSFORM)
        + _products(sums, target, channels, _PICTURES * tiles, _WHOLE) / _PICTURES
        + brought * tiles / sums.most_tiles
        + _passes(sums.map, sums.chunks.filters, target, _FINISH)
    )


def alone_cycles(sums: WinogradSums, target: Target, channels: int) -> float:
    """A single picture, of which so many channels have their weights transformed at a time.

    By one thread: several of them would each transform the picture for themselves.
    """
    parts = -(-sums.input.channels // channels)
    tiles = min(sums.map.tiles, sums.most_tiles)
    written = 4 * sums.weights_numbers / sums.chunks.count / parts
    far = 1.0 if written <= _FIRST_LEVEL_BYTES else _SECOND
    ends = _PART if parts > 1 else _WHOLE
    products = parts * _products(sums, target, channels, tiles, ends)
    return (
        _passes(sums.map, sums.input.channels, target, _TRANSFORM)
        + (far * _weights(sums, target) + products) * sums.map.tiles / tiles
        + _passes(sums.map, sums.chunks.filters, target, _FINISH)
    )


def weights_cycles(sums: WinogradSums, target: Target) -> float:
    """All transformed weights, once per batch."""
    beyond = 4 * sums.weights_numbers > _SECOND_LEVEL_BYTES
    return _weights(sums, target) * (_BEYOND if beyond else _SECOND)


def _weights(sums: WinogradSums, target: Target) -> float:
    vectors = _vectors(sums.chunks.filters, target, _WEIGHTS)
    return sums.map.points * sums.input.channels * vectors


def _passes(map: TiledMap, numbers: int, target: Target, point: tuple[float, float]) -> float:
    """What is done with each tile and each vector of channels or filters."""
    return map.tiles * (_TILE + map.points * _vectors(numbers, target, point))


def _vectors(numbers: int, target: Target, each: tuple[float, float]) -> float:
    """Cycles of vectors, of which the last may not be full."""
    width = min(target.vector, 1 << (numbers - 1).bit_length())
    whole, rest = divmod(numbers, width)
    return (whole + (_MASKED if rest else 0.0)) * (each[0] + each[1] * width)


def _products(
    sums: WinogradSums, target: Target, depth: int, tiles: int, ends: tuple[float, float]
) -> float:
    """So many channels of all filters, for some tiles."""
    vectors = -(-sums.chunks.filters // sums.chunks.vector)
    whole, rest = divmod(vectors, sums.chunks.vectors)
    total = 0.0
    for chunks, wide in ((whole, sums.chunks.vectors), (1, rest)):
        if wide:
            high = min(ROWS, most_rows(target, wide), max(ROWS // 2, tiles))
            turn = _TURN + max(high * wide / 2, (high + wide) / 2, _LATENCY)
            register_tile = depth * turn + ends[0] + ends[1] * high * wide
            total += chunks * sums.map.points * max(1.0, tiles / high) * register_tile
    return total
