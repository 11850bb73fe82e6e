"""Large arrays for results, used again when nobody looks at them any more."""

from __future__ import annotations

import weakref
from collections import defaultdict, deque
from functools import partial
from typing import Any

import numpy as np

from konv.alignment import Bytes, aligned_bytes
from konv.engines.compiled.runtime.memory import Allocator

__all__ = ["ReusedArrays"]

# Memory kept for each name while nobody uses it: of the step before, and of the one before that.
_MOST_FREE = 2


class ReusedArrays:
    """Arrays that are handed out again when nobody looks at them any more.

    Fresh memory of megabytes costs more than what is computed in it: the system clears every page.
    Several threads may take arrays at the same time.

    Args:
        allocate: where memory comes from.
    """

    def __init__(self, allocate: Allocator = aligned_bytes) -> None:
        self._allocate = allocate
        self._free: dict[str, deque[Bytes]] = defaultdict(partial(deque, maxlen=_MOST_FREE))

    def take(self, name: str, elements: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        """An array of so many float32 numbers, whatever they are; views keep it from coming back.

        Args:
            name: what it is for: arrays of one name have one size.
            elements: how many numbers.
        """
        free = self._free[name]
        try:
            memory = free.pop()
        except IndexError:
            memory = self._allocate(4 * elements)
        # A view of this array refers to it, and not to the memory: its base is no array.
        array = np.frombuffer(memory.data, np.float32)
        weakref.finalize(array, free.append, memory).atexit = False
        return array
