"""Walking over the elements of several arrays at once: the part that simple kernels share.

The arrays hold equally many numbers, along dimensions of equal sizes; from one number to the next
along a dimension, each array has a step of its own. Dimensions that follow each other without a gap
in all arrays become one: a map without a border is a single row, and so are all maps of a tile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.record import record

__all__ = [
    "Dimension",
    "each_vector",
    "joined_dimensions",
    "map_dimensions",
    "over",
    "places",
    "put",
]


@record
class Dimension:
    """One dimension: how many numbers, and how far apart they lie in each of the arrays."""

    count: Index
    steps: tuple[int, ...]


def map_dimensions(f: Function, layouts: Sequence[MapLayout]) -> list[Dimension]:
    """Pictures, rows, and the numbers of a row, of maps of one size."""
    one = layouts[0]
    return [
        Dimension(f.count, tuple(layout.size for layout in layouts)),
        Dimension(one.height, tuple(layout.row for layout in layouts)),
        Dimension(one.width * one.channels, (1,) * len(layouts)),
    ]


def joined_dimensions(f: Function, dimensions: Sequence[Dimension]) -> list[Dimension]:
    """The same elements in the same order, in as few dimensions as possible; at least one."""
    result: list[Dimension] = []
    for inner in dimensions:
        outer = result[-1] if result else None
        if inner.count == 1 and inner is not dimensions[-1]:
            continue
        if isinstance(inner.count, int) and outer and _follows(outer, inner):
            result[-1] = Dimension(f.multiply(outer.count, inner.count), inner.steps)
        else:
            result.append(inner)
    return result


def _follows(outer: Dimension, inner: Dimension) -> bool:
    """Whether nothing lies between the end of the inner dimension and its next beginning."""
    if outer.count == 1:
        return True
    return all(
        step == inner.count * small for step, small in zip(outer.steps, inner.steps, strict=True)
    )


def places(
    f: Function, dimensions: Sequence[Dimension], starts: Sequence[Index]
) -> Iterator[list[Index]]:
    """Where each element lies in each array, in a loop for every dimension."""
    if not dimensions:
        yield list(starts)
        return
    outer, *inner = dimensions
    with f.loop(outer.count) as turn:
        yield from places(f, inner, _moved(f, starts, outer, turn.index))


def each_vector(
    f: Function, dimensions: Sequence[Dimension], starts: Sequence[Index], *, unrolled: int = 1
) -> Iterator[tuple[list[Index], Piece]]:
    """Vectors along the last dimension: (where they begin in each array, how long they are).

    Args:
        f: where it is written.
        dimensions: the step of the last one is 1 in all arrays that are read as vectors.
        starts: where each array begins.
        unrolled: how many vectors one turn of the loop takes: more for less work with each.
    """
    *outer, last = joined_dimensions(f, dimensions)
    for begin in places(f, outer, starts):
        for first, piece in f.row(last.count, unrolled):
            yield _moved(f, begin, last, first), piece


def over(
    f: Function, maps: Mapping[str, MapLayout], *, unrolled: int = 1
) -> Iterator[tuple[list[Value], Piece]]:
    """Vectors of the maps of all pictures, without their borders: (their addresses, their piece).

    Args:
        f: where it is written.
        maps: how each map lies, by the name of its pointer.
        unrolled: see :func:`each_vector`.
    """
    layouts = list(maps.values())
    starts = [layout.origin for layout in layouts]
    dimensions = map_dimensions(f, layouts)
    for offsets, piece in each_vector(f, dimensions, starts, unrolled=unrolled):
        yield (
            [f.at(f.pointers[name], at) for name, at in zip(maps, offsets, strict=True)],
            piece,
        )


def put(f: Function, value: Value, address: Value, piece: Piece, *, accumulate: bool) -> None:
    """Write a vector, or add it to what is there."""
    if accumulate:
        value = f.builder.fadd(f.load_vector(address, piece), value)
    f.store_vector(value, address, piece)


def _moved(f: Function, starts: Sequence[Index], dimension: Dimension, by: Index) -> list[Index]:
    return [
        f.add(start, f.multiply(by, step))
        for start, step in zip(starts, dimension.steps, strict=True)
    ]
