"""Where programs run: on which processor, in whose memory."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from konv.alignment import aligned_bytes
from konv.engines.compiled.plan.packing import unpacked
from konv.engines.compiled.plan.structure import Plan
from konv.engines.compiled.record import record
from konv.engines.compiled.runtime.execution import Executable
from konv.engines.compiled.runtime.memory import Allocator
from konv.engines.compiled.target import Target

__all__ = ["Machine"]


@record
class Machine:
    """A processor and memory.

    Args:
        target: the processor.
        allocate: where the memory of programs comes from. Where it is special, every array has
            memory of its own, so that there may be guards around it.
    """

    target: Target
    allocate: Allocator = aligned_bytes

    def results(self, shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Room for results that the caller keeps, whatever it holds.

        Where memory is special, so is that of results; they are NaN until they are written.
        """
        if not self._is_special:
            return np.empty(shape, np.float32)
        memory = self.allocate(4 * math.prod(shape))
        array = np.ndarray(shape, np.float32, memory.data)
        array[...] = np.nan
        return array

    def executable(self, plan: Plan) -> Executable:
        """A plan, compiled for this machine."""
        plan = unpacked(plan) if self._is_special else plan
        return Executable(plan, self.target, self.allocate)

    @property
    def _is_special(self) -> bool:
        return self.allocate is not aligned_bytes
