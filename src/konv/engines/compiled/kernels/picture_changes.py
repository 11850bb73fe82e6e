"""What becomes of a picture, worked out from its numbers: which of its pixels is seen where.

The numbers of all changes (see :mod:`konv.engines.changes`) stand in a table with a row for each
picture; they take eight bytes each, whole numbers or floating ones. Put together they say, of the
rows as of the columns of the map::

    place p of the map shows place  first + step · p  of the picture, if  begin ≤ p < end

where a step is 1 or −1; that there are holes of 0 in it; and which factors pixels are multiplied
by. A factor may come before a move or behind it: 0 stays 0. Whatever the numbers are, nothing
outside of the picture is seen, and nothing outside of the map is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.engines.changes import BLANK, BRIGHTEN, MIRROR, MOVE, NUMBERS, Changes
from konv.engines.compiled.emit.function import DOUBLE, FLOAT, INDEX, Function, Index, Value
from konv.engines.compiled.record import record

__all__ = ["Axis", "PictureChanges", "Span", "change_table", "row_bytes"]

_NUMBER_BYTES = 8


def row_bytes(kinds: Sequence[str]) -> int:
    """What the numbers of one picture take, for changes of these kinds."""
    return _row(kinds) * _NUMBER_BYTES


def _row(kinds: Sequence[str]) -> int:
    return sum(NUMBERS[kind] for kind in kinds)


def change_table(changes: Changes) -> NDArray[Any]:
    """The numbers of all pictures, one row each."""
    table = np.empty((changes.pictures, _row(changes.kinds)), np.int64)
    floating = table.view(np.float64)
    place = 0
    for step in changes.steps:
        for numbers in step.numbers:
            # A factor is rounded as a picture of float32 rounds it.
            if step.kind == BRIGHTEN:
                floating[:, place] = numbers.astype(np.float32)
            else:
                table[:, place] = numbers
            place += 1
    return table


@record
class Span:
    """Neighbouring rows or columns of a map: from ``begin`` up to ``end``, of ``side`` in all."""

    begin: Index
    end: Index
    side: int

    @property
    def whole(self) -> bool:
        """Whether these are known to be all there are."""
        return isinstance(self.begin, int) and isinstance(self.end, int)

    def length(self, f: Function) -> Index:
        """How many they are."""
        return f.subtract(self.end, self.begin)

    def moved(self, f: Function, by: Value) -> Span:
        """Where they are then, as far as they are inside."""
        begin, end = (
            f.larger(f.smaller(f.add(place, by), self.side), 0) for place in (self.begin, self.end)
        )
        return Span(begin, end, self.side)

    def mirrored(self, f: Function, which: Value) -> Span:
        """Where they are then, if they are mirrored."""
        begin, end = (f.subtract(self.side, place) for place in (self.end, self.begin))
        return Span(
            _either(f, which, begin, self.begin), _either(f, which, end, self.end), self.side
        )


@record
class Axis:
    """Where the rows, or the columns, of a map come from: place ``first`` + ``step`` · p."""

    first: Index
    step: Index
    seen: Span

    def moved(self, f: Function, by: Value) -> Axis:
        """The same of a picture that was moved."""
        first = f.subtract(self.first, f.multiply(self.step, by))
        return Axis(first, self.step, self.seen.moved(f, by))

    def mirrored(self, f: Function, which: Value) -> Axis:
        """The same of a picture that was perhaps mirrored."""
        last = f.add(self.first, f.multiply(self.step, self.seen.side - 1))
        return Axis(
            _either(f, which, last, self.first),
            _either(f, which, f.subtract(0, self.step), self.step),
            self.seen.mirrored(f, which),
        )


@record
class PictureChanges:
    """All changes of one picture put together.

    Args:
        rows, columns: where what is seen comes from.
        holes: rows and columns of each.
        factors: in float32.
    """

    rows: Axis
    columns: Axis
    holes: tuple[tuple[Span, Span], ...] = ()
    factors: tuple[Value, ...] = ()

    @staticmethod
    def read(
        f: Function, row: Value, kinds: Sequence[str], size: tuple[int, int]
    ) -> PictureChanges:
        """Write down how they are put together.

        Args:
            f: where it is written.
            row: the numbers of the picture.
            kinds: of the changes.
            size: height and width of the pictures.
        """
        rows, columns = (Axis(0, 1, Span(0, side, side)) for side in size)
        changes = PictureChanges(rows, columns)
        place = 0
        for kind in kinds:
            last = place + NUMBERS[kind]
            addresses = [f.at(row, number, INDEX) for number in range(place, last)]
            changes = changes._then(f, kind, addresses)
            place = last
        return changes

    def _then(self, f: Function, kind: str, addresses: Sequence[Value]) -> PictureChanges:
        if kind == BRIGHTEN:
            factors = (f.builder.fptrunc(f.load(each, DOUBLE), FLOAT) for each in addresses)
            return replace(self, factors=(*self.factors, *factors))
        numbers = [f.load(address, INDEX) for address in addresses]
        if kind == MOVE:
            return self._moved(f, *numbers)
        if kind == MIRROR:
            return self._mirrored(
                f, *(f.builder.icmp_signed("!=", number, f.index(0)) for number in numbers)
            )
        assert kind == BLANK, kind
        return self._blanked(f, *numbers)

    def _moved(self, f: Function, down: Value, right: Value) -> PictureChanges:
        holes = ((rows.moved(f, down), columns.moved(f, right)) for rows, columns in self.holes)
        rows, columns = self.rows.moved(f, down), self.columns.moved(f, right)
        return replace(self, rows=rows, columns=columns, holes=tuple(holes))

    def _mirrored(self, f: Function, upside_down: Value, sideways: Value) -> PictureChanges:
        holes = (
            (rows.mirrored(f, upside_down), columns.mirrored(f, sideways))
            for rows, columns in self.holes
        )
        rows, columns = self.rows.mirrored(f, upside_down), self.columns.mirrored(f, sideways)
        return replace(self, rows=rows, columns=columns, holes=tuple(holes))

    def _blanked(
        self, f: Function, top: Value, left: Value, bottom: Value, right: Value
    ) -> PictureChanges:
        height, width = self.rows.seen.side, self.columns.seen.side
        # A span that is moved by nothing is brought inside.
        rows = Span(top, bottom, height).moved(f, f.index(0))
        columns = Span(left, right, width).moved(f, f.index(0))
        return replace(self, holes=(*self.holes, (rows, columns)))


def _either(f: Function, which: Value, first: Index, second: Index) -> Index:
    if isinstance(first, int) and first == second:
        return first
    return f.builder.select(which, f.index(first), f.index(second))
