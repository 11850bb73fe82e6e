"""What instructions are about: types, pieces of arrays, and constants.

Types and constants belong to no module, and it takes long to make them and to spell them: each is
made once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

import llvmlite.ir as ir

from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = [
    "BOOLEAN",
    "BYTE",
    "BYTES",
    "DOUBLE",
    "FLOAT",
    "INDEX",
    "INT32",
    "POINTER",
    "Index",
    "Piece",
    "Value",
    "everywhere",
    "first_lane",
    "known_mask",
    "mask_type",
    "pieces_of",
    "type_name",
    "undefined_vector",
    "vector_type",
    "whole_number",
]

FLOAT = ir.FloatType()
DOUBLE = ir.DoubleType()
INDEX = ir.IntType(64)
INT32 = ir.IntType(32)
BYTE = ir.IntType(8)
BOOLEAN = ir.IntType(1)
POINTER = ir.PointerType()

Value = Any  # an ir.Value; llvmlite has no types for checkers
Index = Any  # int or ir.Value of type INDEX

_KEPT_CONSTANTS = 4096
# What one element takes in memory, where it must be known.
BYTES: Mapping[Any, int] = MappingProxyType({FLOAT: 4, DOUBLE: 8, INDEX: 8, INT32: 4, BYTE: 1})
_NAMES = MappingProxyType({FLOAT: "f32", DOUBLE: "f64"})


@record
class Piece:
    """Some neighbouring numbers that one vector holds.

    Args:
        start: where they begin among all of them.
        lanes: how many they are; it may be known only at run time.
        width: how many the vector has room for: a power of two; the rest of it is 0.
    """

    start: int
    lanes: Index
    width: int

    @property
    def whole(self) -> bool:
        """Whether the vector is full."""
        return isinstance(self.lanes, int) and self.lanes == self.width


def pieces_of(total: int, target: Target) -> list[Piece]:
    """``total`` neighbouring numbers as vectors: whole ones, and one for what is left.

    What is left fills a vector of the same width in part: vectors of two widths in one loop
    compete for the same unit of the processor. Only if it is all there is, it is narrower.
    """
    widest = min(target.vector, 1 << (total - 1).bit_length())
    return [Piece(start, min(widest, total - start), widest) for start in range(0, total, widest)]


def type_name(kind: Any) -> str:
    """As LLVM spells a type in the name of an intrinsic."""
    if isinstance(kind, ir.VectorType):
        return f"v{kind.count}{type_name(kind.element)}"
    return _NAMES.get(kind) or f"i{kind.width}"


def mask_type(piece: Piece) -> Any:
    """That of the mask of a piece."""
    return vector_type(BOOLEAN, piece.width)


@cache
def vector_type(kind: Any, width: int) -> Any:
    """So many elements of a type."""
    return ir.VectorType(kind, width)


@lru_cache(_KEPT_CONSTANTS)
def whole_number(kind: Any, number: int) -> Any:
    """A known whole number."""
    return ir.Constant(kind, number)


@cache
def undefined_vector(kind: Any, width: int) -> Any:
    """A vector of which no lane is asked for."""
    return ir.Constant(vector_type(kind, width), ir.Undefined)


@cache
def first_lane(width: int) -> Any:
    """What makes a shuffle repeat the first lane."""
    return ir.Constant(vector_type(INT32, width), None)


@lru_cache(_KEPT_CONSTANTS)
def everywhere(kind: Any, digits: str, width: int) -> Any:
    """One known number in all lanes, by its digits: 0 and −0 are equal, but not the same."""
    zero = digits == (0.0).hex()  # LLVM has a short word for it
    return ir.Constant(vector_type(kind, width), None if zero else [float.fromhex(digits)] * width)


@cache
def known_mask(piece: Piece) -> Any:
    """Which lanes a piece uses, if it is known how many they are."""
    return ir.Constant(mask_type(piece), [int(lane < piece.lanes) for lane in range(piece.width)])
