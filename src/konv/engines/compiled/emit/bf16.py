"""Words for bfloat16: a float32 number whose last 16 bits are cut off, rounded to the nearest.

Of two that are as near, the one whose last bit is 0 is taken. Processors that multiply such numbers
take those below 2⁻¹²⁶ for 0.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import FLOAT, INT32, Function, Piece, Value

__all__ = ["BF16_BYTES", "INT16", "dot_product", "pairs", "rounded", "store_rounded"]

INT16 = ir.IntType(16)
BF16_BYTES = 2


class _BFloat(ir.Type):
    """LLVM's type of these numbers, which llvmlite does not know."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat)

    def __hash__(self) -> int:
        return hash(_BFloat)


def rounded(f: Function, numbers: Value) -> Value:
    """A vector of float32 numbers, rounded: their bits, as whole numbers of 16."""
    count = numbers.type.count
    narrow = f.builder.fptrunc(numbers, _vector(_BFloat(), count))
    return f.builder.bitcast(narrow, _vector(INT16, count))


def pairs(f: Function, first: Value, second: Value) -> Value:
    """Two vectors of rounded numbers, lane by lane side by side: a vector of 32 bits each."""
    wide = _vector(INT32, first.type.count)
    low, high = (f.builder.zext(each, wide) for each in (first, second))
    sixteen = ir.Constant(wide, [16] * wide.count)
    return f.builder.or_(low, f.builder.shl(high, sixteen))


def store_rounded(f: Function, numbers: Value, address: Value) -> None:
    """Write a vector of rounded numbers, an even number of them."""
    count = numbers.type.count // 2
    words = f.builder.bitcast(numbers, _vector(INT32, count))
    f.store_vector(words, address, Piece(0, count, count))


def dot_product(f: Function, sums: Value, first: Value, second: Value) -> Value:
    """sums + first[0]·second[0] + first[1]·second[1], for 16 lanes of pairs."""
    numbers = _vector(_BFloat(), 2 * sums.type.count)
    kinds = [sums.type, numbers, numbers]
    name = "llvm.x86.avx512bf16.dpbf16ps.512"
    operands = (f.builder.bitcast(each, numbers) for each in (first, second))
    return f.builder.call(f.intrinsic(name, _vector(FLOAT, 16), kinds), [sums, *operands])


@cache
def _vector(kind: Any, count: int) -> Any:
    return ir.VectorType(kind, count)
