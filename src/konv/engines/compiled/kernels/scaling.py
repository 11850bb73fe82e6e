"""number = pixel · scale + offset, with numbers of each channel or the same for all.

Two roundings, of the product and of the sum, as the reference has: no fused multiply-add. Scale and
offset of each channel stand in a table that is repeated up to some length, so that vectors can be
read without asking which channel comes next.
"""

from __future__ import annotations

from collections.abc import Sequence

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import FLOAT, Function, Index, Piece, Value

__all__ = ["Scaling", "is_uniform"]


class Scaling:
    """See the head of this file.

    Args:
        f: where it is written.
        scale, offset: one number per channel, or one for all.
        length: how many neighbouring numbers of a row are looked up, the first of channel 0.
    """

    def __init__(
        self, f: Function, scale: Sequence[float], offset: Sequence[float], length: int
    ) -> None:
        self._f = f
        self._alike = (scale[0], offset[0]) if is_uniform(scale, offset) else None
        self._tables = [] if self._alike else [_table(f, v, length) for v in (scale, offset)]

    def numbers(self, pixels: Value, place: Index, piece: Piece) -> Value:
        """What a vector of pixels becomes, whose first one lies so far behind one of channel 0."""
        f = self._f
        if self._alike:
            scale, offset = (f.constant(value, piece.width) for value in self._alike)
        else:
            scale, offset = (f.load_vector(f.at(table, place), piece) for table in self._tables)
        return f.builder.fadd(f.builder.fmul(pixels, scale), offset)


def is_uniform(scale: Sequence[float], offset: Sequence[float]) -> bool:
    """Whether all channels have the same numbers."""
    return len(set(scale)) == len(set(offset)) == 1


def _table(f: Function, values: Sequence[float], length: int) -> Value:
    """Numbers in the program's constant memory, repeated up to a length."""
    kind = ir.ArrayType(FLOAT, length)
    table = ir.GlobalVariable(f.module, kind, f.module.get_unique_name("numbers"))
    table.linkage, table.global_constant = "internal", True
    table.initializer = ir.Constant(kind, [values[i % len(values)] for i in range(length)])
    return table
