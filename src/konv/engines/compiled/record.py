"""Frozen dataclasses that are made quickly.

``@dataclass(frozen=True)`` writes six functions for each class and compiles them, which takes more
than a millisecond. There are nearly two hundred such classes here, and all of them are made before
a network can be: a quarter of a second. ``@record`` has only ``__init__`` written anew; the other
functions are the same for all classes.
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

__all__ = ["record"]

Kind = TypeVar("Kind", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(kind: Kind) -> Kind:
    """What ``dataclass(frozen=True)`` does: fields, equality, a hash and a repr by them.

    Attributes are set once, by ``__init__``.

    Example:
        >>> @record
        ... class Point:
        ...     x: int
        ...     y: int = 0
        >>> Point(1), Point(1) == Point(1, 0), {Point(2): "a"}[Point(2)]
        (Point(x=1, y=0), True, 'a')
    """
    made: Any = dataclass(repr=False, eq=False)(kind)
    made._compared = tuple(each.name for each in fields(made) if each.compare)
    made._shown = tuple(each.name for each in fields(made) if each.repr)
    made.__setattr__ = _set_once
    made.__delattr__ = _refuse
    made.__eq__ = _equal
    made.__hash__ = _hash
    if made.__repr__ in (object.__repr__, _shown):
        made.__repr__ = _shown
    return kind


def _set_once(self: Any, name: str, value: object) -> None:
    if name in self.__dict__ or name not in self.__dataclass_fields__:
        _refuse(self, name)
    self.__dict__[name] = value


def _refuse(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot change field {name!r}")


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self._compared])


def _equal(self: Any, other: object) -> bool:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return _values(self) == _values(other)


def _hash(self: Any) -> int:
    return hash(_values(self))


def _shown(self: Any) -> str:
    values = ", ".join([f"{name}={getattr(self, name)!r}" for name in self._shown])
    return f"{self.__class__.__qualname__}({values})"
