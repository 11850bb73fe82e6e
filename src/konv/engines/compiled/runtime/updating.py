"""The optimizer's update by machine code."""

from __future__ import annotations

from collections.abc import Mapping

from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.updates import settings, update_kernel
from konv.engines.compiled.plan.updating import SETTINGS, update_plan, update_slot
from konv.engines.compiled.runtime.checked_arrays import can_be_changed, can_be_read
from konv.engines.compiled.runtime.execution import Executable
from konv.engines.compiled.runtime.machine import Machine
from konv.engines.contract import Array, Step
from konv.engines.threads import get_threads
from konv.optimizers import Optimizer

__all__ = ["Updates"]

Arrays = Mapping[str, Array]


class Updates:
    """Updates of some network's weights, compiled for each optimizer that asks.

    Args:
        machine: where it runs.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._executables: dict[tuple[Kernel, tuple[tuple[str, int], ...]], Executable] = {}

    def apply(
        self,
        weights: Arrays,
        step: Step,
        optimizer: Optimizer,
        slots: Arrays,
        *,
        learning_rate: float,
        iteration: int,
    ) -> None:
        """One iteration of an optimizer, in place; see :meth:`Program.apply_update`."""
        kernel = update_kernel(optimizer)
        arrays = _arrays(optimizer, weights, step.gradients, slots) if kernel else None
        if kernel is None or arrays is None:
            optimizer.apply(
                weights, step.gradients, slots, learning_rate=learning_rate, iteration=iteration
            )
        elif step.gradients:
            elements = {name: weights[name].size for name in step.gradients}
            arrays[SETTINGS] = settings(optimizer, learning_rate=learning_rate, iteration=iteration)
            executable = self.executable(kernel, elements)
            executable.run(arrays, pictures=1, threads=get_threads())
        for name, value in step.state.items():
            weights[name][...] = value

    def executable(self, kernel: Kernel, elements: dict[str, int]) -> Executable:
        """The update of weights with so many elements, compiled when it is first asked for."""
        key = (kernel, tuple(elements.items()))
        if key not in self._executables:
            self._executables[key] = self._machine.executable(update_plan(kernel, elements))
        return self._executables[key]


def _arrays(
    optimizer: Optimizer, weights: Arrays, gradients: Arrays, slots: Arrays
) -> dict[str, Array] | None:
    """All that is read and written, by the names of the plan's slots.

    None if machine code must not work on one of them as it is: NumPy knows what to do then, or
    what to refuse.
    """
    arrays: dict[str, Array] = {}
    for name, gradient in optimizer.clip(gradients).items():
        weight = weights[name]
        changed = {"weight": weight, **optimizer.slots_of(name, slots)}
        if not all(can_be_changed(array, weight.shape) for array in changed.values()):
            return None
        if not can_be_read(gradient, weight.shape):
            return None
        arrays |= {
            update_slot(slot, name): array
            for slot, array in {"gradient": gradient, **changed}.items()
        }
    return arrays
