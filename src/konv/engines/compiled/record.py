"""Frozen dataclasses that are made quickly.

``@dataclass(frozen=True)`` writes six functions for each class and compiles them, which takes more
than a millisecond. There are nearly two hundred such classes here, and all of them are made before
a network can be: a quarter of a second. ``@record`` writes only ``__init__`` for each class, and
that when the first object is made: a network needs a third of the classes. The other functions are
the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

__all__ = ["record"]

Kind = TypeVar("Kind", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(kind: Kind) -> Kind:
    """What ``dataclass(frozen=True)`` does: fields, equality, a hash and a repr by them.

    Attributes are set by ``__init__``, and by nobody else.

    Example:
        >>> @record
        ... class Point:
        ...     x: int
        ...     y: int = 0
        >>> Point(1), Point(1) == Point(1, 0), {Point(2): "a"}[Point(2)]
        (Point(x=1, y=0), True, 'a')
    """
    made: Any = dataclass(init=False, repr=False, eq=False)(kind)
    if "__init__" not in vars(made):
        made.__init__ = _written_later(made)
    made._compared = tuple(each.name for each in fields(made) if each.compare)
    made._shown = tuple(each.name for each in fields(made) if each.repr)
    made.__setattr__ = _refuse
    made.__delattr__ = _refuse
    made.__eq__ = _equal
    made.__hash__ = _hash
    if made.__repr__ in (object.__repr__, _shown):
        made.__repr__ = _shown
    return kind


def _written_later(kind: Any) -> Callable[..., None]:
    """``__init__`` of a class of which there is no object yet."""

    def first_init(self: Any, *values: Any, **named: Any) -> None:
        kind.__init__ = written = _initializer(kind)
        written(self, *values, **named)

    return first_init


def _initializer(kind: Any) -> Callable[..., None]:
    """The function that sets the fields of a class."""
    known: dict[str, Any] = {"set_": object.__setattr__}
    parameters, lines = [], []
    for each in fields(kind):
        value, default = each.name, f"default_{each.name}"
        if each.default_factory is not MISSING:
            known[default] = each.default_factory
            value = f"{default}() if {each.name} is {default} else {each.name}"
        elif each.default is not MISSING:
            known[default] = each.default
        parameters.append(f"{each.name}={default}" if default in known else each.name)
        lines.append(f"set_(self, {each.name!r}, {value})")
    if hasattr(kind, "__post_init__"):
        lines.append("self.__post_init__()")
    exec(f"def __init__(self, {', '.join(parameters)}): {'; '.join(lines) or 'return'}", known)
    written: Callable[..., None] = known["__init__"]
    return written


def _refuse(self: Any, name: str, value: object = None) -> None:
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
