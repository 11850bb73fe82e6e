"""Products of bfloat16 with sums in float32, on whatever unit the processor has for them.

::

    sums[i, n] = Σ_t Σ_c x[i, t, c] · tiles[t, c, n]

A group is up to 16 rows i of x; the columns n come in blocks of 16. Up to two groups by two blocks
are summed at the same time: each step takes 32 numbers of every row, and one tile of 32·16 numbers
for each block.

AMX multiplies whole tiles. Without it, pairs of numbers are multiplied vector by vector: what is
read, and where the sums go, is the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from konv.engines.compiled.emit.bf16 import dot_product
from konv.engines.compiled.emit.function import BYTE, INT32, Function, Index, Piece, Value
from konv.engines.compiled.emit.tiles import ROW_BYTES, TILE_BYTES, TILE_ROWS, TileUnit, tile_unit
from konv.engines.compiled.kernels.correlation import WindowLoop, joined
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["Block", "Group", "Products", "product_cycles", "products"]

_BLOCKS = 2
_FIRST_X, _FIRST_TILES = 4, 6  # registers; those before hold the sums
_VECTOR = Piece(0, TILE_ROWS, TILE_ROWS)
_PAIR_BYTES = 4
_ROWS_AT_ONCE = 8  # by two vectors: sixteen sums


@record
class Group:
    """Some rows.

    Args:
        number: 0 or 1, as the rows were given to :func:`products`.
        x, sums: where its first row begins.
    """

    number: int
    x: Value
    sums: Value


@record
class Block:
    """Some groups by some blocks of columns.

    Args:
        groups: at most two.
        columns: where the tiles of each block begin: at most two.
        x_step, sums_step: from one row to the next, in bytes.
        steps: what is summed over, in bytes of x and of the tiles.
        accumulate: whether the sums begin with what is there.
    """

    groups: Sequence[Group]
    columns: Sequence[Value]
    x_step: int
    sums_step: int
    steps: Sequence[WindowLoop]
    accumulate: bool = False


def product_cycles(target: Target, rows: int) -> float:
    """What so many rows times a tile take: AMX takes one row per cycle, vectors two per cycle."""
    return rows if target.bf16 == "tiles" else rows * TILE_ROWS / 2


class Products(ABC):
    """A unit that multiplies and adds."""

    def __init__(self, f: Function) -> None:
        self._f = f

    @abstractmethod
    def add(self, block: Block) -> None:
        """Write the sums of a block."""


@contextmanager
def products(f: Function, rows: tuple[Index, Index]) -> Iterator[Products]:
    """The unit that the target has.

    Args:
        f: where it is written.
        rows: how many rows each of the two groups has, at most 16.
    """
    if f.target.bf16 == "dot":
        yield _Dots(f, rows)
        return
    sizes: dict[int, Index] = {}
    for group, count in enumerate(rows):
        sums = range(_BLOCKS * group, _BLOCKS * (group + 1))
        sizes |= dict.fromkeys((*sums, _FIRST_X + group), count)
    with tile_unit(f, sizes) as unit:
        yield _Tiles(f, unit)


class _Tiles(Products):
    """AMX: a step multiplies each group's tile with that of each block of columns."""

    def __init__(self, f: Function, unit: TileUnit) -> None:
        super().__init__(f)
        self._unit = unit

    def add(self, block: Block) -> None:
        sums = [
            (_BLOCKS * group.number + place, self._f.at(group.sums, place * ROW_BYTES, BYTE))
            for group in block.groups
            for place in range(len(block.columns))
        ]
        for register, address in sums:
            if block.accumulate:
                self._unit.load(register, address, block.sums_step)
            else:
                self._unit.clear(register)
        places = [group.x for group in block.groups], block.columns
        _walk(self._f, places, block.steps, [], lambda x, tiles, _: self._step(block, x, tiles))
        for register, address in sums:
            self._unit.store(register, address, block.sums_step)

    def _step(self, block: Block, x: Sequence[Value], tiles: Sequence[Value]) -> list[Value]:
        for place, address in enumerate(tiles):
            self._unit.load(_FIRST_TILES + place, address, ROW_BYTES)
        for group, address in zip(block.groups, x, strict=True):
            own = _FIRST_X + group.number
            self._unit.load(own, address, block.x_step)
            for place in range(len(tiles)):
                self._unit.multiply_add(_BLOCKS * group.number + place, own, _FIRST_TILES + place)
        return []


class _Dots(Products):
    """AVX512-BF16: a step spreads a pair of each row, and multiplies it with 16 pairs of a tile."""

    def __init__(self, f: Function, rows: tuple[Index, Index]) -> None:
        super().__init__(f)
        self._rows = rows

    def add(self, block: Block) -> None:
        f = self._f
        for group in block.groups:
            for first, count in self._some_rows(self._rows[group.number]):
                x = f.at(group.x, f.multiply(first, block.x_step), BYTE)
                sums = f.at(group.sums, f.multiply(first, block.sums_step), BYTE)
                self._add_rows(block, Group(0, x, sums), count)

    def _some_rows(self, rows: Index) -> Iterator[tuple[Index, int]]:
        f = self._f
        if isinstance(rows, int):
            yield from f.blocks(rows, _ROWS_AT_ONCE)
            return
        whole, rest = f.divide(rows, _ROWS_AT_ONCE)
        with f.loop(whole) as turn:
            yield f.multiply(turn.index, _ROWS_AT_ONCE), _ROWS_AT_ONCE
        with f.loop(rest) as turn:
            yield f.add(f.multiply(whole, _ROWS_AT_ONCE), turn.index), 1

    def _add_rows(self, block: Block, rows: Group, count: int) -> None:
        f = self._f
        places = [
            f.at(rows.sums, row * block.sums_step + column * ROW_BYTES, BYTE)
            for row in range(count)
            for column in range(len(block.columns))
        ]
        zero = f.constant(0.0, TILE_ROWS)
        start = [f.load_vector(place, _VECTOR) if block.accumulate else zero for place in places]
        steps = [*block.steps, WindowLoop(TILE_BYTES // ROW_BYTES, _PAIR_BYTES, ROW_BYTES)]

        def step(x: Sequence[Value], tiles: Sequence[Value], sums: Sequence[Value]) -> list[Value]:
            vectors = [f.load_vector(address, _VECTOR, INT32) for address in tiles]
            spread = [
                f.splat(f.load(f.at(x[0], row * block.x_step, BYTE), INT32), TILE_ROWS)
                for row in range(count)
            ]
            pairs = ((number, vector) for number in spread for vector in vectors)
            return [
                dot_product(f, total, number, vector)
                for total, (number, vector) in zip(sums, pairs, strict=True)
            ]

        totals = _walk(f, ([rows.x], block.columns), steps, start, step)
        for place, total in zip(places, totals, strict=True):
            f.store_vector(total, place, _VECTOR)


_Addresses = Sequence[Value]
_Step = Callable[[_Addresses, _Addresses, Sequence[Value]], list[Value]]


def _walk(
    f: Function,
    places: tuple[_Addresses, _Addresses],
    steps: Sequence[WindowLoop],
    start: Sequence[Value],
    body: _Step,
) -> list[Value]:
    """What becomes of ``start`` in all steps.

    Args:
        f: where it is written.
        places: where they begin, in x and in the tiles.
        steps: how far one lies from the next.
        start: what is handed on from step to step.
        body: what a step does: it is given where it is, and what is handed on.
    """
    first = [[f.hidden(address) for address in some] for some in places]

    def nest(
        inner: Sequence[WindowLoop], by: Sequence[Index], carried: Sequence[Value]
    ) -> list[Value]:
        if not inner:
            x, tiles = (
                [f.at(address, further, BYTE) for address in some]
                for some, further in zip(first, by, strict=True)
            )
            return body(x, tiles, carried)
        loop, *rest = inner
        with f.loop(loop.count, carried) as turn:
            here = f.add(by[0], f.multiply(turn.index, loop.input_step))
            there = f.add(by[1], f.multiply(turn.index, loop.kernel_step))
            turn.results = nest(rest, (here, there), turn.carried)
        return turn.results

    return nest(joined(steps), (0, 0), start)
