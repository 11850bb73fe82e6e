"""The chosen lanes of a vector, brought together, so that lists are written without a branch."""

from __future__ import annotations

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import INT32, Function, Index, Value

__all__ = ["COMPRESSED", "chosen_count", "chosen_numbers", "numbers_from"]

COMPRESSED = 16  # lanes of the processors that bring chosen lanes together by themselves


def numbers_from(f: Function, first: Index, width: int) -> Value:
    """So many numbers, each larger by one than the one before."""
    lanes = ir.Constant(ir.VectorType(INT32, width), list(range(width)))
    return f.builder.add(f.splat(f.builder.trunc(f.index(first), INT32), width), lanes)


def chosen_numbers(f: Function, numbers: Value, chosen: Value) -> Value:
    """The 32-bit numbers of the chosen lanes, side by side; whatever it be behind them."""
    kind = numbers.type
    name = f"llvm.experimental.vector.compress.v{kind.count}i32"
    compress = f.intrinsic(name, kind, [kind, chosen.type, kind])
    return f.builder.call(compress, [numbers, chosen, ir.Constant(kind, ir.Undefined)])


def chosen_count(f: Function, chosen: Value) -> Value:
    """How many lanes are chosen: as many bits as there are lanes."""
    bits = ir.IntType(chosen.type.count)
    count = f.intrinsic(f"llvm.ctpop.i{bits.width}", bits, [bits])
    return f.builder.call(count, [f.builder.bitcast(chosen, bits)])
