"""The compiled engine: networks become machine code when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from konv.engines.contract import Pixels
from konv.losses import Loss
from konv.network.ending import split_ending
from konv.network.graph import Network

if TYPE_CHECKING:
    from konv.engines.compiled.program import CompiledProgram
    from konv.engines.compiled.runtime.memory import Allocator
    from konv.engines.compiled.target import Target

__all__ = ["CompiledEngine"]

# Programs that an engine keeps: one that trains, one that predicts, and a few of other pictures.
_KEPT_PROGRAMS = 4


class CompiledEngine:
    """Compiles networks for the processor it runs on, and keeps its last programs.

    Args:
        target: the processor; None: this one, or what KONV_ISA asks for.
        allocate: where the programs' own memory comes from; None: from where all memory comes.
    """

    name = "compiled"

    def __init__(self, target: Target | None = None, allocate: Allocator | None = None) -> None:
        self._target = target
        self._allocate = allocate
        self._programs: list[CompiledProgram] = []

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process compiles for itself, and code that lies in memory cannot be copied.
        return CompiledEngine, (self._target, self._allocate)

    def compile(
        self, network: Network, *, loss: Loss | None = None, pixels: Pixels | None = None
    ) -> CompiledProgram:
        """A program for one network; see :class:`konv.engines.contract.Engine`.

        For the same network, loss and pixels it is the same program.
        """
        pixels = pixels or Pixels()
        for program in self._programs:
            same = program.network is network and program.pixels == pixels
            if same and _same_loss(program.loss, loss):
                return program
        if loss is not None:
            loss.check(split_ending(network)[1], network.output_shape)
        program = self._new_program(network, loss, pixels)
        self._programs = [program, *self._programs[: _KEPT_PROGRAMS - 1]]
        return program

    def _new_program(self, network: Network, loss: Loss | None, pixels: Pixels) -> CompiledProgram:
        # LLVM is loaded when something is compiled, not when a model is made.
        from konv.alignment import aligned_bytes
        from konv.engines.compiled.program import CompiledProgram
        from konv.engines.compiled.runtime.machine import Machine
        from konv.engines.compiled.target import host_target

        machine = Machine(self._target or host_target(), self._allocate or aligned_bytes)
        return CompiledProgram(network, loss, pixels, machine)


def _same_loss(one: Loss | None, other: Loss | None) -> bool:
    """Whether two losses are known to be the same: one that holds arrays is only itself."""
    if one is other:
        return True
    try:
        return hash(one) == hash(other) and one == other
    except TypeError:
        return False
