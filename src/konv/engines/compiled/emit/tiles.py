"""Words for AMX: eight registers of up to 16 rows of 64 bytes, and a unit that multiplies them.

::

    sums[i, n] += Σ_k first[i, 2k]·second[k, 2n] + first[i, 2k+1]·second[k, 2n+1]      bfloat16

A thread must say how large its registers are before it uses them, and give them back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, Function, Index, Value

__all__ = ["ROW_BYTES", "TILE_BYTES", "TILE_ROWS", "TileUnit", "tile_unit"]

TILE_ROWS, ROW_BYTES = 16, 64
TILE_BYTES = TILE_ROWS * ROW_BYTES
_REGISTERS = 8
# The description that the processor reads: the kind of it, then the sizes of each register.
_SIZES_BYTES, _COLUMNS_AT, _ROWS_AT = 64, 16, 48


class TileUnit:
    """The registers, numbered from 0 to 7."""

    def __init__(self, f: Function) -> None:
        self._f = f

    def clear(self, register: int) -> None:
        """Fill a register with zeros."""
        self._call("tilezero", _number(register))

    def load(self, register: int, address: Value, step: Index) -> None:
        """Read a register, its rows so many bytes apart."""
        self._call("tileloadd64", _number(register), address, self._f.index(step))

    def store(self, register: int, address: Value, step: Index) -> None:
        """Write a register, its rows so many bytes apart."""
        self._call("tilestored64", _number(register), address, self._f.index(step))

    def multiply_add(self, sums: int, first: int, second: int) -> None:
        """Add the products of two registers to a third."""
        self._call("tdpbf16ps", *map(_number, (sums, first, second)))

    def configure(self, address: Value) -> None:
        """Take the registers into use."""
        self._call("ldtilecfg", address)

    def release(self) -> None:
        """Give them back."""
        self._call("tilerelease")

    def _call(self, name: str, *arguments: Value) -> None:
        kinds = [argument.type for argument in arguments]
        word = self._f.intrinsic(f"llvm.x86.{name}", ir.VoidType(), kinds)
        self._f.builder.call(word, list(arguments))


@contextmanager
def tile_unit(f: Function, rows: Mapping[int, Index]) -> Iterator[TileUnit]:
    """The unit, for what is done in the body.

    Args:
        f: where it is written.
        rows: register -> how many rows it has, where they are fewer than 16.
    """
    sizes = f.scratch(_SIZES_BYTES // 4)
    f.builder.store(_plain_sizes(), sizes, align=4)
    for register, count in rows.items():
        number = f.builder.trunc(f.index(count), BYTE)
        f.store(number, f.at(sizes, _ROWS_AT + register, BYTE))
    unit = TileUnit(f)
    unit.configure(sizes)
    yield unit
    unit.release()


def _plain_sizes() -> Value:
    """The description of eight whole registers."""
    sizes = bytearray(_SIZES_BYTES)
    sizes[0] = 1
    for register in range(_REGISTERS):
        sizes[_COLUMNS_AT + 2 * register] = ROW_BYTES
        sizes[_ROWS_AT + register] = TILE_ROWS
    return ir.Constant(ir.ArrayType(BYTE, _SIZES_BYTES), sizes)


def _number(register: int) -> Value:
    return ir.Constant(BYTE, register)
