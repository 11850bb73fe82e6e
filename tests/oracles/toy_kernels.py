"""Kernels that leave marks: what a program does can be read off its arrays."""

from __future__ import annotations

from typing import ClassVar

from konv.engines.compiled.emit.function import FLOAT, INDEX, Function
from konv.engines.compiled.emit.waiting import endless, pause, raise_by, seen
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.plan.structure import Call, Phase, Plan, Slot, Storage
from konv.engines.compiled.record import record

__all__ = [
    "CopyScratch",
    "Count",
    "FillScratch",
    "Mark",
    "Meet",
    "Spread",
    "Total",
    "Where",
    "marking",
    "plan_of",
]


@record
class Mark(Kernel):
    """numbers[i] += 1, ``turns`` times.

    Args:
        items: whether the pointer is to the beginning of the array, and not to ``first``.
        size: numbers per picture.
    """

    pointers: ClassVar[tuple[str, ...]] = ("numbers",)

    items: bool = False
    size: int = 1
    turns: int = 1

    def emit(self, f: Function) -> None:
        numbers = f.pointers["numbers"]
        if self.items:
            numbers = f.at(numbers, f.multiply(f.first, self.size))
        with f.loop(self.turns), f.loop(f.multiply(f.count, self.size)) as turn:
            place = f.at(numbers, turn.index)
            f.store(f.builder.fadd(f.load(place), f.scalar(1)), place)


@record
class Where(Kernel):
    """log[0], log[1] = first, count: 16 bytes per picture, at its first picture."""

    pointers: ClassVar[tuple[str, ...]] = ("log",)

    def emit(self, f: Function) -> None:
        f.store(f.first, f.pointers["log"])
        f.store(f.count, f.at(f.pointers["log"], 1, INDEX))


@record
class Count(Kernel):
    """total[0] += count, total[1] += 1: two whole numbers."""

    pointers: ClassVar[tuple[str, ...]] = ("total",)

    def emit(self, f: Function) -> None:
        for place, number in enumerate((f.count, f.index(1))):
            total = f.at(f.pointers["total"], place, INDEX)
            f.store(f.add(f.load(total, INDEX), number), total)


@record
class FillScratch(Kernel):
    """scratch[i] = number of picture i in the batch, for ``turns`` turns."""

    pointers: ClassVar[tuple[str, ...]] = ("scratch",)

    turns: int = 50

    def emit(self, f: Function) -> None:
        with f.loop(self.turns), f.loop(f.count) as turn:
            number = f.add(f.first, turn.index)
            f.store(f.builder.sitofp(number, FLOAT), f.at(f.pointers["scratch"], turn.index))


@record
class CopyScratch(Kernel):
    """numbers[i] = scratch[i]."""

    pointers: ClassVar[tuple[str, ...]] = ("scratch", "numbers")

    def emit(self, f: Function) -> None:
        scratch, numbers = (f.pointers[name] for name in self.pointers)
        with f.loop(f.count) as turn:
            f.store(f.load(f.at(scratch, turn.index)), f.at(numbers, turn.index))


@record
class Total(Kernel):
    """total[0] = Σ numbers, all ``size`` of them; for a phase of one item."""

    pointers: ClassVar[tuple[str, ...]] = ("numbers", "total")

    size: int = 1

    def emit(self, f: Function) -> None:
        with f.loop(self.size, [f.scalar(0)]) as turn:
            number = f.load(f.at(f.pointers["numbers"], turn.index))
            turn.results = [f.builder.fadd(turn.carried[0], number)]
        f.store(turn.results[0], f.pointers["total"])


@record
class Spread(Kernel):
    """numbers[i] = total[0]."""

    pointers: ClassVar[tuple[str, ...]] = ("total", "numbers")

    def emit(self, f: Function) -> None:
        with f.loop(f.count) as turn:
            f.store(f.load(f.pointers["total"]), f.at(f.pointers["numbers"], turn.index))


@record
class Meet(Kernel):
    """Waits until ``tasks`` tasks have come here at the same time, then worker[0] += 1.

    ``met`` is a whole number, zero at first; it gives up after a while.
    """

    pointers: ClassVar[tuple[str, ...]] = ("met", "worker")

    tasks: int
    patience: int = 3_000_000

    def emit(self, f: Function) -> None:
        met, worker = (f.pointers[name] for name in self.pointers)
        number = f.add(raise_by(f, met, 1), 1)
        # Of every so many who come, all wait for the last.
        last = f.multiply(f.divide(f.add(number, self.tasks - 1), self.tasks)[0], self.tasks)
        with endless(f) as turn:
            turn.leave_if(f.builder.icmp_signed(">=", seen(f, met), last))
            turn.leave_if(f.builder.icmp_signed(">", turn.index, f.index(self.patience)))
            pause(f)
        f.store(f.add(f.load(worker, INDEX), 1), worker)


def plan_of(*phases: Phase, slots: tuple[Slot, ...] = (), tile: int = 3, lanes: int = 4) -> Plan:
    """A plan whose slots, where not given, are arguments with one float32 number per picture."""
    known = {slot.name for slot in slots}
    calls = [call for phase in phases for call in (*phase.before, *phase.calls)]
    names = {name: None for call in calls for name in call.slots if name not in known}
    more = tuple(Slot(name, Storage.BATCH, 4, argument=True) for name in names)
    return Plan(slots + more, phases, tile, lanes)


def marking(**fields: int) -> Plan:
    """A plan that adds 1 to "x", one number per picture."""
    return plan_of(Phase("mark", (Call(Mark(**fields), ("x",)),)))
