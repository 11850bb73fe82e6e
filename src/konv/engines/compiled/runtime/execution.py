"""A plan that runs: its code, its memory, and the addresses of what the caller brings."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.engines.compiled.jit.cache import cached_code, entry_name
from konv.engines.compiled.jit.machine_code import LoadedObject, object_code
from konv.engines.compiled.jit.module import RUN, module_text
from konv.engines.compiled.plan.structure import Plan, Slot, Storage
from konv.engines.compiled.runtime.crew import together
from konv.engines.compiled.runtime.memory import Allocator, Bytes, aligned_bytes
from konv.engines.compiled.target import Target

__all__ = ["Executable"]

Array = np.ndarray[Any, np.dtype[Any]]

_RUN_TYPE = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p
)
# A lane of fewer pictures costs more in its sums of gradients than a further thread gives.
_SMALLEST_LANE = 8


class Executable:
    """A plan, compiled and with memory of its own.

    One run at a time: a lock keeps others waiting.

    Args:
        plan: what to run.
        target: the processor it runs on.
        allocate: where memory comes from.
    """

    def __init__(self, plan: Plan, target: Target, allocate: Allocator = aligned_bytes) -> None:
        self.plan = plan
        self._lock = threading.Lock()
        self._allocate = allocate
        name = entry_name(repr(plan), target)
        code = cached_code(name, lambda: object_code(module_text(plan, target), target))
        self._loaded = LoadedObject(code, target)
        self._run = _RUN_TYPE(self._loaded.address(RUN))
        self._memory: dict[str, Bytes] = {}
        self._owners: dict[str, int] = {}
        self._bases = np.zeros(len(plan.slots), np.uintp)
        self._places = {slot.name: place for place, slot in enumerate(plan.slots)}

    def run(self, arguments: Mapping[str, Array], *, pictures: int, threads: int) -> None:
        """Run all phases.

        Args:
            arguments: the caller's arrays by the names of their slots: C-contiguous, of the right
                types and sizes. Those that are written to are changed in place.
            pictures: how many there are in the batch.
            threads: how many may work on it.
        """
        lane = self.lane_size(pictures)
        lanes = -(-pictures // lane)
        threads = max(1, min(threads, self._most_tasks(lanes)))
        with self._lock:
            self._make_room(pictures, lanes, threads)
            for name, array in arguments.items():
                self._bases[self._places[name]] = array.__array_interface__["data"][0]
            sizes = np.array((pictures, lane), np.int64)
            counters = np.zeros(2 * len(self.plan.phases), np.int64)
            places = [
                array.__array_interface__["data"][0] for array in (self._bases, sizes, counters)
            ]

            def work(number: int) -> None:
                self._run(*places, number, _REST)

            if threads == 1:
                work(0)
            else:
                together(work, threads)

    def lane_size(self, pictures: int) -> int:
        """How many pictures a lane has: it depends on the batch only, never on the threads."""
        return max(_SMALLEST_LANE, -(-pictures // self.plan.lanes))

    def array(self, name: str, dtype: Any = np.float32) -> Array:
        """What one of the program's own SHARED slots holds: a view."""
        return self._memory[name].view(dtype)

    @property
    def memory_bytes(self) -> int:
        """What all of its own arrays take at present."""
        return sum(memory.size for memory in self._memory.values())

    def _most_tasks(self, lanes: int) -> int:
        blocks = [-(-phase.items // phase.block) for phase in self.plan.phases if phase.items]
        return max([lanes, *blocks])

    def _make_room(self, pictures: int, lanes: int, threads: int) -> None:
        owners = {
            Storage.SHARED: 1,
            Storage.BATCH: pictures,
            Storage.LANE: lanes,
            Storage.WORKER: threads,
        }
        for slot in self.plan.slots:
            needed = owners[slot.storage]
            if not slot.argument and self._owners.get(slot.name, 0) < needed:
                self._grow(slot, needed)

    def _grow(self, slot: Slot, owners: int) -> None:
        stride = slot.stride(self.plan.tile)
        one = slot.bytes * self.plan.tile if slot.storage is Storage.WORKER else slot.bytes
        self._memory.pop(slot.name, None)
        memory = self._allocate((owners - 1) * stride + one)
        self._memory[slot.name] = memory
        self._owners[slot.name] = owners
        self._bases[self._places[slot.name]] = memory.__array_interface__["data"][0]


def _rest_address() -> int:
    """sched_yield, or what a system has instead."""
    if os.name == "nt":
        function = ctypes.windll.kernel32.SwitchToThread  # type: ignore[attr-defined]
    else:
        function = ctypes.CDLL(None).sched_yield
    return ctypes.cast(function, ctypes.c_void_p).value or 0


_REST = _rest_address()
