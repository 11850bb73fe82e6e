"""How long each kernel of network A's training step takes, beside what it must take at least.

::

    python -m tools.kernel_times      measure, and write the table in docs/explanation/compiler.md

A step runs once, so that all arrays hold what they hold in training. Then every call is run alone,
on the arrays of that step, many times in a row by machine code; the kernels take turns, and the
shortest time of all turns counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from benchmarks.suite.others import others_now
from benchmarks.suite.peak import peak_gflops
from tools.plan_page import LOSS, PAGE, TARGET, network_a, plan_of_a, replaced

from konv import Model, set_threads
from konv.alignment import Bytes, aligned_bytes
from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.plan.describing import described
from konv.engines.compiled.plan.division import divided
from konv.engines.compiled.plan.packing import unpacked
from konv.engines.compiled.plan.slots import ROOM, SCRATCH, SIZES, weight_slot
from konv.engines.compiled.plan.structure import PICTURES, Call, Phase, Plan, Slot, Storage
from konv.engines.compiled.runtime.execution import Executable
from konv.engines.compiled.target import Target, target_of

_TURNS = 60
_REPEATS = 200
_BATCH = 32
_PEAKS = 15


def main() -> None:
    """Measure, and write it on the page."""
    set_threads(1)
    others, peaks = others_now(), _peaks()
    target, plan = target_of(TARGET.name), plan_of_a()
    arrays = _arrays_of_a_step(plan, target)
    times = _shortest([_alone(plan, call, arrays, target) for call in _calls(plan)], plan.tile)
    step_us = _step_us(target)
    # The clock of a busy machine goes up and down: the fastest that was seen counts.
    peak = max([*peaks, *_peaks()])
    cycles_per_us = peak * 1e3 / (4 * target.vector)
    lines = [*_table(plan, times, cycles_per_us, target), ""]
    busy = "unknown" if others is None else f"{100 * others:.0f} %"
    lines.append(
        f"All calls together: {sum(times):.1f} µs per picture. A whole step of {_BATCH} pictures "
        f"by one thread: {step_us:.1f} µs per picture. One core with `{target.name}`, "
        f"{peak:.0f} GFLOP/s in registers, so {cycles_per_us / 1e3:.2f} cycles per nanosecond; "
        f"other programs took {busy} of the processors when the measurement began."
    )
    PAGE.write_text(replaced(PAGE.read_text("utf-8"), "times", "\n".join(lines)), "utf-8")


def _peaks() -> list[float]:
    return [peak_gflops(1) or 0 for _peak in range(_PEAKS)]


def _calls(plan: Plan) -> list[Call]:
    return [call for phase in plan.phases if phase.items == PICTURES for call in phase.calls]


def _arrays_of_a_step(plan: Plan, target: Target) -> dict[str, Bytes]:
    """Every array of the plan, by the name of its slot, after a step with one tile of pictures."""
    arrays = {slot.name: aligned_bytes(_size(slot, plan)) for slot in plan.slots}
    random = np.random.default_rng(0)
    for name, weight in Model.from_network(network_a(), seed=0).weights.items():
        arrays[weight_slot(name)][:] = weight.reshape(-1).view(np.uint8)
    arrays["images"][:] = random.integers(0, 256, arrays["images"].size)
    classes = random.integers(0, 100, plan.tile)
    arrays["targets"][:] = classes.view(np.uint8)
    arrays["shares"].view(np.float32)[:] = 1 / plan.tile
    arrays["sizes"].view(np.int64)[:] = plan.tile
    _executable(plan, arrays, target).run(arrays, pictures=plan.tile, threads=1)
    return arrays


def _size(slot: Slot, plan: Plan) -> int:
    per_picture = slot.storage in (Storage.BATCH, Storage.WORKER)
    return slot.bytes * (plan.tile if per_picture else 1)


def _executable(plan: Plan, arrays: dict[str, Bytes], target: Target) -> Executable:
    """A program that works on these arrays: each has memory of its own."""
    plan = unpacked(plan)
    own = iter([arrays[slot.name] for slot in plan.slots if not slot.argument])
    return Executable(plan, target, lambda _size_bytes: next(own))


@dataclass(frozen=True)
class _Alone:
    """One call, many times in a row."""

    executable: Executable
    arrays: dict[str, Bytes]
    pictures: int

    def seconds(self) -> float:
        arguments = self.arrays | {SIZES: self.executable.sizes}
        start = time.perf_counter()
        self.executable.run(arguments, pictures=self.pictures, threads=1)
        return time.perf_counter() - start


def _alone(plan: Plan, call: Call, arrays: dict[str, Bytes], target: Target) -> _Alone:
    phase = Phase("alone", (call,) * _REPEATS)
    plan = Plan(plan.slots, (phase,), plan.tile, plan.lanes)
    return _Alone(_executable(plan, arrays, target), arrays, plan.tile)


def _shortest(alone: list[_Alone], tile: int) -> list[float]:
    """Microseconds per picture of each, the least of many turns."""
    turns = [[one.seconds() for one in alone] for _turn in range(_TURNS)]
    return [min(times) * 1e6 / _REPEATS / tile for times in zip(*turns, strict=True)]


def _table(plan: Plan, times: list[float], cycles_per_us: float, target: Target) -> Iterator[str]:
    yield "| call | multiply-adds | bytes | floor µs | predicted µs | measured µs | of the floor |"
    yield "|---|---|---|---|---|---|---|"
    for (head, operations, moved, call), measured in zip(computed(plan), times, strict=True):
        # Two units multiply and add a vector each in every cycle, and two vectors can be moved.
        floor_cycles = max(operations, moved / 4) / (2 * target.vector)
        floor, cycles = floor_cycles / cycles_per_us, call.kernel.cycles(target)
        predicted = "" if cycles is None else f"{cycles / cycles_per_us:.2f}"
        yield (
            f"| {head} | {operations:,} | {moved:,} "
            f"| {floor:.2f} | {predicted} | {measured:.2f} | {100 * floor / measured:.0f} % |"
        )


def computed(plan: Plan) -> Iterator[tuple[str, int, int, Call]]:
    """Of each call on pictures: (its number and kind, multiply-adds, bytes, the call itself)."""
    phases = described(plan, divided(plan, _BATCH, threads=1), TARGET).phases
    numbers = count(1)
    for phase, said in zip(plan.phases, phases, strict=True):
        for call, what in zip(phase.calls, said.calls, strict=True):
            head = f"{next(numbers)} `{what.kernel}`"
            if phase.items == PICTURES:
                yield head, what.operations, _moved_bytes(plan, call), call


def _moved_bytes(plan: Plan, call: Call) -> int:
    """What a call must move for a picture: every array once, sums of gradients twice (read and
    written); what belongs to no picture is shared by those of a tile. Lists of its own are left
    out, for they need not leave the nearest cache."""
    slots = {slot.name: slot for slot in plan.slots}
    offsets = call.offsets or (0,) * len(call.slots)
    total = 0.0
    for name, offset in set(zip(call.slots, offsets, strict=True)) - {(ROOM, 0), (SCRATCH, 0)}:
        slot = slots[name]
        if slot.storage is Storage.LANE:
            total += 2 * (_next_offset(plan, slot, offset) - offset) / plan.tile
        else:
            per_picture = slot.storage in (Storage.BATCH, Storage.WORKER)
            total += slot.bytes / (1 if per_picture else plan.tile)
    return round(total)


def _next_offset(plan: Plan, slot: Slot, offset: int) -> int:
    """Where the next weight's place in a lane begins."""
    offsets = {
        there
        for call in _calls(plan)
        for name, there in zip(call.slots, call.offsets or (0,) * len(call.slots), strict=True)
        if name == slot.name
    }
    return min([there for there in offsets if there > offset], default=slot.bytes)


def _step_us(target: Target) -> float:
    """A whole step, per picture: the least of many."""
    network = network_a()
    random = np.random.default_rng(0)
    program = CompiledEngine(target).compile(network, loss=LOSS)
    images = random.integers(0, 256, (_BATCH, *network.input_shape), np.uint8)
    targets = random.integers(0, 100, _BATCH)
    weights = Model.from_network(network, seed=0).weights
    shortest = float("inf")
    for _turn in range(20 * _TURNS):
        start = time.perf_counter()
        program.loss_and_gradients(weights, images, targets, key=0)
        shortest = min(shortest, time.perf_counter() - start)
    return shortest * 1e6 / _BATCH


if __name__ == "__main__":
    main()
