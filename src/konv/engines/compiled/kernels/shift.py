"""What becomes of the sums of a convolution: nothing, a bias is added, or they are scaled before.

::

    z = Σ        z = Σ + bias        z = scale · Σ + bias

The kernel's pointer ``bias`` is to the biases of all filters, and behind them to the scales.
"""

from __future__ import annotations

from collections.abc import Callable

from konv.engines.compiled.emit.function import Function, Index, Piece, Value
from konv.engines.compiled.record import record

__all__ = ["End", "Shift"]

End = Callable[[Value], Value]


@record
class Shift:
    """See the head of this file.

    Args:
        filters: how many there are.
        bias: whether one is added; the pointer is not looked at otherwise.
        scaled: whether sums are scaled before.
    """

    filters: int
    bias: bool
    scaled: bool

    def beginning(self, f: Function, place: Index, piece: Piece) -> Value:
        """What the sums of some filters may begin with: then a bias alone costs nothing."""
        if self.bias and not self.scaled:
            return f.load_vector(f.at(f.pointers["bias"], place), piece)
        return f.constant(0, piece.width)

    def end(self, f: Function, place: Index, piece: Piece) -> End:
        """What is left to do with sums that had that beginning."""
        return self.all(f, place, piece) if self.scaled else _nothing

    def all(self, f: Function, place: Index, piece: Piece) -> End:
        """What there is to do with sums that began with zeros."""
        if not self.bias:
            return _nothing
        pointer = f.at(f.pointers["bias"], place)
        bias = f.load_vector(pointer, piece)
        if not self.scaled:
            return lambda total: f.builder.fadd(total, bias)
        scale = f.load_vector(f.at(pointer, self.filters), piece)
        return lambda total: f.multiply_add(total, scale, bias)


def _nothing(total: Value) -> Value:
    return total
