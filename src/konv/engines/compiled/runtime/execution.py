"""A plan that runs: compiled, with memory, and with others who help."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.alignment import aligned_bytes
from konv.engines.compiled.jit.cache import cached_code, entry_name
from konv.engines.compiled.jit.handover import JOB_NUMBERS, Job
from konv.engines.compiled.jit.machine_code import LoadedCode, object_codes
from konv.engines.compiled.jit.module import PHASE_COUNTERS, RUN, program_texts
from konv.engines.compiled.plan.division import divided, lane_size
from konv.engines.compiled.plan.structure import Plan
from konv.engines.compiled.runtime.binding import Binding
from konv.engines.compiled.runtime.crew import REST, crew
from konv.engines.compiled.runtime.memory import Allocator, PlanMemory
from konv.engines.compiled.runtime.records import ProgramRecord, programs
from konv.engines.compiled.target import Target
from konv.engines.threads import get_threads

__all__ = ["Executable"]

Array = np.ndarray[Any, np.dtype[Any]]

_RUN_TYPE = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p
)

_NOTHING: Mapping[str, Array] = {}


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
        self._compile(target)
        self._memory = PlanMemory(plan, allocate)
        self._binding = Binding(plan, self._memory.bases)
        self._sizes = np.zeros(2, np.int64)
        self._counters = np.zeros(PHASE_COUNTERS * len(plan.phases), np.int64)
        self._places = tuple(
            array.ctypes.data for array in (self._memory.bases, self._sizes, self._counters)
        )
        self._job = np.zeros(JOB_NUMBERS, np.int64)
        self._job[Job.RUN : Job.COUNTERS + 1] = (self._address, *self._places)
        self._job_address = self._job.ctypes.data
        self._prepared: tuple[int, int] | None = None
        self.workers = 0
        self._large = False
        self._lock = threading.Lock()
        self._generation = crew.generation
        programs.add(self)

    def _compile(self, target: Target) -> None:
        begun_s = time.perf_counter()
        plan = self.plan
        code = cached_code(
            entry_name(repr(plan), target),
            lambda: object_codes(program_texts(plan, target), target, get_threads()),
        )
        self._loaded = LoadedCode(code.objects, target)
        self._address = self._loaded.address(RUN)
        self._run = _RUN_TYPE(self._address)
        compile_s = time.perf_counter() - begun_s
        self.record = ProgramRecord(len(plan.kernels), compile_s, code.cached, code.size_bytes)

    def run(
        self,
        arguments: Mapping[str, Array],
        *,
        pictures: int,
        threads: int,
        standing: Mapping[str, Array] = _NOTHING,
    ) -> None:
        """Run all phases.

        Args:
            arguments: the caller's arrays by the names of their slots: C-contiguous, of the right
                types and sizes. Those that are written to are changed in place.
            pictures: how many there are in the batch.
            threads: how many may work on it.
            standing: more arguments, that stay the same from run to run: those of a mapping that
                was given before are not looked at again.

        Raises:
            KeyError, ValueError: an array is missing, or does not suit its slot.
            MemoryError: there is not enough.
        """
        if self._generation != crew.generation:
            self._begin_in_child()
        with self._lock:
            if self._prepared != (pictures, threads):
                self._prepare(pictures, threads)
            self._binding.bind(arguments, pictures, standing)
            self._counters.fill(0)
            if self.workers == 1:
                self._run(*self._places, 0, REST)
            else:
                crew.run(self._job_address, self.workers - 1, large=self._large)

    @property
    def sizes(self) -> Array:
        """How many pictures the batch of this run has, and a lane: for kernels that ask."""
        return self._sizes

    def lane_size(self, pictures: int) -> int:
        """How many pictures a lane has: it depends on the batch only, never on the threads."""
        return lane_size(self.plan, pictures)

    def array(self, name: str, dtype: Any = np.float32) -> Array:
        """What one of the program's own SHARED slots holds: a view."""
        return self._memory.array(name).view(dtype)

    @property
    def memory_bytes(self) -> int:
        """What all of its own arrays take at present."""
        return self._memory.size_bytes

    def _begin_in_child(self) -> None:
        """After a fork: whoever held the lock is another process now."""
        self._lock = threading.Lock()
        self._generation = crew.generation

    def _prepare(self, pictures: int, threads: int) -> None:
        """Room and sizes for such a run; remembered until one is asked for that is different."""
        self._prepared = None
        division = divided(self.plan, pictures, threads)
        self.workers, self._large = division.workers, division.large
        self._memory.make_room(division)
        self._sizes[:] = pictures, division.lane
        self._prepared = (pictures, threads)
