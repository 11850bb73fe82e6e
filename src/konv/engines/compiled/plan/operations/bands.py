"""How a map is cut into bands of rows, for several threads that share one picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from konv.engines.compiled.kernels.banding import Banded
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.kernels.convolution import Convolution, Window
from konv.engines.compiled.kernels.depthwise import Depthwise
from konv.engines.compiled.kernels.winograd_rows import WinogradRows
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.slots import FLOAT_BYTES, Place
from konv.engines.compiled.plan.structure import Phase
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["Bands", "cut", "pays_to_share", "saved_by_sharing"]

BandedKernel = Convolution | Depthwise | WinogradRows

# Into how many bands a map is cut, if its rows can be divided so: more serve more threads.
_COUNTS = (4, 2, 3)


@record
class Bands:
    """Bands of equal size.

    Args:
        count: how many there are.
        input, output: one band of each map.
        window: how windows lie on a band of the input.
        offsets: where the first band of the input, and of the output, begins, in bytes.
        strides: from one band to the next, in bytes.
    """

    count: int
    input: MapLayout
    output: MapLayout
    window: Window
    offsets: tuple[int, int]
    strides: tuple[int, int]

    @property
    def layouts(self) -> dict[str, Any]:
        """What is different in the kernel of a band."""
        return {"input": self.input, "output": self.output, "window": self.window}

    def call(
        self,
        b: Builder,
        name: str,
        kernel: BandedKernel,
        inputs: tuple[str, str, str],
        outputs: Sequence[str],
        room: Sequence[str] = (),
    ) -> None:
        """Call the kernel of a band for all of them.

        Args:
            b: the plan.
            name: of what is done.
            kernel: that of one band.
            inputs: the slots of x, of the weights and of the bias.
            outputs: the slots of y and of what lies as y does.
            room: the slot of what a call needs for itself, if it does.
        """
        x, weights, bias = inputs
        strides = (self.strides[0], 0, 0, *(self.strides[1] for _output in outputs))
        b.items(
            name,
            Banded(kernel, (*strides, *(0 for _room in room)), self.count),
            *(Place(x, self.offsets[0]), weights, bias),
            *(Place(output, self.offsets[1]) for output in outputs),
            *room,
            items=self.count,
            block=1,
        )


def cut(kernel: BandedKernel, target: Target, pool: int = 1) -> Bands | None:
    """The bands of the maps of a kernel; None if it does not pay, or the rows do not divide.

    Args:
        kernel: that of the whole maps.
        target: the processor.
        pool: how many rows of windows one row of the output is made of.
    """
    input, output, window = kernel.input, kernel.output, kernel.window
    count = next((count for count in _COUNTS if output.height % count == 0), 1)
    if count == 1 or not pays_to_share(kernel, (input, output), target):
        return None
    rows = output.height // count
    span = (window.kernel[0] - 1) * window.dilation[0] + 1
    met = (rows * pool - 1) * window.stride[0] + span
    begin = (input.top - window.padding[0]) * input.row, output.top * output.row
    step = rows * pool * window.stride[0] * input.row, rows * output.row
    return Bands(
        count=count,
        input=replace(input, height=met, top=0, bottom=0),
        output=replace(output, height=rows, top=0, bottom=0),
        window=replace(window, padding=(0, window.padding[1])),
        offsets=(begin[0] * FLOAT_BYTES, begin[1] * FLOAT_BYTES),
        strides=(step[0] * FLOAT_BYTES, step[1] * FLOAT_BYTES),
    )


def pays_to_share(kernel: Kernel, maps: tuple[MapLayout, MapLayout], target: Target) -> bool:
    """Whether two threads do it in less time than one.

    They wait for each other, and half of both maps goes from one core's cache to the other's.

    Args:
        kernel: what is done.
        maps: what it reads and writes.
        target: the processor.
    """
    moved, costs = sum(layout.size for layout in maps) * FLOAT_BYTES / 2, target.sharing
    return _cycles(kernel, target) / 2 > costs.waiting + moved / costs.bytes_per_cycle


def saved_by_sharing(phases: Iterable[Phase], target: Target) -> float:
    """How many cycles two threads save at most that share what has several tasks."""
    shared = (phase for phase in phases if phase.items > phase.block and not phase.parts)
    return sum(_cycles(call.kernel, target) / 2 for phase in shared for call in phase.calls)


def _cycles(kernel: Kernel, target: Target) -> float:
    """What is predicted, or a vector of multiply-adds in each."""
    cycles = kernel.cycles(target)
    return kernel.operations / target.vector if cycles is None else cycles
