"""The plan in the making: operations ask it for memory, and tell it what to call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.copying import Clear
from konv.engines.compiled.kernels.lane_sums import LaneSum
from konv.engines.compiled.plan.packing import packed
from konv.engines.compiled.plan.phases import Counted, by_size, together
from konv.engines.compiled.plan.slots import FLOAT_BYTES, GRADIENTS, LANES, Operand, Place, Slots
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
from konv.engines.compiled.target import Target
from konv.network.graph import Network

__all__ = ["Builder"]


class Builder(Slots):
    """Collects slots and phases.

    Args:
        network: whose weights are used.
        target: the processor: what is cheapest may differ.
        training: whether there will be a backward pass.
        alone: whether there is a single picture.
        shares: whether threads share what is done for it.
        update: what is done to weights at the end; None: the caller gets their gradients.
    """

    def __init__(
        self,
        network: Network,
        target: Target,
        *,
        training: bool,
        alone: bool = False,
        shares: bool = False,
        update: Kernel | None = None,
    ) -> None:
        super().__init__(network, update)
        self.target = target
        self.training = training
        self.alone = alone
        self.shares = shares
        self._beforehand: dict[str, Counted] = {}
        self._phases: list[Phase] = []
        self._afterwards: dict[str, Counted] = {}
        self._at_the_end: dict[str, Counted] = {}
        self._written: set[str] = set()
        self._gated: set[str] = set()
        self._layers: tuple[str, ...] = ()
        self._alternatives: list[Alternatives] = []
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
        size = self.bytes_per_lane
        if not size:
            return
        kernel = LaneSum(size // FLOAT_BYTES, size)
        sums = self.result(GRADIENTS, size)
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
        if self.bytes_per_lane:
            self.lane(LANES, self.bytes_per_lane)
        slots = self.stored(self._phases)
        phases = (
            *together("weights made ready", self._beforehand),
            *_with_cleared_lanes(self._phases, slots),
            *together("gradients in Keras's order", self._afterwards),
            *by_size("update of", self._at_the_end),
        )
        return packed(Plan(slots, phases, 1, lanes, tuple(self._alternatives)))

    def pictures_at_once(self) -> int:
        """How many pictures kernels want to be called with at once."""
        calls = (call for phase in self._phases if phase.items == PICTURES for call in phase.calls)
        return max((call.kernel.pictures(self.target) for call in calls), default=1)

    def _call(self, kernel: Kernel, operands: Sequence[Operand]) -> Call:
        places = [Place(operand) if isinstance(operand, str) else operand for operand in operands]
        offsets = tuple(place.offset for place in places)
        slots = tuple(place.slot for place in places)
        return Call(kernel, slots, offsets if any(offsets) else (), self._layers)


def _with_cleared_lanes(phases: Sequence[Phase], slots: Iterable[Slot]) -> list[Phase]:
    """The phases; what belongs to a lane is cleared by the first that touches it."""
    cleared = list(phases)
    for slot in slots:
        if slot.storage is Storage.LANE:
            first = next(i for i, phase in enumerate(cleared) if phase.touches(slot.name))
            clear = Call(Clear(slot.bytes // FLOAT_BYTES), (slot.name,))
            cleared[first] = replace(cleared[first], before=(*cleared[first].before, clear))
    return cleared
