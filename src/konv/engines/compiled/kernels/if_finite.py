"""A change of weights at the end of a step, unless a loss is not finite: then nothing changes.

Whoever trains is told of such a loss, and finds the weights as they were before the step.
"""

from __future__ import annotations

from konv.engines.compiled.emit.function import INDEX, Function, Piece, Value
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.record import record

__all__ = ["IfFinite"]


@record
class IfFinite(Kernel):
    """Runs a kernel, if all losses are finite.

    Pointers::

        sizes     the number of pictures
        losses    of all of them
        …         those of the kernel

    Args:
        kernel: what is done.
        step: how many of the kernel's things are one of those that this one is called with.
        passing: the pointer whose array has room for the things of a call only; "": all arrays
            have room for all things.
    """

    kernel: Kernel
    step: int = 1
    passing: str = ""

    @property
    def pointers(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those of the losses, and those of the kernel."""
        return ("sizes", "losses", *self.kernel.pointers)

    def emit(self, f: Function) -> None:
        first, count = f.first, f.count
        f.first, f.count = (f.index(f.multiply(number, self.step)) for number in (first, count))
        if self.passing:
            f.pointers[self.passing] = f.at(f.pointers[self.passing], f.multiply(f.first, -1))
        with f.when(_all_finite(f)):
            self.kernel.emit(f)
        f.first, f.count = first, count


def _all_finite(f: Function) -> Value:
    """Whether Σ (l − l) over all losses is 0: what is not finite makes it not a number."""
    pictures, losses = f.load(f.pointers["sizes"], INDEX), f.pointers["losses"]
    vector = f.target.vector
    whole, rest = f.divide(pictures, vector)
    with f.loop(whole, [f.constant(0, vector)]) as turn:
        place = f.multiply(turn.index, vector)
        turn.results = [_differences(f, turn.carried[0], losses, place, Piece(0, vector, vector))]
    last = Piece(0, rest, vector)
    total = _differences(f, turn.results[0], losses, f.multiply(whole, vector), last)
    alone = f.across(total, f.builder.fadd)
    return f.builder.fcmp_ordered("==", alone, alone.type(0.0))


def _differences(f: Function, total: Value, losses: Value, place: Value, piece: Piece) -> Value:
    loss = f.load_vector(f.at(losses, place), piece)
    return f.builder.fadd(total, f.builder.fsub(loss, loss))
