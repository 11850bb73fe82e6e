"""How a run divides its work: pictures among lanes, lanes among threads. And what room that takes.

What lanes there are decides the bits of a result, and follows from the batch alone. How many
threads work on them decides nothing but the time, and how often there is what each has for itself.
"""

from __future__ import annotations

from konv.engines.compiled.plan.areas import areas
from konv.engines.compiled.plan.structure import PICTURES, Phase, Plan, Storage
from konv.engines.compiled.record import record
from konv.limits import MAX_THREADS

__all__ = ["Division", "divided", "lane_size", "own_bytes", "own_rooms", "owners_of", "tasks_of"]

# A lane of fewer pictures costs more in its sums of gradients than a further thread gives.
_SMALLEST_LANE = 8
# Multiply-adds that one thread does in about the time that it takes to hand some over.
_SMALLEST_SHARE = 350_000
# So many of them take several times as long as to wake somebody.
_LARGE_SHARES = 16


@record
class Division:
    """The work of one run.

    Args:
        pictures: of the batch.
        lane: pictures of a lane; the last may have fewer.
        workers: how many threads work.
        large: whether it takes much longer than to wake a thread.
    """

    pictures: int
    lane: int
    workers: int
    large: bool = False

    @property
    def lanes(self) -> int:
        """How many lanes there are."""
        return -(-self.pictures // self.lane)


def divided(plan: Plan, pictures: int, threads: int) -> Division:
    """The division of a batch of so many pictures, if so many threads may work on it."""
    lane = lane_size(plan, pictures)
    # To make weights ready is no work that is worth to wake somebody for.
    blocks = [_blocks(phase) for phase in plan.phases if not phase.parts]
    most_tasks = max([-(-pictures // lane), *blocks])
    shares = _shares(plan, pictures)
    workers = max(1, min(threads, most_tasks, shares))
    return Division(pictures, lane, workers, large=shares >= _LARGE_SHARES)


def lane_size(plan: Plan, pictures: int) -> int:
    """How many pictures a lane has: it depends on the batch only, never on the threads."""
    return max(_SMALLEST_LANE, -(-pictures // plan.lanes))


def tasks_of(phase: Phase, division: Division) -> int:
    """How many tasks a phase has."""
    return division.lanes if phase.items == PICTURES else _blocks(phase)


def owners_of(storage: Storage, division: Division) -> int:
    """How many have an array of their own."""
    owners = {
        Storage.SHARED: 1,
        Storage.BATCH: division.pictures,
        Storage.LANE: division.lanes,
        Storage.WORKER: division.workers,
        Storage.THREAD: division.workers,
    }
    return owners[storage]


def own_rooms(plan: Plan, division: Division) -> dict[Storage, int]:
    """What the program's own arrays take, by who has one of his own."""
    rooms = dict.fromkeys(Storage, 0)
    for area in areas(plan):
        rooms[area.storage] += area.room(owners_of(area.storage, division))
    return rooms


def own_bytes(plan: Plan, division: Division) -> int:
    """What the program's own arrays take together."""
    return sum(own_rooms(plan, division).values())


def _blocks(phase: Phase) -> int:
    """How many tasks its items are; 0 for a phase over pictures."""
    return -(-phase.items // phase.block)


def _shares(plan: Plan, pictures: int) -> int:
    """How many threads the work is worth; as many as there are if nobody knows it."""
    operations = pictures * sum(call.kernel.operations for call in plan.calls)
    return operations // _SMALLEST_SHARE if operations else MAX_THREADS
