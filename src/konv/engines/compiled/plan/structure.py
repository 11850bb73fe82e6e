"""A plan: slots where numbers lie, and phases of kernel calls that read and write them.

A phase is a list of calls and a number of tasks. A task is one lane: some of the pictures of a
batch, always cut in the same way, or a block of something else, such as rows of a matrix. Any
thread may do any task; the next phase begins when all tasks of this one are done. What a task
computes depends on nothing but its number, so results are the same for any number of threads.

Within a lane, the pictures pass through all calls in tiles, small enough to stay in the cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from enum import Enum
from typing import Literal

from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.record import record

__all__ = [
    "PICTURES",
    "Alternatives",
    "Call",
    "Phase",
    "Plan",
    "Slot",
    "Storage",
    "Way",
    "Work",
    "lane_stride",
]

Work = Literal["sums", "weight gradient", "input gradient"]
Way = Literal["sparse", "picked", "dense", "direct", "winograd", "rows"]

PICTURES = 0  # a phase over so many items is one over the pictures of the batch
_ALIGNMENT = 64


class Storage(Enum):
    """Who has an array of his own."""

    SHARED = "shared"  # one for all: weights, sums
    BATCH = "batch"  # one per picture of the batch: what the backward pass still needs
    LANE = "lane"  # one per lane: gradients of weights, added up later in the order of the lanes
    WORKER = "worker"  # one per thread and picture of a tile: what lives within one task
    THREAD = "thread"  # one per thread: what lives within one call


@record
class Slot:
    """An array that kernels work on.

    Args:
        name: unique in the plan; the caller gives the arrays that are arguments by this name.
        storage: who has one of his own.
        bytes: of one of them: per picture for BATCH and WORKER.
        argument: whether the caller brings it, instead of the program owning it.
        zeros: which of its numbers are zero from the beginning and stay so, in words that are equal
            where the same are; empty: none.
        offset: where it begins in the memory that slots of its storage share, in bytes: per picture
            for BATCH and WORKER; None: it has memory of its own.
    """

    name: str
    storage: Storage
    bytes: int
    argument: bool = False
    zeros: str = ""
    offset: int | None = None


@record
class Call:
    """A kernel, and the slots that its pointers point to.

    Args:
        kernel: what is done.
        slots: one per pointer of the kernel.
        offsets: how many bytes behind the beginning of each slot; empty: none.
        layers: of the network, whose work it is: for a reader.
    """

    kernel: Kernel
    slots: tuple[str, ...]
    offsets: tuple[int, ...] = ()
    layers: tuple[str, ...] = field(default=(), repr=False, compare=False)


@record
class Alternatives:
    """Ways to the same result, of which the plan has taken the cheapest: for a reader.

    Args:
        layers: of the network, whose result it is.
        work: which one.
        costs: what is compared, in cycles per picture, by the ways.
    """

    layers: tuple[str, ...]
    work: Work
    costs: tuple[tuple[Way, float], ...]

    @property
    def taken(self) -> Way:
        """The cheapest way; of equal ones the last."""
        return min(reversed(self.costs), key=lambda cost: cost[1])[0]


@record
class Phase:
    """Calls that are done together, task by task.

    Args:
        name: what a reader calls it.
        calls: in this order, for every tile of a task.
        before: done once at the beginning of a task.
        items: how many things the tasks divide among themselves; PICTURES: those of the batch.
        block: how many of them are one task; for PICTURES the size of a lane decides.
        parts: where each call is a task of its own: with how many things of its own.
    """

    name: str
    calls: tuple[Call, ...]
    before: tuple[Call, ...] = ()
    items: int = PICTURES
    block: int = 1
    parts: tuple[int, ...] = ()

    @property
    def slots(self) -> set[str]:
        """The names of all that its calls point to."""
        return {name for call in (*self.before, *self.calls) for name in call.slots}

    def touches(self, slot: str) -> bool:
        """Whether any of its calls points there."""
        return any(slot in call.slots for call in (*self.before, *self.calls))


@record
class Plan:
    """All that a program is.

    Args:
        slots: where numbers lie.
        phases: what is done, in this order.
        tile: how many pictures pass through the layers together.
        lanes: into how many lanes a batch is cut at most.
        alternatives: what was chosen between.
    """

    slots: tuple[Slot, ...]
    phases: tuple[Phase, ...]
    tile: int
    lanes: int
    alternatives: tuple[Alternatives, ...] = field(default=(), repr=False, compare=False)

    @property
    def calls(self) -> Iterator[Call]:
        """All of them."""
        for phase in self.phases:
            yield from phase.before
            yield from phase.calls

    @property
    def own(self) -> Iterator[Slot]:
        """The slots that are not the caller's."""
        return (slot for slot in self.slots if not slot.argument)

    @property
    def kernels(self) -> dict[str, Kernel]:
        """The different kernels, by the names of their functions."""
        return {call.kernel.function_name: call.kernel for call in self.calls}

    def shared_bytes(self, storage: Storage) -> int:
        """What one owner has of the memory that slots of a storage share: per picture."""
        ends = [
            slot.offset + slot.bytes
            for slot in self.slots
            if slot.storage is storage and slot.offset is not None
        ]
        return lane_stride(max(ends, default=0))

    def stride(self, slot: Slot) -> int:
        """From one owner's array to the next one's, in bytes."""
        if slot.storage is Storage.WORKER:
            one = slot.bytes if slot.offset is None else self.shared_bytes(Storage.WORKER)
            return lane_stride(one * self.tile)
        aligned = slot.storage in (Storage.LANE, Storage.THREAD)
        return lane_stride(slot.bytes) if aligned else slot.bytes


def lane_stride(size: int) -> int:
    """From one owner's array of so many bytes to the next one's: each begins at a cache line."""
    return -(-size // _ALIGNMENT) * _ALIGNMENT
