"""Updates of weights by an optimizer.

``update_plan`` is a program of its own, which the caller gives gradients. ``add_updates`` ends a
step of training with them: its gradients never leave the program.
"""

from __future__ import annotations

from collections.abc import Mapping

from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.copying import Copy
from konv.engines.compiled.kernels.if_finite import IfFinite
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.phases import by_size
from konv.engines.compiled.plan.slots import FLOAT_BYTES, LOSSES, Operand
from konv.engines.compiled.plan.structure import Call, Plan, Slot, Storage

__all__ = [
    "SETTINGS",
    "add_updates",
    "can_be_updated_along",
    "update_plan",
    "update_slot",
    "updated_along",
]

SETTINGS = "settings"
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
    calls = {}
    for name, count in elements.items():
        names = [update_slot(array, name) for array in arrays]
        size = count * FLOAT_BYTES
        slots += [Slot(slot, Storage.SHARED, size, argument=True) for slot in names]
        calls[name] = (Call(kernel, (SETTINGS, *names)), count)
    return Plan(tuple(slots), tuple(by_size("update of", calls)), tile=1, lanes=1)


def add_updates(b: Builder) -> None:
    """Update all weights that have not been, and take over the new values of those not trained."""
    if b.update is None:
        return
    for name in b.network.trained_weights:
        if name not in b.updated:
            count = b.network.weight_specs[name].size
            b.at_the_end(name, IfFinite(b.update), *_operands(b, b.update, name), items=count)
    for name, value in b.states.items():
        count = b.network.weight_specs[name].size
        kernel = IfFinite(Copy((count,), (1,), (1,), 0, 0, count, count))
        b.at_the_end(name, kernel, *_checked(b), value, b.weight(name), items=1)


def can_be_updated_along(b: Builder, name: str) -> bool:
    """Whether a weight can be updated by the tasks that work out its gradient."""
    return b.update is not None and name in b.network.trained_weights


def updated_along(b: Builder, name: str, step: int) -> None:
    """Update a weight block by block, by the tasks that have just worked out its gradient.

    Args:
        b: the plan.
        name: of a weight that can be, and whose gradient is a passing one.
        step: how many of its elements are one of the things that tasks are counted in.
    """
    assert b.update is not None
    b.same_items(IfFinite(b.update, step, "gradient"), *_operands(b, b.update, name))
    b.updated.add(name)


def _operands(b: Builder, update: Kernel, name: str) -> list[Operand]:
    _settings, _gradient, _weight, *slots = update.pointers
    size = b.network.weight_specs[name].size * FLOAT_BYTES
    return [
        *_checked(b),
        b.argument(SETTINGS, _SETTINGS_BYTES),
        b.gradient_places[name],
        b.weight(name),
        *(b.argument(update_slot(slot, name), size) for slot in slots),
    ]


def _checked(b: Builder) -> tuple[str, str]:
    """What is looked at before weights change."""
    return b.sizes, b.argument(LOSSES, FLOAT_BYTES, Storage.BATCH)
