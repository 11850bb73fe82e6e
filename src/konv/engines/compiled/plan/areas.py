"""The memory that a plan's program takes: areas, each of one slot or of several that share it."""

from __future__ import annotations

from collections.abc import Iterator

from konv.engines.compiled.plan.structure import Plan, Slot, Storage
from konv.engines.compiled.record import record

__all__ = ["Area", "areas"]


@record
class Area:
    """Memory that is taken at once.

    Args:
        name: of its slot, or of the storage that its slots share.
        storage: who has a part of his own.
        bytes: of one owner's part.
        stride: from one owner's part to the next one's, in bytes.
        slots: that lie in it.
        tile: pictures that pass through the layers together.
    """

    name: str
    storage: Storage
    bytes: int
    stride: int
    slots: tuple[Slot, ...]
    tile: int

    def room(self, owners: int) -> int:
        """What the parts of so many owners take together, in bytes."""
        return max(owners - 1, 0) * self.stride + self.bytes

    def place(self, slot: Slot, owners: int) -> int:
        """Where a slot begins, in bytes.

        Pictures of a slot are next to each other: a thread's, those of a tile; of the batch, all.
        """
        pictures = owners if self.storage is Storage.BATCH else self.tile
        return (slot.offset or 0) * pictures


def areas(plan: Plan) -> Iterator[Area]:
    """All that are not the caller's."""
    sharing: dict[Storage, list[Slot]] = {}
    for slot in plan.own:
        if slot.offset is None:
            yield _area(plan, slot.name, slot.bytes, (slot,))
        else:
            sharing.setdefault(slot.storage, []).append(slot)
    for storage, slots in sharing.items():
        yield _area(plan, storage.value, plan.shared_bytes(storage), tuple(slots))


def _area(plan: Plan, name: str, size: int, slots: tuple[Slot, ...]) -> Area:
    storage = slots[0].storage
    one = size * plan.tile if storage is Storage.WORKER else size
    stride = one if storage is Storage.BATCH else plan.stride(slots[0])
    return Area(name, storage, one, stride, slots, plan.tile)
