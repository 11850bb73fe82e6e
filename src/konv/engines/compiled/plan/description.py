"""A plan as data for a reader: what each call does, what it costs, where its numbers lie."""

from __future__ import annotations

from collections.abc import Iterator

from konv.engines.compiled.plan.structure import Alternatives
from konv.engines.compiled.record import record

__all__ = [
    "CallDescription",
    "PhaseDescription",
    "PlanDescription",
    "SlotDescription",
    "TileDescription",
    "WinogradDescription",
]


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
        filtering: sums of a tile and taps of a window: F(4×4, 3×3), or F(4, 5) along rows.
        tiles: of a picture.
        at_once: tiles that are multiplied together, at most.
    """

    filtering: str
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
