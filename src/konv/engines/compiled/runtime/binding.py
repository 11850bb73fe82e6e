"""Where the arrays lie that a caller brings: looked at once, as long as they are the same."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.engines.compiled.plan.structure import Plan, Slot, Storage

__all__ = ["Binding"]

Array = np.ndarray[Any, np.dtype[Any]]


class Binding:
    """The slots of a plan that its caller fills.

    Arrays are known by weak references: what a caller gives up is given up, and NumPy resizes no
    array in place that somebody refers to.

    Args:
        plan: whose slots they are.
        bases: where the addresses go, one per slot of the plan.
    """

    def __init__(self, plan: Plan, bases: Array) -> None:
        self._bases = bases
        self._slots = [
            (slot.name, place, slot) for place, slot in enumerate(plan.slots) if slot.argument
        ]
        self._bound: dict[str, weakref.ref[Array]] = {}
        self._pictures = -1
        self._standing: Mapping[str, Array] = {}
        self._changing = self._slots

    def bind(
        self, arrays: Mapping[str, Array], pictures: int, standing: Mapping[str, Array]
    ) -> None:
        """Note where the arrays lie.

        Args:
            arrays: by the names of their slots.
            pictures: how many there are in the batch.
            standing: more of them; those of a mapping that was given before are not looked at.

        Raises:
            KeyError: one is missing.
            ValueError: one is too small for so many pictures, or not contiguous.
        """
        if pictures != self._pictures:
            self._bound.clear()
            self._pictures = pictures
        if standing is not self._standing:
            self._stand(standing)
        self._note(self._changing, arrays)

    def _stand(self, standing: Mapping[str, Array]) -> None:
        self._standing = {}
        self._note([entry for entry in self._slots if entry[0] in standing], standing)
        self._changing = [entry for entry in self._slots if entry[0] not in standing]
        self._standing = standing

    def _note(self, slots: list[tuple[str, int, Slot]], arrays: Mapping[str, Array]) -> None:
        bound, pictures = self._bound, self._pictures
        for name, place, slot in slots:
            array = arrays[name]
            known = bound.get(name)
            if known is None or known() is not array:
                self._bases[place] = _address(slot, array, pictures)
                bound[name] = weakref.ref(array)


def _address(slot: Slot, array: Array, pictures: int) -> int:
    needed = slot.bytes * (pictures if slot.storage is Storage.BATCH else 1)
    if array.nbytes < needed or not array.flags.c_contiguous:
        raise ValueError(f"{slot.name}: {array.shape} {array.dtype}, {needed} bytes are needed")
    return _place(array)


def _place(array: Array) -> int:
    """Where the numbers of a contiguous array begin."""
    try:
        # A third of the time of array.ctypes.data, which counts in a prediction of one picture.
        return ctypes.addressof(ctypes.c_byte.from_buffer(array.data))
    except (TypeError, ValueError):  # read-only, or empty
        return array.ctypes.data
