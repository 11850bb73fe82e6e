"""Large arrays for results, used again when nobody looks at them any more."""

from __future__ import annotations

import weakref
from collections import defaultdict
from typing import Any

import numpy as np

from konv.engines.compiled.runtime.memory import Bytes, aligned_bytes

__all__ = ["ReusedArrays"]


class ReusedArrays:
    """Arrays that are handed out again when nobody looks at them any more.

    Fresh memory of megabytes costs more than what is computed in it: the system clears every page.
    """

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[Bytes, weakref.ref[Any]]]] = defaultdict(list)

    def take(self, name: str, elements: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        """An array of so many float32 numbers, whatever they are; views keep it from coming back.

        Args:
            name: what it is for: arrays of one name have one size.
            elements: how many numbers.
        """
        known = self._known[name]
        free = next((number for number, (_m, used) in enumerate(known) if used() is None), None)
        memory = aligned_bytes(4 * elements) if free is None else known.pop(free)[0]
        # A view of this array refers to it, and not to the memory: its base is no array.
        array = np.frombuffer(memory.data, np.float32)
        known.append((memory, weakref.ref(array)))
        return array
