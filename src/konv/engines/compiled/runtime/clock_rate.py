"""How many cycles this processor does in a second, at present: measured, since few systems say."""

from __future__ import annotations

import time
from functools import cache
from typing import ClassVar

import numpy as np

from konv.engines.compiled.emit.function import INDEX, Function
from konv.engines.compiled.jit.single import KernelFunction
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["cycles_per_second"]

_TURNS, _TIMES = 10_000, 5


@record
class _DependentSteps(Kernel):
    """Steps that each wait for the one before: every processor takes one cycle for each.

    Both numbers are unknown when the code is written: newer processors add constants in no time.

    Args:
        steps: additions and exclusive ors, in turns.
    """

    pointers: ClassVar[tuple[str, ...]] = ("numbers",)

    steps: int = 32

    def emit(self, f: Function) -> None:
        numbers = f.pointers["numbers"]
        start, other = (f.load(f.at(numbers, place, INDEX), INDEX) for place in (0, 1))
        with f.loop(f.count, [start]) as turn:
            value = turn.carried[0]
            for step in range(self.steps):
                do = f.builder.add if step % 2 else f.builder.xor
                value = do(value, other)
            turn.results = [value]
        f.builder.store(turn.results[0], numbers, align=8)


@cache
def cycles_per_second(target: Target) -> float:
    """The rate at which this processor works: the best of some tries, about 2 ms."""
    kernel = _DependentSteps()
    function, numbers = KernelFunction(kernel, target), np.array([1, 3], np.int64)
    best_s = float("inf")
    for _try in range(_TIMES):
        begun_s = time.perf_counter()
        function(numbers, count=_TURNS)
        best_s = min(best_s, time.perf_counter() - begun_s)
    return _TURNS * kernel.steps / best_s
