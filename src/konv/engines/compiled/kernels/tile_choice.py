"""Which tile costs the fewest cycles: a small model of the processor.

A turn of the innermost loop takes P pixels, V vectors of channels, and E elements of the window. It
takes as long as the slowest of

- its multiply-adds, P·V·E, two per cycle;
- its loads, the input numbers and V·E vectors, two per cycle; a vector that crosses a line of the
  cache counts twice;
- the kernel on its way from the second-level cache, if the part that the tile uses is larger than
  the first level holds;
- the latency of E multiply-adds, since each sum waits for the one before.

E is 1, or all columns of the window: neighbouring pixels then share most of their input numbers,
and the vectors of all E elements stay in registers.

Every tile costs something more to begin and to end. The model adds all of it up for the strips that
an axis is really cut into, so that remainders count, and so does what meets only the border.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache, cached_property, lru_cache, partial
from itertools import product

from konv.engines.compiled.kernels.axis import Axis
from konv.engines.compiled.kernels.tiles import Tile
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["Choice", "Work", "best_choice", "cycles_of"]

_LATENCY = 4.0  # cycles of a multiply-add
_PER_CYCLE = 2.0  # multiply-adds, and loads
_FIRST_LEVEL_BYTES = 32 * 1024  # of the first-level cache, what a kernel may fill
_STREAM_BYTES = 28.0  # per cycle from the second level
_LINE_BYTES = 64
_TURN = 0.7  # cycles of a turn of the innermost loop that nothing hides
_NUMBER = 0.08  # cycles of each input number that nothing hides
_TILE = 30.0  # cycles to begin and end a tile
_SUM = 1.5  # cycles to begin and store one vector of sums
_HALF_PAIR = 2.5  # cycles to write a line of the cache without its neighbour: they come in pairs
_MOST_VECTORS = 6
_MOST_WRITTEN_OUT = 7
_STORE = 3  # instructions to begin and store one vector of sums
_MOST_REMEMBERED = 256  # layers of equal shape, and a layer that is asked for its choice again
_CODE = 0.0001  # of all cycles, what an instruction must save to be worth being written


@record
class Choice:
    """How sums are held in registers.

    Args:
        vectors: of channels.
        tile: the largest tile.
        written_out: how many columns of the window are one turn of the innermost loop.
    """

    vectors: int
    tile: Tile
    written_out: int = 1


@record
class Work:
    """What is to be summed.

    Args:
        rows, columns: how the outputs meet the input.
        inputs: input channels that one output sees.
        vectors: vectors that the output channels of a group fill.
        bytes: from one element of the kernel to the next.
        written_out: how many columns of the window one turn takes, if that is given: it decides
            the order of the sums.
    """

    rows: Axis
    columns: Axis
    inputs: int
    vectors: int
    bytes: int
    written_out: int | None = None


@lru_cache(maxsize=_MOST_REMEMBERED)
def best_choice(target: Target, work: Work) -> Choice:
    """The choice with the smallest cost; of equal ones the first."""
    return min(_choices(target, work), key=_Model(target, work).cost)


def cycles_of(choice: Choice, work: Work, target: Target) -> float:
    """About how many cycles the work takes for one picture, if it is done so."""
    return _Model(target, work).cycles_and_code(choice)[0]


def _choices(target: Target, work: Work) -> Iterator[Choice]:
    pool = work.rows.pool * work.columns.pool
    for written_out in [work.written_out] if work.written_out else _written_out(work.columns):
        for vectors in range(1, min(_MOST_VECTORS, work.vectors) + 1):
            free = target.registers - 1 - vectors * written_out
            smallest = vectors == written_out == 1  # taken even if registers must be spilt
            most = max(free // vectors // pool, int(smallest))
            least = min(most // 3, work.rows.longest * work.columns.longest)
            for rows in _sizes(work.rows.longest, most):
                for columns in _sizes(work.columns.longest, most // rows):
                    for pictures in (1, 2, 4):
                        if least <= pictures * rows * columns <= most:
                            yield Choice(vectors, Tile(pictures, rows, columns), written_out)


def _written_out(columns: Axis) -> list[int]:
    """How many columns of the window one turn may take: one, or all if they are few."""
    taps = {line.taps for line in columns.lines}
    most = max(taps)
    return [1, most] if len(taps) == 1 and 1 < most <= _MOST_WRITTEN_OUT else [1]


def _sizes(longest: int, most: int) -> list[int]:
    """Strips of about equal size that a line can be cut into, the largest at most ``most``."""
    return sorted({-(-longest // -(-longest // size)) for size in range(1, most + 1)})


@record
class _Strips:
    """Strips of one size: how large, how many, and how many taps they have together."""

    size: int
    count: int
    taps: int


@record
class _Part:
    """Some of the vectors, and what of their cost no tile changes.

    Args:
        times: how often there are so many.
        vectors: how many are summed at the same time.
        products: multiply-adds of a turn for each pixel.
        lines: what a turn loads of the kernel, in lines of the cache.
        bytes: what it reads of the kernel.
        alone: whether its vectors are written line by line of the cache.
    """

    times: int
    vectors: int
    products: int
    lines: float
    bytes: int
    alone: bool


class _Model:
    """What choices cost. A thousand are weighed: what several of them share is found once."""

    def __init__(self, target: Target, work: Work) -> None:
        self._target = target
        self._work = work
        self._rows = cache(partial(_strips, work.rows))
        self._columns = cache(partial(_strips, work.columns))
        self._places = cache(partial(_places, work.columns))
        self._parts = cache(self._new_parts)

    def cost(self, choice: Choice) -> float:
        """By which choices are compared: their cycles, and something for the code."""
        cycles, code = self.cycles_and_code(choice)
        pictures = choice.tile.pictures
        return cycles * (1 + _CODE * code * (1 if pictures == 1 else 1 + 1 / pictures))

    def cycles_and_code(self, choice: Choice) -> tuple[float, int]:
        """All tiles of all channels: cycles per picture, and instructions."""
        tile, written_out = choice.tile, choice.written_out
        columns = self._columns(tile.columns)
        if written_out > 1 and any(c.taps != written_out * c.count for c in columns):
            return math.inf, 0
        crossings = [(row, column) for row in self._rows(tile.rows) for column in columns]
        cycles, code = 0.0, 0
        for part in self._parts(choice.vectors, written_out):
            for row, column in crossings:
                pixels = tile.pictures * row.size * column.size * self._pool
                each = self._tiles(row, column, part, choice, pixels)
                cycles += part.times * each / tile.pictures
                code += pixels * part.vectors * (written_out + _STORE)
        return cycles, code

    def _tiles(
        self, row: _Strips, column: _Strips, part: _Part, choice: Choice, pixels: int
    ) -> float:
        """The tiles where strips of one size cross strips of one size."""
        written_out, pictures = choice.written_out, choice.tile.pictures
        tiles = row.count * column.count
        turns = row.taps * column.taps * self._work.inputs / written_out
        numbers = pictures * row.size * self._work.rows.pool
        numbers *= self._places(column.size, written_out)
        turn = (_TURN + _NUMBER * numbers) + max(
            pixels * part.products / _PER_CYCLE,
            (numbers + part.lines) / _PER_CYCLE,
            part.bytes / _STREAM_BYTES if turns / tiles * part.bytes > _FIRST_LEVEL_BYTES else 0.0,
            _LATENCY * written_out,
        )
        lines = pictures * row.size * column.size if part.alone else 0
        ends = _TILE + _SUM * (pixels * part.vectors) + _HALF_PAIR * lines
        return turns * turn + tiles * ends

    def _new_parts(self, vectors: int, written_out: int) -> list[_Part]:
        """All vectors: so many at a time, and what is left."""
        whole, rest = divmod(self._work.vectors, vectors)
        return [
            _Part(
                times,
                some,
                products=some * written_out,
                lines=some * written_out * self._lines,
                bytes=some * written_out * 4 * self._target.vector,
                alone=some == 1 < self._work.vectors,
            )
            for times, some in ((whole, vectors), (1, rest))
            if times and some
        ]

    @cached_property
    def _pool(self) -> int:
        """How many pixels an output is the largest of."""
        return self._work.rows.pool * self._work.columns.pool

    @property
    def _lines(self) -> float:
        """How many lines of the cache a vector of the kernel lies in, on average."""
        vector = 4 * self._target.vector
        return 1.0 if self._work.bytes % _LINE_BYTES == 0 else 1 + vector / _LINE_BYTES


def _strips(axis: Axis, most: int) -> list[_Strips]:
    """How an axis is cut into strips of at most that size."""
    return [
        _Strips(strips[0].count, len(strips), sum(strip.taps for strip in strips))
        for strips in axis.strips(most)
    ]


def _places(axis: Axis, outputs: int, taps: int) -> int:
    """At how many places so many neighbouring outputs meet the input with so many taps."""
    return len(
        {
            output * axis.input_step + pixel * axis.pool_step + tap * axis.apart
            for output, pixel, tap in product(range(outputs), range(axis.pool), range(taps))
        }
    )
