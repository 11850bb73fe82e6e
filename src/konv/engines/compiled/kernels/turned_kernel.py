"""Kernels of a convolution laid out for those who read them by filter.

Keras's layout is (rows, columns, channels, filters), where the channels are those of one group.
``order`` names what becomes of it:

``taps``
    (rows, columns, filters of a group, groups · channels): each element of the window is turned
    by itself, group by group. Read so, the input gradient is a convolution whose filters are the
    channels of the input.
``filters``
    (blocks of channels, filters, rows, columns, channels of a block): see :class:`FilterOrder`.
    ``back`` goes from there to Keras's layout.

Either way a kernel is some matrices that are turned, block by block, in registers.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.filter_order import FilterOrder
from konv.engines.compiled.kernels.transposition import transposed
from konv.engines.compiled.record import record

__all__ = ["TurnedKernel", "turned_to_filters"]


@record
class TurnedKernel(Kernel):
    """See the head of this file. Its items are the elements of the window: rows · columns.

    ``kernel`` is read and ``turned`` is written, also if ``back``.

    Args:
        rows, columns: of the kernel.
        channels: of one group.
        filters: of all groups.
        groups: how many groups there are.
        order: what ``turned`` is like (or ``kernel``, if ``back``).
        back: the other way round; only for the order ``filters``.
        block, whole: of that order; 0: all channels are one block.
    """

    pointers: ClassVar[tuple[str, ...]] = ("kernel", "turned")

    rows: int
    columns: int
    channels: int
    filters: int
    groups: int = 1
    order: Literal["taps", "filters"] = "taps"
    back: bool = False
    block: int = 0
    whole: int = 1

    def emit(self, f: Function) -> None:
        with f.loop(f.count) as turn:
            tap = f.add(f.first, turn.index)
            if self.order == "taps":
                self._tap_by_group(f, tap)
            else:
                self._tap_by_filter(f, tap)

    def _tap_by_group(self, f: Function, tap: Index) -> None:
        """(channels, filters of a group) → (filters of a group, channels), for each group."""
        filters = self.filters // self.groups
        whole = f.multiply(tap, self.channels * self.filters)
        kernel, turned = (f.at(f.pointers[name], whole) for name in self.pointers)
        with f.loop(self.groups) as group:
            _turn(
                f,
                _Matrix(f.at(kernel, f.multiply(group.index, filters)), self.filters),
                _Matrix(
                    f.at(turned, f.multiply(group.index, self.channels)),
                    self.groups * self.channels,
                ),
                (self.channels, filters),
            )

    def _tap_by_filter(self, f: Function, tap: Index) -> None:
        """(channels, filters) → (filters, channels), whose rows lie apart; or back."""
        keras, by_filter = self.pointers[::-1] if self.back else self.pointers
        order = self._filter_order
        row, column = f.divide(tap, self.columns)
        for channel, channels in f.blocks(self.channels, order.block):
            element = f.add(f.multiply(tap, self.channels), channel)
            place = f.add(
                order.first(f, channel),
                f.multiply(row, order.row(channels)),
                f.multiply(column, channels),
            )
            one = _Matrix(f.at(f.pointers[keras], f.multiply(element, self.filters)), self.filters)
            other = _Matrix(f.at(f.pointers[by_filter], place), order.filter(channels))
            if self.back:
                _turn(f, other, one, (self.filters, channels))
            else:
                _turn(f, one, other, (channels, self.filters))

    @property
    def _filter_order(self) -> FilterOrder:
        size = (self.rows, self.columns, self.channels, self.filters)
        return FilterOrder(*size, self.block or self.channels, self.whole)


def turned_to_filters(order: FilterOrder, *, back: bool = False) -> TurnedKernel:
    """What brings a kernel to an order by filters, or back."""
    size = (order.rows, order.columns, order.channels, order.filters)
    return TurnedKernel(*size, 1, "filters", back, order.block, order.whole)


@record
class _Matrix:
    """Where a matrix begins, and how far apart its rows are."""

    pointer: Value
    row: int

    def at(self, f: Function, row: Index, column: Index) -> Value:
        return f.at(self.pointer, f.add(f.multiply(row, self.row), column))


def _turn(f: Function, source: _Matrix, target: _Matrix, shape: tuple[int, int]) -> None:
    """Write a matrix of that shape as its transpose."""
    height, width = shape
    lanes = min(f.target.vector, 1 << (max(shape) - 1).bit_length())
    for row, rows in f.blocks(height, lanes):
        for column, columns in f.blocks(width, lanes):
            block = [
                f.load_vector(f.at(source.at(f, row, column), i * source.row), piece)
                for i, piece in enumerate([Piece(0, columns, lanes)] * rows)
            ]
            turned = transposed(f, block, lanes)[:columns]
            for j, vector in enumerate(turned):
                address = f.at(target.at(f, column, row), j * target.row)
                f.store_vector(vector, address, Piece(0, rows, lanes))
