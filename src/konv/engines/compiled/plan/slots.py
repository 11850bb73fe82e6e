"""The arrays of a plan in the making: operations ask for them by what they hold.

Every array is known by the name of its slot. Arrays of one number per picture get their storage at
the end: what only one phase touches lives with the thread that works on it (``Storage.WORKER``),
and may stay in the cache; what several phases touch is kept for every picture of the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.plan.structure import PICTURES, Phase, Slot, Storage, lane_stride
from konv.engines.compiled.plan.values import Value
from konv.engines.compiled.record import record
from konv.network.graph import Network

__all__ = [
    "FLOAT_BYTES",
    "GRADIENTS",
    "LANES",
    "LOSSES",
    "ROOM",
    "SCRATCH",
    "SIZES",
    "Operand",
    "Place",
    "Slots",
    "border_of",
    "weight_slot",
]

FLOAT_BYTES = 4
LANES = "lanes"
GRADIENTS = "gradients"
LOSSES = "losses"
SIZES = "sizes"
SCRATCH = "scratch"
ROOM = "room of a call"


@record
class Place:
    """Somewhere in a slot."""

    slot: str
    offset: int = 0


Operand = str | Place


@dataclass
class _LaneSums:
    """What lanes add up each for itself: one array per lane, one place in it per weight."""

    bytes: int = 0
    places: dict[str, int] = field(default_factory=dict)


class Slots:
    """Collects slots.

    Args:
        network: whose weights are used.
        update: what is done to weights at the end; None: the caller gets their gradients.

    Attributes:
        gradient_places: weight name -> where its gradient is when all is done.
        states: weight name -> the slot of its new value, if it is not trained.
    """

    def __init__(self, network: Network, update: Kernel | None = None) -> None:
        self.network = network
        self.update = update
        self.gradient_places: dict[str, Place] = {}
        self.states: dict[str, str] = {}
        self._slots: dict[str, Slot] = {}
        self._lanes = _LaneSums()

    def value(self, value: Value) -> str:
        """The slot of a value's numbers."""
        if value.same_as is not None:
            return self.value(value.same_as)
        if value.argument:
            return self.argument(value.argument, value.elements * FLOAT_BYTES, Storage.BATCH)
        zeros = value.name if value.cleared else border_of(value.layout)
        return self.per_picture(value.name, value.layout.size * FLOAT_BYTES, zeros=zeros)

    def gradient(self, value: Value) -> str:
        """The slot of a value's gradient."""
        if value.gradient_same_as is not None:
            return self.gradient(value.gradient_same_as)
        return self.per_picture(
            f"gradient of {value.name}",
            value.gradient_layout.size * FLOAT_BYTES,
            zeros=border_of(value.gradient_layout),
        )

    def per_picture(self, name: str, size: int, *, zeros: str = "") -> str:
        """A slot of so many bytes for every picture.

        Args:
            name: unique in the plan.
            size: in bytes.
            zeros: which numbers must be zero from the beginning, and are never written to, in words
                that are equal where the same are; empty: none.
        """
        return self._slot(Slot(name, Storage.WORKER, size, zeros=zeros))

    def scratch(self, size: int) -> str:
        """A slot of so many bytes for every picture, for one call alone: all calls share it."""
        known = self._slots.get(SCRATCH)
        size = max(size, known.bytes if known else 0)
        self._slots[SCRATCH] = Slot(SCRATCH, Storage.WORKER, size)
        return SCRATCH

    def room(self, size: int) -> str:
        """A slot of so many bytes for every thread, for one call alone: all calls share it."""
        known = self._slots.get(ROOM)
        self._slots[ROOM] = Slot(ROOM, Storage.THREAD, max(size, known.bytes if known else 0))
        return ROOM

    def shared(self, name: str, size: int) -> str:
        """A slot of so many bytes for all."""
        return self._slot(Slot(name, Storage.SHARED, size))

    def lane(self, name: str, size: int) -> str:
        """A slot of so many bytes for every lane, zeros when the lane is begun."""
        return self._slot(Slot(name, Storage.LANE, size))

    def argument(self, name: str, size: int, storage: Storage = Storage.SHARED) -> str:
        """A slot that the caller fills, or that is written for the caller."""
        return self._slot(Slot(name, storage, size, argument=True))

    @property
    def sizes(self) -> str:
        """The slot of the number of pictures of the batch, and of a lane."""
        return self.argument(SIZES, 16)

    def weight(self, name: str) -> str:
        """The slot of a weight."""
        size = self.network.weight_specs[name].size * FLOAT_BYTES
        return self.argument(weight_slot(name), size)

    def new_state(self, name: str) -> str:
        """The slot of the new value of a weight that is not trained."""
        self.states[name] = f"new {name}"
        return self.result(self.states[name], self.network.weight_specs[name].size * FLOAT_BYTES)

    def result(self, name: str, size: int) -> str:
        """A slot for what a caller gets who updates weights himself."""
        return self.shared(name, size) if self.update else self.argument(name, size)

    def lane_gradient(self, name: str) -> Place:
        """Where lanes add up the gradient of a weight, each for itself."""
        if name not in self._lanes.places:
            self._lanes.places[name] = self._lanes.bytes
            size = self.network.weight_specs[name].size * FLOAT_BYTES
            self._lanes.bytes += lane_stride(size)
            self.gradient_places[name] = Place(GRADIENTS, self._lanes.places[name])
        return Place(LANES, self._lanes.places[name])

    def passing_gradient(self, name: str, size: int) -> Place:
        """Where the gradient of a weight is, task by task: so many bytes for every thread.

        They stay in its cache; all of a large gradient would go to memory and come back.
        """
        slot = f"passing gradient of weight {name}"
        self.gradient_places[name] = Place(self._slot(Slot(slot, Storage.THREAD, size)))
        return self.gradient_places[name]

    def direct_gradient(self, name: str) -> Place:
        """Where the gradient of a weight is written whole."""
        size = self.network.weight_specs[name].size * FLOAT_BYTES
        place = Place(self.result(f"gradient of weight {name}", size))
        self.gradient_places[name] = place
        return place

    @property
    def bytes_per_lane(self) -> int:
        """What a lane needs for its sums of gradients."""
        return self._lanes.bytes

    def stored(self, phases: Sequence[Phase]) -> tuple[Slot, ...]:
        """All slots, each where the phases that touch it let it be."""
        return tuple(_stored(slot, phases) for slot in self._slots.values())

    def _slot(self, slot: Slot) -> str:
        known = self._slots.setdefault(slot.name, slot)
        assert known == slot, f"{slot} was {known}"
        return slot.name


def weight_slot(name: str) -> str:
    """The name of the slot of a weight."""
    return f"weight {name}"


def border_of(layout: MapLayout) -> str:
    """Which numbers of a map are zero and stay so."""
    return str(layout) if layout.bordered else ""


def _stored(slot: Slot, phases: Sequence[Phase]) -> Slot:
    if slot.storage is not Storage.WORKER:
        return slot
    touching = [phase for phase in phases if phase.touches(slot.name)]
    alone = slot.name == SCRATCH or (len(touching) == 1 and touching[0].items == PICTURES)
    return slot if alone else replace(slot, storage=Storage.BATCH)
