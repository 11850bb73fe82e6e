"""The plan in the making: operations ask it for memory, and tell it what to call.

Every array is known by the name of its slot. Arrays of one number per picture get their storage at
the end: what only one phase touches lives with the thread that works on it (``Storage.WORKER``),
and may stay in the cache; what several phases touch is kept for every picture of the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast

from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.copying import Clear
from konv.engines.compiled.kernels.lane_sums import LaneSum
from konv.engines.compiled.plan.packing import packed
from konv.engines.compiled.plan.phases import Counted, by_size, together
from konv.engines.compiled.plan.structure import (
    PICTURES,
    Alternatives,
    Call,
    Phase,
    Plan,
    Slot,
    Storage,
    Way,
    Work,
)
from konv.engines.compiled.plan.values import Value
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target
from konv.network.graph import Network

__all__ = [
    "FLOAT_BYTES",
    "GRADIENTS",
    "LOSSES",
    "SIZES",
    "Builder",
    "Operand",
    "Place",
    "border_of",
    "weight_slot",
]

FLOAT_BYTES = 4
_ALIGNMENT = 64
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


class Builder:
    """Collects slots and phases.

    Args:
        network: whose weights are used.
        target: the processor: what is cheapest may differ.
        training: whether there will be a backward pass.
        alone: whether there is a single picture, which all threads share.
        update: what is done to weights at the end; None: the caller gets their gradients.
    """

    def __init__(
        self,
        network: Network,
        target: Target,
        *,
        training: bool,
        alone: bool = False,
        update: Kernel | None = None,
    ) -> None:
        self.network = network
        self.target = target
        self.training = training
        self.alone = alone
        self.update = update
        self._slots: dict[str, Slot] = {}
        self._beforehand: dict[str, Counted] = {}
        self._phases: list[Phase] = []
        self._afterwards: dict[str, Counted] = {}
        self._at_the_end: dict[str, Counted] = {}
        self._lanes = _LaneSums()
        self._written: set[str] = set()
        self._gated: set[str] = set()
        self._layers: tuple[str, ...] = ()
        self._alternatives: list[Alternatives] = []
        self.gradient_places: dict[str, Place] = {}
        self.states: dict[str, str] = {}
        self.updated: set[str] = set()

    @contextmanager
    def working_for(self, layers: tuple[str, ...]) -> Iterator[None]:
        """What is called meanwhile is the work of these layers."""
        before, self._layers = self._layers, layers
        yield
        self._layers = before

    def cheapest(self, work: Work, **cycles: float) -> Way:
        """The way to a result that takes the fewest cycles; a reader of the plan is told of all."""
        costs = cast("tuple[tuple[Way, float], ...]", tuple(cycles.items()))
        self._alternatives.append(Alternatives(self._layers, work, costs))
        return self._alternatives[-1].taken

    # Memory

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
        return self._result(self.states[name], self.network.weight_specs[name].size * FLOAT_BYTES)

    def _result(self, name: str, size: int) -> str:
        """A slot for what a caller gets who updates weights himself."""
        return self.shared(name, size) if self.update else self.argument(name, size)

    def lane_gradient(self, name: str) -> Place:
        """Where lanes add up the gradient of a weight, each for itself."""
        if name not in self._lanes.places:
            self._lanes.places[name] = self._lanes.bytes
            size = self.network.weight_specs[name].size * FLOAT_BYTES
            self._lanes.bytes += -(-size // _ALIGNMENT) * _ALIGNMENT
            self.gradient_places[name] = Place(GRADIENTS, self._lanes.places[name])
        return Place(LANES, self._lanes.places[name])

    def direct_gradient(self, name: str) -> Place:
        """Where the gradient of a weight is written whole."""
        size = self.network.weight_specs[name].size * FLOAT_BYTES
        place = Place(self._result(f"gradient of weight {name}", size))
        self.gradient_places[name] = place
        return place

    def _slot(self, slot: Slot) -> str:
        known = self._slots.setdefault(slot.name, slot)
        assert known == slot, f"{slot} was {known}"
        return slot.name

    # Gradients of values

    def adds_to_gradient(self, value: Value) -> bool:
        """Whether a gradient was written before, so that this one is to be added; asks once."""
        if value.gradient_same_as is not None:
            return self.adds_to_gradient(value.gradient_same_as)
        before = value.name in self._written
        self._written.add(value.name)
        return before

    def has_gradient(self, value: Value) -> bool:
        """Whether anything was written to the gradient of a value."""
        return value.name in self._written

    def passed_gate(self, value: Value) -> None:
        """Say that the gradient of a value was passed through its gate when it was written."""
        while value.gradient_same_as is not None:
            value = value.gradient_same_as
        self._gated.add(value.name)

    def is_gated(self, value: Value) -> bool:
        """Whether the gradient of a value has passed its gate already."""
        return value.name in self._gated

    # Calls

    def pictures(self, name: str, kernel: Kernel, *operands: Operand) -> None:
        """Call a kernel for every tile of pictures."""
        if not self._phases or self._phases[-1].items != PICTURES:
            self._phases.append(Phase(name, ()))
        self.same_items(kernel, *operands)

    def items(self, name: str, kernel: Kernel, *operands: Operand, items: int, block: int) -> None:
        """Call a kernel for blocks of so many things, when all that came before is done."""
        call = self._call(kernel, operands)
        self._phases.append(Phase(name, (call,), items=items, block=block))

    def same_items(self, kernel: Kernel, *operands: Operand) -> None:
        """Call a kernel for the same blocks as the one before, each when that one is done."""
        phase = self._phases[-1]
        self._phases[-1] = replace(phase, calls=(*phase.calls, self._call(kernel, operands)))

    def beforehand(self, name: str, kernel: Kernel, *operands: Operand, items: int) -> None:
        """Call a kernel before everything else; once, however many ask for it by that name."""
        self._beforehand.setdefault(name, (self._call(kernel, operands), items))

    def afterwards(self, name: str, kernel: Kernel, *operands: Operand, items: int) -> None:
        """Call a kernel when the sums of the lanes are there."""
        self._afterwards.setdefault(name, (self._call(kernel, operands), items))

    def at_the_end(self, name: str, kernel: Kernel, *operands: Operand, items: int) -> None:
        """Call a kernel when all gradients are there: with so many numbers."""
        self._at_the_end[name] = (self._call(kernel, operands), items)

    def turned_back(self, name: str) -> tuple[Place, Place]:
        """Where a weight's gradient is summed up in another order, and where it goes in its own."""
        summed = self.gradient_places[name]
        return summed, self.direct_gradient(name)

    def sum_lanes(self) -> None:
        """Add up what the lanes have added up."""
        if not self._lanes.bytes:
            return
        kernel = LaneSum(self._lanes.bytes // FLOAT_BYTES, self._lanes.bytes)
        sums = self._result(GRADIENTS, self._lanes.bytes)
        self.items(
            "sum of the lanes",
            kernel,
            self.sizes,
            LANES,
            sums,
            items=kernel.elements,
            block=kernel.block,
        )

    # The end

    def plan(self, *, lanes: int) -> Plan:
        """The plan, when all operations have said what they do, for pictures one by one."""
        if self._lanes.bytes:
            self.lane(LANES, self._lanes.bytes)
        slots = [self._stored(slot) for slot in self._slots.values()]
        phases = (
            *together("weights made ready", self._beforehand),
            *self._with_cleared_lanes(),
            *together("gradients in Keras's order", self._afterwards),
            *by_size("update of", self._at_the_end),
        )
        return packed(Plan(tuple(slots), phases, 1, lanes, tuple(self._alternatives)))

    def pictures_at_once(self) -> int:
        """How many pictures kernels want to be called with at once."""
        calls = (call for phase in self._phases if phase.items == PICTURES for call in phase.calls)
        return max((call.kernel.pictures(self.target) for call in calls), default=1)

    def bytes_per_lane(self) -> int:
        """What a lane needs for its sums of gradients."""
        return self._lanes.bytes

    def _call(self, kernel: Kernel, operands: Sequence[Operand]) -> Call:
        places = [Place(operand) if isinstance(operand, str) else operand for operand in operands]
        offsets = tuple(place.offset for place in places)
        slots = tuple(place.slot for place in places)
        return Call(kernel, slots, offsets if any(offsets) else (), self._layers)

    def _stored(self, slot: Slot) -> Slot:
        if slot.storage is not Storage.WORKER:
            return slot
        touching = [phase for phase in self._phases if _touches(phase, slot.name)]
        alone = slot.name == SCRATCH or (len(touching) == 1 and touching[0].items == PICTURES)
        return slot if alone else replace(slot, storage=Storage.BATCH)

    def _with_cleared_lanes(self) -> list[Phase]:
        """The phases; what belongs to a lane is cleared by the first that touches it."""
        phases = list(self._phases)
        for slot in self._slots.values():
            if slot.storage is Storage.LANE:
                first = next(i for i, phase in enumerate(phases) if _touches(phase, slot.name))
                clear = Call(Clear(slot.bytes // FLOAT_BYTES), (slot.name,))
                phases[first] = replace(phases[first], before=(*phases[first].before, clear))
        return phases


def weight_slot(name: str) -> str:
    """The name of the slot of a weight."""
    return f"weight {name}"


def border_of(layout: MapLayout) -> str:
    """Which numbers of a map are zero and stay so."""
    return str(layout) if layout.bordered else ""


def _touches(phase: Phase, slot: str) -> bool:
    return any(slot in call.slots for call in (*phase.before, *phase.calls))
