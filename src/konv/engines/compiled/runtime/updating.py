"""The optimizer's update by machine code."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.updates import settings, update_kernel
from konv.engines.compiled.plan.updating import SETTINGS, update_plan, update_slot
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
        arrays = _arrays(optimizer, weights, step.gradients, slots)
        if kernel is None or not all(map(_readable, arrays.values())):
            optimizer.apply(
                weights, step.gradients, slots, learning_rate=learning_rate, iteration=iteration
            )
        elif step.gradients:
            elements = {name: weights[name].size for name in step.gradients}
            arrays[SETTINGS] = settings(optimizer, learning_rate=learning_rate, iteration=iteration)
            executable = self._executable(kernel, elements)
            executable.run(arrays, pictures=1, threads=get_threads())
        for name, value in step.state.items():
            weights[name][...] = value

    def _executable(self, kernel: Kernel, elements: dict[str, int]) -> Executable:
        key = (kernel, tuple(elements.items()))
        if key not in self._executables:
            self._executables[key] = self._machine.executable(update_plan(kernel, elements))
        return self._executables[key]


def _arrays(
    optimizer: Optimizer, weights: Arrays, gradients: Arrays, slots: Arrays
) -> dict[str, Array]:
    """All that is read and written, by the names of the plan's slots."""
    arrays = {}
    for name, gradient in optimizer.clip(gradients).items():
        arrays[update_slot("gradient", name)] = gradient
        arrays[update_slot("weight", name)] = weights[name]
        for slot, values in optimizer.slots_of(name, slots).items():
            arrays[update_slot(slot, name)] = values
    return arrays


def _readable(array: Array) -> bool:
    """Whether machine code can work on an array as it is."""
    return array.dtype == np.float32 and array.flags.c_contiguous
