"""Arithmetic on constants, with bounds: no code, however hostile, makes a large number or text."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from konv.limits import MAX_CODE_ITEMS, MAX_CODE_NUMBER_BITS

__all__ = [
    "FUNCTIONS",
    "NoConstantError",
    "combine",
    "compare",
    "formatted",
    "signed",
    "subscript",
    "weight",
]


class NoConstantError(Exception):
    """An expression has no value that is worth knowing: it fails, or is too large."""


_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv,
        ast.Mod: operator.mod,
        ast.Pow: operator.pow,
        ast.LShift: operator.lshift,
        ast.RShift: operator.rshift,
        ast.BitAnd: operator.and_,
        ast.BitOr: operator.or_,
        ast.BitXor: operator.xor,
    }
)
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = MappingProxyType(
    {
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
        ast.Lt: operator.lt,
        ast.LtE: operator.le,
        ast.Gt: operator.gt,
        ast.GtE: operator.ge,
        ast.Is: operator.is_,
        ast.IsNot: operator.is_not,
        ast.In: lambda left, right: left in right,
        ast.NotIn: lambda left, right: left not in right,
    }
)
_FAILURES = (TypeError, ValueError, ArithmeticError, LookupError, RecursionError)
# What stands between % and the letter: two digits at most, so that no text gets long by it.
_FORMATS = re.compile(r"(?:[^%]|%%|%0?\d{0,2}(?:\.\d{1,2})?[sdfi])*")
_FORMAT_SPEC = re.compile(r"0?\d{0,2}(?:\.\d{1,2})?[sdf]?")


def weight(*values: Any) -> int:
    """How many items lists and their like hold, those of lists in them included.

    A list that holds another one twice counts it twice: so does all that looks at its items.

    Raises:
        NoConstantError: more than are worth looking at.
    """
    count = 0
    waiting = [value for value in values if isinstance(value, (list, tuple, dict))]
    while waiting:
        value = waiting.pop()
        count += 1 + len(value)
        if count > MAX_CODE_ITEMS:
            raise NoConstantError
        items = value.values() if isinstance(value, dict) else value
        waiting.extend(item for item in items if isinstance(item, (list, tuple, dict)))
    return count


def combine(operation: ast.operator, left: Any, right: Any) -> Any:
    """``left + right`` and its like.

    Raises:
        NoConstantError: it cannot be done, or what comes out would be too large.
    """
    kind = type(operation)
    if kind not in _BINARY or not _stays_small(kind, left, right):
        raise NoConstantError
    try:
        return _small(_BINARY[kind](left, right))
    except _FAILURES:
        raise NoConstantError from None


def compare(operation: ast.cmpop, left: Any, right: Any) -> bool:
    """``left < right`` and its like."""
    try:
        return bool(_COMPARISONS[type(operation)](left, right))
    except _FAILURES:
        raise NoConstantError from None


def signed(operation: ast.unaryop, value: Any) -> Any:
    """``-value``, ``not value``, …"""
    try:
        if isinstance(operation, ast.Not):
            return not value
        if isinstance(operation, ast.Invert):
            return ~value
        return -value if isinstance(operation, ast.USub) else +value
    except _FAILURES:
        raise NoConstantError from None


def subscript(value: Any, index: Any) -> Any:
    """``value[index]``; an index may be a slice."""
    if not isinstance(index, (int, str, slice)):
        raise NoConstantError
    try:
        return value[index]
    except _FAILURES:
        raise NoConstantError from None


def formatted(value: Any, spec: str) -> str:
    """A part of an f-string."""
    if not _FORMAT_SPEC.fullmatch(spec):
        raise NoConstantError
    try:
        return str(_small(format(value, spec)))
    except _FAILURES:
        raise NoConstantError from None


def _stays_small(kind: type[ast.operator], left: Any, right: Any) -> bool:
    """Whether an operation can be tried: before it is, its result must be known to be small."""
    if isinstance(left, str) and kind is ast.Mod:
        return bool(_FORMATS.fullmatch(left))
    numbers = [value for value in (left, right) if isinstance(value, (int, float))]
    if kind is ast.Mult and len(numbers) < 2:
        sequences = [value for value in (left, right) if isinstance(value, (str, list, tuple))]
        return all(len(s) * max(n, 0) <= MAX_CODE_ITEMS for s in sequences for n in numbers)
    if kind is ast.Pow and isinstance(left, int) and isinstance(right, int):
        return abs(right) * max(left.bit_length(), 1) <= MAX_CODE_NUMBER_BITS
    if kind is ast.LShift:
        return isinstance(right, int) and right <= MAX_CODE_NUMBER_BITS
    return True


def _small(value: Any) -> Any:
    if isinstance(value, int) and value.bit_length() > MAX_CODE_NUMBER_BITS:
        raise NoConstantError
    if isinstance(value, complex):
        raise NoConstantError
    if isinstance(value, (str, list, tuple, dict)) and len(value) > MAX_CODE_ITEMS:
        raise NoConstantError
    return value


def _listed(value: Any) -> list[Any]:
    if isinstance(value, (range, str, list, tuple, dict)) and len(value) > MAX_CODE_ITEMS:
        raise NoConstantError
    return list(value)


def _called(function: Callable[..., Any]) -> Callable[..., Any]:
    def bounded(*args: Any, **values: Any) -> Any:
        for value in args:
            if isinstance(value, range) and len(value) > MAX_CODE_ITEMS:
                raise NoConstantError
        try:
            return _small(function(*args, **values))
        except _FAILURES:
            raise NoConstantError from None

    return bounded


def _range(*args: int) -> range:
    try:
        return range(*args)
    except _FAILURES:
        raise NoConstantError from None


_PLAIN: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "bool": bool,
    "dict": dict,
    "enumerate": lambda *args: [tuple(pair) for pair in enumerate(*args)],
    "float": float,
    "int": int,
    "len": len,
    "list": _listed,
    "max": max,
    "min": min,
    "reversed": lambda values: _listed(values)[::-1],
    "round": round,
    "sorted": lambda values: sorted(_listed(values)),
    "str": str,
    "sum": sum,
    "tuple": lambda values=(): tuple(_listed(values)),
    "zip": lambda *args: list(zip(*args, strict=False)),
    "math.ceil": math.ceil,
    "math.floor": math.floor,
}
# Functions that make constants of constants.
FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "range": _range,
        "xrange": _range,
        "numpy.prod": _called(lambda values: math.prod(_listed(values))),
        **{name: _called(function) for name, function in _PLAIN.items()},
    }
)
