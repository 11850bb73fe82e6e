"""One place for what is never needed at the same time.

Numbers of a picture are needed from the call that writes them to the last one that reads them.
Arrays of a thread that are needed in different calls, and arrays of the batch that are needed in
different phases (threads wait for each other between them), may lie at the same place. The largest
is placed first, each at the lowest place that is free for as long as it is needed: "greedy by
size" of Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference (2020).

A border of zeros is cleared once, when memory is taken. Only arrays with the same zeros may follow
each other there, and the place is theirs from the beginning to the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from konv.engines.compiled.plan.structure import Plan, Slot, Storage, lane_stride
from konv.engines.compiled.record import record

__all__ = ["packed", "unpacked"]

Times = tuple[float, float]  # the first and the last time that something is needed
_ALWAYS: Times = (0, math.inf)


@record
class _Tenants:
    """Slots of one size that take turns at a place.

    Args:
        slots: which.
        times: when any of them is needed.
    """

    slots: tuple[Slot, ...]
    times: Times

    @property
    def bytes(self) -> int:
        """What they take, so that whatever follows begins at a line of the cache."""
        return lane_stride(self.slots[0].bytes)


def packed(plan: Plan) -> Plan:
    """The same plan; slots of the pictures of a tile, and of a batch, share memory."""
    offsets: dict[str, int] = {}
    for storage, times in (
        (Storage.WORKER, _needed(_calls(plan))),
        (Storage.BATCH, _needed(enumerate(phase.slots for phase in plan.phases))),
    ):
        own = [slot for slot in plan.own if slot.storage is storage and slot.name in times]
        offsets |= _offsets([*_taking_turns(own, times), *_alone(own, times)])
    slots = (replace(slot, offset=offsets.get(slot.name)) for slot in plan.slots)
    return replace(plan, slots=tuple(slots))


def unpacked(plan: Plan) -> Plan:
    """The same plan; every slot has memory of its own."""
    return replace(plan, slots=tuple(replace(slot, offset=None) for slot in plan.slots))


def _calls(plan: Plan) -> Iterator[tuple[int, Iterable[str]]]:
    """The slots of every call, counted through the whole plan."""
    time = 0
    for phase in plan.phases:
        beforehand = {name for call in phase.before for name in call.slots}
        for call in phase.calls:
            yield time, {*call.slots, *beforehand}
            time += 1


def _needed(uses: Iterable[tuple[int, Iterable[str]]]) -> dict[str, Times]:
    """Slot name -> when it is needed."""
    times: dict[str, Times] = {}
    for time, names in uses:
        for name in names:
            times[name] = (times.get(name, (time, time))[0], time)
    return times


def _alone(slots: Iterable[Slot], times: Mapping[str, Times]) -> Iterator[_Tenants]:
    for slot in slots:
        if not slot.zeros:
            yield _Tenants((slot,), times[slot.name])


def _taking_turns(slots: Sequence[Slot], times: Mapping[str, Times]) -> Iterator[_Tenants]:
    """Those with zeros: each follows one with the same that is not needed any more."""
    for zeros in {slot.zeros: None for slot in slots if slot.zeros}:
        same = [slot for slot in slots if slot.zeros == zeros]
        places: list[list[Slot]] = []
        for slot in sorted(same, key=lambda slot: times[slot.name]):
            free = (place for place in places if times[place[-1].name][1] < times[slot.name][0])
            place = next(free, None)
            if place is None:
                places.append([slot])
            else:
                place.append(slot)
        for place in places:
            yield _Tenants(tuple(place), _ALWAYS)


def _offsets(all_tenants: Iterable[_Tenants]) -> dict[str, int]:
    """Slot name -> where it begins."""
    placed: list[tuple[int, _Tenants]] = []
    for tenants in sorted(all_tenants, key=lambda tenants: -tenants.bytes):
        offset = 0
        for begin, other in sorted(placed, key=lambda place: place[0]):
            if offset + tenants.bytes <= begin:
                break
            if _overlap(tenants.times, other.times):
                offset = max(offset, begin + other.bytes)
        placed.append((offset, tenants))
    return {slot.name: offset for offset, tenants in placed for slot in tenants.slots}


def _overlap(one: Times, other: Times) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
