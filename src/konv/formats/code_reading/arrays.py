"""The shapes of the data sets that come with Keras: listings take sizes and classes from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from konv.formats.code_reading.constants import NoConstantError

__all__ = ["Array", "data_set", "function_of_array", "is_data_set", "method_of_array"]


@dataclass(frozen=True)
class Array:
    """An array of which only the shape is known.

    Args:
        shape: with the number of pictures first.
        classes: how many classes there are, if it holds labels; else 0.
    """

    shape: tuple[int, ...]
    classes: int = 0

    def __getitem__(self, index: Any) -> Array:
        """A picture, or a part of the pictures."""
        if isinstance(index, slice):
            return Array((len(range(self.shape[0])[index]), *self.shape[1:]), self.classes)
        if type(index) is int and -self.shape[0] <= index < self.shape[0]:
            return Array(self.shape[1:], self.classes)
        raise NoConstantError


# Name -> (pictures to train with, to test with, shape of one, shape of a label, classes).
_DATA_SETS = MappingProxyType(
    {
        "mnist": (60_000, 10_000, (28, 28), (), 10),
        "fashion_mnist": (60_000, 10_000, (28, 28), (), 10),
        "cifar10": (50_000, 10_000, (32, 32, 3), (1,), 10),
        "cifar100": (50_000, 10_000, (32, 32, 3), (1,), 100),
    }
)


def is_data_set(path: str) -> bool:
    """Whether calling a name gives one of Keras's data sets of pictures."""
    *_before, name, function = ["", *path.split(".")]
    return function == "load_data" and name in _DATA_SETS and ".datasets." in f".{path}"


def data_set(path: str, *, channels_first: bool) -> tuple[tuple[Array, Array], ...]:
    """((x, y) to train with, (x, y) to test with).

    Args:
        path: a name that :func:`is_data_set` knows.
        channels_first: whether Keras is told to have its channels first.
    """
    train, test, shape, label, classes = _DATA_SETS[path.split(".")[-2]]
    if channels_first and len(shape) == 3:
        shape = (shape[2], *shape[:2])
    return tuple((Array((n, *shape)), Array((n, *label), classes)) for n in (train, test))


def method_of_array(array: Array, name: str, args: tuple[Any, ...]) -> Array:
    """What a method gives: ``x.reshape(60000, 784)``, ``x.astype("float32")``.

    Raises:
        NoConstantError: it is not known.
    """
    if name in ("astype", "copy"):
        return array
    if name == "reshape":
        return _reshaped(array, args[0] if len(args) == 1 else args)
    if name in ("flatten", "ravel") and not args:
        return Array((math.prod(array.shape),), array.classes)
    raise NoConstantError


def function_of_array(name: str, args: tuple[Any, ...], values: Mapping[str, Any]) -> Any:
    """What a function gives whose first argument is an array.

    Args:
        name: the last part of the name of the function.
        args: the array, and what follows.
        values: arguments with names.

    Raises:
        NoConstantError: it is not known.
    """
    array: Array = args[0]
    if name in ("array", "asarray"):
        return array
    if name == "len" and array.shape:
        return array.shape[0]
    if name == "reshape" and len(args) == 2:
        return _reshaped(array, args[1])
    if name == "expand_dims":
        axis = values.get("axis", args[1] if len(args) > 1 else None)
        return _expanded(array, axis)
    if name == "to_categorical" and array.classes:
        given = [values[word] for word in ("num_classes", "nb_classes") if word in values]
        classes = given[0] if given else args[1] if len(args) > 1 else array.classes
        if type(classes) is int:
            return Array((array.shape[0], classes), array.classes)
    raise NoConstantError


def _reshaped(array: Array, shape: Any) -> Array:
    if isinstance(shape, int):
        shape = (shape,)
    if not isinstance(shape, (tuple, list)) or not all(type(n) is int and n for n in shape):
        raise NoConstantError
    total, known = math.prod(array.shape), math.prod(n for n in shape if n > 0)
    free = [n for n in shape if n < 0]
    if len(free) > 1 or (total % known if free else total != known):
        raise NoConstantError
    return Array(tuple(n if n > 0 else total // known for n in shape), array.classes)


def _expanded(array: Array, axis: Any) -> Array:
    rank = len(array.shape) + 1
    if type(axis) is not int or not -rank <= axis < rank:
        raise NoConstantError
    shape = list(array.shape)
    shape.insert(axis % rank, 1)
    return Array(tuple(shape), array.classes)
