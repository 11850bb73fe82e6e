"""A plan as data for a reader: what each call does, what it costs, where its numbers lie.

Costs are for one picture on one thread. Cycles are those of the kernel's own model; where it has
none, a floor: two vectors of multiply-adds per cycle (one, where the processor multiplies and adds
apart), or two vectors of the numbers that it moves, whichever takes longer. What is done once per
batch is divided by its pictures.
"""

from __future__ import annotations

from collections.abc import Iterator

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
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.plan.division import Division, own_rooms, owners_of, tasks_of
from konv.engines.compiled.plan.structure import (
    PICTURES,
    Alternatives,
    Call,
    Phase,
    Plan,
    Slot,
    Storage,
)
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = [
    "CallDescription",
    "PhaseDescription",
    "PlanDescription",
    "SlotDescription",
    "TileDescription",
    "WinogradDescription",
    "described",
]

_VECTORS_PER_CYCLE = 2


@record
class TileDescription:
    """How a convolution holds its sums in registers.

    Args:
        pictures, rows, columns: of the outputs that are made at the same time.
        pixels: whose sums these are: more than the outputs, if they are pooled.
        vectors: of channels for each of them.
        width: numbers of a vector.
        chunks: into how many chunks of so many vectors the channels of all groups are cut.
        written_out: columns of the window that are one turn of the innermost loop.
        parts: into how many parts the input channels are cut, so that the kernel fits the cache.
    """

    pictures: int
    rows: int
    columns: int
    pixels: int
    vectors: int
    width: int
    chunks: int
    written_out: int
    parts: int


@record
class WinogradDescription:
    """How a convolution is done after Winograd.

    Args:
        size: rows and columns of a tile of sums.
        tiles: of a picture.
        at_once: tiles that are multiplied together, at most.
    """

    size: int
    tiles: int
    at_once: int


@record
class CallDescription:
    """A kernel at work.

    Args:
        layers: whose work it is; empty: that of all.
        kernel: its kind.
        bands: into how many bands of rows a single picture is cut for it, each a task.
        rectified, pooled: whether a rectifier or a pool is applied to the sums in registers.
        operations: multiply-adds for one picture, those that are really done.
        cycles: for one picture.
        is_floor: whether that is a floor instead of a prediction.
        tile: of a convolution that is summed directly.
        winograd: of one after Winograd.
    """

    layers: tuple[str, ...]
    kernel: str
    rectified: bool
    pooled: bool
    operations: int
    cycles: float
    is_floor: bool
    tile: TileDescription | None = None
    bands: int = 1
    winograd: WinogradDescription | None = None


@record
class PhaseDescription:
    """Calls that are done together; the next phase waits for the end of this one.

    Args:
        name: in the plan.
        items: how many things its tasks divide among themselves; None: the pictures of the batch.
        tasks: into how many tasks it is cut.
        before: what is done once for each task.
        calls: what is done for every tile of pictures, or for each task.
    """

    name: str
    items: int | None
    tasks: int
    before: tuple[CallDescription, ...]
    calls: tuple[CallDescription, ...]


@record
class SlotDescription:
    """An array.

    Args:
        name: in the plan.
        storage: who has one of his own: "shared" by all, a picture of the "batch", a "lane", or a
            "worker", which is a thread, for each picture of a tile, or a "thread".
        bytes: of one of them: per picture for batch and worker.
        owners: how many there are.
        total_bytes: of all together, if they shared no memory with others.
        argument: whether the caller brings it.
    """

    name: str
    storage: str
    bytes: int
    owners: int
    total_bytes: int
    argument: bool


@record
class PlanDescription:
    """A plan for a batch.

    Args:
        target, vector: the instruction set, and the numbers of its vectors.
        pictures: of the batch.
        tile: pictures that pass through the layers together.
        lane, lanes: pictures of a lane, and how many lanes there are.
        workers: threads.
        kernels: how many different ones there are.
        phases, slots: in the plan's order.
        own: what the program's own arrays take, by who has one of his own: arrays that are never
            needed at the same time lie in the same memory.
        alternatives: what was chosen between.
    """

    target: str
    vector: int
    pictures: int
    tile: int
    lane: int
    lanes: int
    workers: int
    kernels: int
    phases: tuple[PhaseDescription, ...]
    slots: tuple[SlotDescription, ...]
    own: dict[str, int]
    alternatives: tuple[Alternatives, ...]

    @property
    def operations(self) -> int:
        """All multiply-adds for one picture."""
        return sum(call.operations for call in self._calls)

    @property
    def cycles(self) -> float:
        """All cycles for one picture, on one thread."""
        return sum(call.cycles for call in self._calls)

    @property
    def own_bytes(self) -> int:
        """What the program's own arrays take."""
        return sum(self.own.values())

    @property
    def _calls(self) -> Iterator[CallDescription]:
        for phase in self.phases:
            yield from (*phase.before, *phase.calls)


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
        if not isinstance(kernel, WinogradKernel | WinogradAlone):
            return None
        sums = kernel.sums(self._target)
        return WinogradDescription(sums.map.size, sums.map.tiles, sums.most_tiles)

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
