"""The plan of an optimizer's update: one phase per weight, divided into blocks of elements."""

from __future__ import annotations

from collections.abc import Mapping

from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.plan.builder import FLOAT_BYTES
from konv.engines.compiled.plan.structure import Call, Phase, Plan, Slot, Storage

__all__ = ["SETTINGS", "update_plan", "update_slot"]

SETTINGS = "settings"
_BLOCK_ELEMENTS = 16_384
_SETTINGS_BYTES = 8


def update_slot(array: str, name: str) -> str:
    """The name of the slot of one of the arrays that belong to a weight.

    Args:
        array: "gradient", "weight", or one of the optimizer's.
        name: of the weight.
    """
    return f"{array} of {name}"


def update_plan(kernel: Kernel, elements: Mapping[str, int]) -> Plan:
    """A plan that changes weights as a kernel does.

    Args:
        kernel: the one of the optimizer.
        elements: weight name -> how many numbers it holds.
    """
    _settings, *arrays = kernel.pointers
    slots = [Slot(SETTINGS, Storage.SHARED, _SETTINGS_BYTES, argument=True)]
    phases = []
    for name, count in elements.items():
        names = [update_slot(array, name) for array in arrays]
        size = count * FLOAT_BYTES
        slots += [Slot(slot, Storage.SHARED, size, argument=True) for slot in names]
        call = Call(kernel, (SETTINGS, *names))
        phases.append(Phase(f"update of {name}", (call,), items=count, block=_BLOCK_ELEMENTS))
    return Plan(tuple(slots), tuple(phases), tile=1, lanes=1)
