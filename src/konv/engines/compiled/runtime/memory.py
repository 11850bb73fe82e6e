"""Memory for the numbers of a program: who has how much of it, and where each slot begins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from konv.alignment import Bytes
from konv.engines.compiled.plan.areas import Area, areas
from konv.engines.compiled.plan.division import Division, owners_of
from konv.engines.compiled.plan.structure import Plan

__all__ = ["Allocator", "PlanMemory"]

# Size in bytes -> an array of so many bytes. Tests bring one that puts guard pages around it.
Allocator = Callable[[int], Bytes]


class PlanMemory:
    """The arrays that a plan's program owns. They grow when more is needed, and stay.

    Args:
        plan: whose slots they are.
        allocate: where memory comes from.

    Attributes:
        bases: where each slot begins, in the plan's order. Those of arguments are the caller's.
    """

    def __init__(self, plan: Plan, allocate: Allocator) -> None:
        self.bases = np.zeros(len(plan.slots), np.int64)
        self._numbers = {slot.name: number for number, slot in enumerate(plan.slots)}
        self._allocate = allocate
        self._areas = tuple(areas(plan))
        self._memory: dict[str, Bytes] = {}
        self._owners: dict[str, int] = {}

    def make_room(self, division: Division) -> None:
        """Have room for all who have an array of their own.

        Raises:
            MemoryError: there is not enough. A smaller batch may still fit.
        """
        for area in self._areas:
            owners = owners_of(area.storage, division)
            if self._owners.get(area.name, -1) < owners:
                self._grow(area, owners)

    def array(self, name: str) -> Bytes:
        """What one of the slots holds that have memory of their own."""
        return self._memory[name]

    @property
    def size_bytes(self) -> int:
        """What all arrays take together at present."""
        return sum(memory.size for memory in self._memory.values())

    def _grow(self, area: Area, owners: int) -> None:
        # Given up first: old and new need not fit into memory together.
        self._memory.pop(area.name, None)
        self._owners.pop(area.name, None)
        memory = self._allocate(area.room(owners))
        self._memory[area.name] = memory
        self._owners[area.name] = owners
        for slot in area.slots:
            self.bases[self._numbers[slot.name]] = memory.ctypes.data + area.place(slot, owners)
