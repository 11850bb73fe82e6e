"""Where programs run: on which processor, in whose memory."""

from __future__ import annotations

from dataclasses import dataclass

from konv.engines.compiled.plan.structure import Plan
from konv.engines.compiled.runtime.execution import Executable
from konv.engines.compiled.runtime.memory import Allocator, aligned_bytes
from konv.engines.compiled.target import Target

__all__ = ["Machine"]


@dataclass(frozen=True)
class Machine:
    """A processor and memory.

    Args:
        target: the processor.
        allocate: where the memory of programs comes from.
    """

    target: Target
    allocate: Allocator = aligned_bytes

    def executable(self, plan: Plan) -> Executable:
        """A plan, compiled for this machine."""
        return Executable(plan, self.target, self.allocate)
