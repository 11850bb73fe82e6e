"""Makes a plan readable: :func:`described`.

Costs are for one picture on one thread. Cycles are those of the kernel's own model; where it has
none, a floor: two vectors of multiply-adds per cycle (one, where the processor multiplies and adds
apart), or two vectors of the numbers that it moves, whichever takes longer. What is done once per
batch is divided by its pictures.
"""

from __future__ import annotations

from konv.engines.compiled.kernels.banding import Banded
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.convolution import Convolution
from konv.engines.compiled.kernels.convolution_input_gradient import ConvolutionInputGradient
from konv.engines.compiled.kernels.copying import Clear
from konv.engines.compiled.kernels.if_finite import IfFinite
from konv.engines.compiled.kernels.lane_sums import LaneSum
from konv.engines.compiled.kernels.map_correlation import MapCorrelation
from konv.engines.compiled.kernels.tile_choice import Choice
from konv.engines.compiled.kernels.winograd_alone import WinogradAlone
from konv.engines.compiled.kernels.winograd_kernel import WinogradKernel
from konv.engines.compiled.kernels.winograd_rows import WinogradRows
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.plan.description import (
    CallDescription,
    PhaseDescription,
    PlanDescription,
    SlotDescription,
    TileDescription,
    WinogradDescription,
)
from konv.engines.compiled.plan.division import Division, own_rooms, owners_of, tasks_of
from konv.engines.compiled.plan.structure import (
    PICTURES,
    Call,
    Phase,
    Plan,
    Slot,
    Storage,
)
from konv.engines.compiled.target import Target

__all__ = ["described"]

_VECTORS_PER_CYCLE = 2


def described(plan: Plan, division: Division, target: Target) -> PlanDescription:
    """A plan, and what it costs for a batch that is divided so."""
    reader = _Reader(plan, division, target)
    return PlanDescription(
        target=target.name,
        vector=target.vector,
        pictures=division.pictures,
        tile=plan.tile,
        lane=division.lane,
        lanes=division.lanes,
        workers=division.workers,
        kernels=len(plan.kernels),
        phases=tuple(map(reader.phase, plan.phases)),
        slots=tuple(map(reader.slot, plan.slots)),
        own={storage.value: size for storage, size in own_rooms(plan, division).items()},
        alternatives=plan.alternatives,
    )


class _Reader:
    """Reads a plan for some batch."""

    def __init__(self, plan: Plan, division: Division, target: Target) -> None:
        self._division = division
        self._target = target
        self._tile = plan.tile
        self._slots = {slot.name: slot for slot in plan.slots}
        # Arrays of which some calls take a part: how large it is, the plan does not say.
        self._in_parts = {
            slot
            for call in plan.calls
            for slot, offset in zip(call.slots, call.offsets, strict=False)
            if offset
        }

    def phase(self, phase: Phase) -> PhaseDescription:
        return PhaseDescription(
            name=phase.name,
            items=None if phase.items == PICTURES else phase.items,
            tasks=tasks_of(phase, self._division),
            before=tuple(map(self._call, phase.before)),
            calls=tuple(map(self._call, phase.calls)),
        )

    def slot(self, slot: Slot) -> SlotDescription:
        owners = owners_of(slot.storage, self._division)
        pictures = self._tile if slot.storage is Storage.WORKER else 1
        total_bytes = owners * pictures * slot.bytes
        storage = slot.storage.value
        return SlotDescription(slot.name, storage, slot.bytes, owners, total_bytes, slot.argument)

    def _call(self, call: Call) -> CallDescription:
        kernel, bands = _inner(call.kernel)
        operations, tile = kernel.operations, None
        if isinstance(kernel, Convolution | ConvolutionInputGradient):
            choice = kernel.correlation.choice(self._target)
            operations = kernel.correlation.operations_with(choice)
            tile = self._tile_of(kernel.correlation, choice)
        cycles = kernel.cycles(self._target)
        rectifier = getattr(kernel, "rectifier", None)
        return CallDescription(
            layers=call.layers,
            kernel=type(kernel).__name__,
            rectified=rectifier is not None and not rectifier.linear,
            pooled=getattr(kernel, "pool", (1, 1)) != (1, 1),
            operations=bands * operations,
            cycles=self._floor(call) if cycles is None else bands * cycles,
            is_floor=cycles is None,
            tile=tile,
            bands=bands,
            winograd=self._winograd_of(kernel),
        )

    def _winograd_of(self, kernel: Kernel) -> WinogradDescription | None:
        if isinstance(kernel, WinogradRows):
            cut = kernel.tiling(self._target)
            name = f"F({cut.size}, {cut.kernel[1]})"
            return WinogradDescription(name, cut.rows * cut.across, cut.high)
        if isinstance(kernel, WinogradKernel | WinogradAlone):
            sums = kernel.sums(self._target)
            name = f"F({sums.map.size}×{sums.map.size}, 3×3)"
            return WinogradDescription(name, sums.map.tiles, sums.most_tiles)
        return None

    def _floor(self, call: Call) -> float:
        apart = self._target.name == "baseline"
        products = call.kernel.operations * (2 if apart else 1)
        numbers = max(products, self._moved_bytes(call) / 4)
        return numbers / (_VECTORS_PER_CYCLE * self._target.vector)

    def _moved_bytes(self, call: Call) -> float:
        """What it reads and writes at least, for one picture."""
        if isinstance(call.kernel, WinogradWeights):
            return call.kernel.bytes(self._target) / self._division.pictures
        whole = isinstance(call.kernel, Clear | LaneSum)
        touched = (self._slots[n] for n in set(call.slots) if whole or n not in self._in_parts)
        return sum(self._bytes_per_picture(slot) for slot in touched)

    def _bytes_per_picture(self, slot: Slot) -> float:
        if slot.storage in (Storage.BATCH, Storage.WORKER):
            return slot.bytes
        return slot.bytes * owners_of(slot.storage, self._division) / self._division.pictures

    def _tile_of(self, correlation: MapCorrelation, choice: Choice) -> TileDescription:
        pieces = correlation.pieces(self._target)
        pool = correlation.rows.pool * correlation.columns.pool
        return TileDescription(
            pictures=choice.tile.pictures,
            rows=choice.tile.rows,
            columns=choice.tile.columns,
            pixels=choice.tile.outputs * pool,
            vectors=choice.vectors,
            width=pieces[0].width,
            chunks=correlation.groups * -(-len(pieces) // choice.vectors),
            written_out=choice.written_out,
            parts=correlation.parts,
        )


def _inner(kernel: Kernel) -> tuple[Kernel, int]:
    """(what is done with one band, how many bands there are), and whatever is asked before."""
    if isinstance(kernel, IfFinite):
        return kernel.kernel, 1
    return (kernel.kernel, kernel.bands) if isinstance(kernel, Banded) else (kernel, 1)
