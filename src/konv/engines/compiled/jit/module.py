"""A plan as LLVM modules: its kernels, and the function that runs its phases.

The function ``run(bases, sizes, counters, worker, rest)`` is called by every thread that helps::

    bases     where each slot lies: one address per slot
    sizes     pictures of the batch, pictures of a lane
    counters  some per phase, zero at first: tasks begun, tasks done, those begun from either end
    worker    the number of this thread, counted from 0
    rest      what to call while waiting for the others: sched_yield, or something like it

A thread takes a task of a phase by adding 1 to its first counter, does it, and adds 1 to the
second. When nothing is left to take it waits until all are done, and goes to the next phase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import BYTE, INDEX, POINTER, Function, Index, Value
from konv.engines.compiled.emit.waiting import endless, raise_by, seen, until
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.plan.structure import PICTURES, Call, Phase, Plan, Slot, Storage
from konv.engines.compiled.target import Target

__all__ = ["PHASE_COUNTERS", "RUN", "kernel_text", "program_texts"]

RUN = "run"
PHASE_COUNTERS = 4
# Each module takes a millisecond beside its instructions, and one alone is no work for two threads.
_FULL_MODULE = 500


def program_texts(plan: Plan, target: Target) -> Iterator[str]:
    """The plan as LLVM IR, module by module: one can be compiled while the next is written."""
    module = ir.Module("konv")
    for kernel in plan.kernels.values():
        _write(kernel, module, target)
        if _instructions(module) > _FULL_MODULE:
            yield str(module)
            module = ir.Module("konv")
    _Run(module, plan, target).write()
    yield str(module)


def kernel_text(kernel: Kernel, target: Target) -> str:
    """One kernel as LLVM IR."""
    module = ir.Module("konv")
    _write(kernel, module, target)
    return str(module)


def _write(kernel: Kernel, module: ir.Module, target: Target) -> None:
    function = Function(module, kernel.function_name, kernel.pointers, target)
    kernel.emit(function)
    function.finish()


def _instructions(module: ir.Module) -> int:
    return sum(len(block.instructions) for f in module.functions for block in f.blocks)


class _Run:
    """The function ``run`` in the making."""

    def __init__(self, module: ir.Module, plan: Plan, target: Target) -> None:
        # Its two whole numbers are the worker, and the address of what to call while waiting.
        self._f = Function(module, RUN, ("bases", "sizes", "counters"), target)
        self._plan = plan
        self._functions = {
            name: self._declared(name, len(kernel.pointers))
            for name, kernel in plan.kernels.items()
        }
        self._slots = {slot.name: (place, slot) for place, slot in enumerate(plan.slots)}
        self._worker, self._rest = self._f.first, self._f.count
        self._pictures = self._f.load(self._f.pointers["sizes"], INDEX)
        self._lane = self._f.load(self._f.at(self._f.pointers["sizes"], 1, INDEX), INDEX)

    def write(self) -> None:
        for place, phase in enumerate(self._plan.phases):
            self._phase(phase, place)
        self._f.finish()

    def _declared(self, name: str, pointers: int) -> Value:
        """The function of a kernel: it may stand in another module."""
        if name in self._f.module.globals:
            return self._f.module.globals[name]
        kind = ir.FunctionType(ir.VoidType(), [POINTER] * pointers + [INDEX] * 2)
        return ir.Function(self._f.module, kind, name)

    def _phase(self, phase: Phase, place: int) -> None:
        f = self._f
        begun, done, *ends = (
            f.at(f.pointers["counters"], PHASE_COUNTERS * place + i, INDEX)
            for i in range(PHASE_COUNTERS)
        )
        items = self._pictures if phase.items == PICTURES else f.index(phase.items)
        block = self._lane if phase.items == PICTURES else f.index(phase.block)
        tasks = f.builder.udiv(f.builder.sub(f.add(items, block), f.index(1)), block)
        with endless(f) as turn:
            turn.leave_if(f.builder.icmp_signed(">=", raise_by(f, begun, 1), tasks))
            task = self._next_task(ends, tasks)
            self._task(phase, task, f.multiply(task, block), items, block)
            raise_by(f, done, 1)
        until(f, lambda: f.builder.icmp_signed(">=", seen(f, done), tasks), self._rest)

    def _next_task(self, ends: Sequence[Value], tasks: Value) -> Value:
        """The leader takes tasks from the front, its helpers from the back.

        So a thread finds in its own cache what it worked on in the run before.
        """
        f = self._f
        leads = f.builder.icmp_signed("==", self._worker, f.index(0))
        front, back = ends
        number = raise_by(f, f.builder.select(leads, front, back), 1)
        last = f.builder.sub(f.subtract(tasks, 1), number)
        return f.builder.select(leads, number, last)

    def _task(self, phase: Phase, task: Value, first: Value, items: Value, block: Value) -> None:
        f = self._f
        count = f.smaller(block, f.subtract(items, first))
        for call in phase.before:
            self._call(call, phase, task, first, count)
        if phase.parts:
            self._own_part(phase, task)
            return
        if phase.items != PICTURES:
            for call in phase.calls:
                self._call(call, phase, task, first, count)
            return
        tile = self._plan.tile
        tiles = f.builder.udiv(f.add(count, tile - 1), f.index(tile))
        with f.loop(tiles) as turn:
            offset = f.multiply(turn.index, tile)
            tile_first = f.add(first, offset)
            tile_count = f.smaller(tile, f.subtract(count, offset))
            for call in phase.calls:
                self._call(call, phase, task, tile_first, tile_count)

    def _own_part(self, phase: Phase, task: Value) -> None:
        """The one call that is this task."""
        f = self._f
        for number, (call, part) in enumerate(zip(phase.calls, phase.parts, strict=True)):
            with f.when(f.builder.icmp_signed("==", task, f.index(number))):
                self._call(call, phase, task, f.index(0), f.index(part))

    def _call(self, call: Call, phase: Phase, task: Value, first: Value, count: Value) -> None:
        offsets = call.offsets or (0,) * len(call.slots)
        addresses = [
            self._f.at(self._address(name, phase, task, first), offset, BYTE)
            for name, offset in zip(call.slots, offsets, strict=True)
        ]
        self._f.builder.call(self._functions[call.kernel.function_name], [*addresses, first, count])

    def _address(self, name: str, phase: Phase, task: Value, first: Value) -> Value:
        """Where a slot begins for this task: kernels of other phases than lanes see all of it."""
        f = self._f
        place, slot = self._slots[name]
        base = f.builder.load(f.at(f.pointers["bases"], place, INDEX), typ=POINTER, align=8)
        owner = self._owner(slot, phase, task, first)
        offset = f.multiply(owner, self._plan.stride(slot))
        return f.at(base, offset, BYTE)

    def _owner(self, slot: Slot, phase: Phase, task: Value, first: Value) -> Index:
        if slot.storage in (Storage.WORKER, Storage.THREAD):
            return self._worker
        if phase.items != PICTURES:
            return 0
        return {Storage.SHARED: 0, Storage.BATCH: first, Storage.LANE: task}[slot.storage]
