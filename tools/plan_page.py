"""The plan of network A as docs/explanation/compiler.md shows it: a drawing and a table.

::

    python -m tools.plan_page      write both on the page anew

A test holds the page against the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from konv.engines.compiled.kernels.lane_sums import LaneSum
from konv.engines.compiled.plan.describing import described
from konv.engines.compiled.plan.division import divided
from konv.engines.compiled.plan.planning import training_plan
from konv.engines.compiled.plan.slots import GRADIENTS, ROOM, SCRATCH
from konv.engines.compiled.plan.structure import PICTURES, Call, Phase, Plan, Slot, Storage
from konv.engines.compiled.target import Target
from konv.engines.contract import Pixels
from konv.losses import SparseCategoricalCrossentropy
from konv.network import Network, named_networks

__all__ = ["LOSS", "PAGE", "TARGET", "network_a", "part", "plan_of_a", "replaced", "with_plan"]

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "compiler.md"
# A processor with AVX-512: the plan is the same wherever this file is run.
TARGET = Target("avx512", "", "x86-64-v4", "", vector=16, registers=32)
LOSS = SparseCategoricalCrossentropy()


def network_a() -> Network:
    """The network that the page speaks of."""
    return next(one.network for one in named_networks() if one.name == "tutorial-39x31")


def plan_of_a() -> Plan:
    """A step of training on uint8 pictures with class numbers as targets."""
    return training_plan(network_a(), "uint8", Pixels(), TARGET, loss=LOSS).plan


def with_plan(page: str) -> str:
    """The page with the drawing and the table of today's plan."""
    plan = plan_of_a()
    page = replaced(page, "drawing", "\n".join(["```mermaid", *_drawing(plan), "```"]))
    return replaced(page, "plan", "\n".join(_table(plan)))


def replaced(page: str, name: str, text: str) -> str:
    """The page with another text between the marks of a part."""
    before, _old, after = _split(page, name)
    return f"{before}\n{text}\n{after}"


def part(page: str, name: str) -> str:
    """The text between the marks of a part."""
    return _split(page, name)[1].strip()


def _split(page: str, name: str) -> tuple[str, str, str]:
    before, mark, rest = page.partition(f"<!-- {name} -->")
    text, end, after = rest.partition("<!-- end -->")
    if not end:
        raise ValueError(f"the page has no part {name}")
    return before + mark, text, end + after


def _table(plan: Plan) -> Iterator[str]:
    yield "| phase | tasks | call | for | multiply-adds | P × V | arrays by the kernel's pointers |"
    yield "|---|---|---|---|---|---|---|"
    description = described(plan, divided(plan, pictures=32, threads=1), TARGET)
    numbers = count(1)
    for place, (phase, said) in enumerate(zip(plan.phases, description.phases, strict=True), 1):
        first = f"{place} | {_tasks(plan, phase)}"
        for call in phase.before:
            yield f"| {first} | `{_kind(call)}`, once per task | | | | {_operands(call)} |"
            first = " | "
        for call, what in zip(phase.calls, said.calls, strict=True):
            cells = (
                f"{next(numbers)} `{_kind(call)}`",
                ", ".join(call.layers),
                f"{what.operations:,}" if what.operations else "",
                f"{what.tile.pixels} × {what.tile.vectors}" if what.tile else "",
                _operands(call),
            )
            yield f"| {first} | {' | '.join(cells)} |"
            first = " | "


def _kind(call: Call) -> str:
    return type(call.kernel).__name__


def _tasks(plan: Plan, phase: Phase) -> str:
    if phase.items == PICTURES:
        return f"at most {plan.lanes} lanes, in tiles of {plan.tile} pictures"
    return f"{-(-phase.items // phase.block)} for {phase.items:,} items"


def _operands(call: Call) -> str:
    offsets = call.offsets or (0,) * len(call.slots)
    places: dict[str, list[str]] = {}
    for pointer, slot, offset in zip(call.kernel.pointers, call.slots, offsets, strict=True):
        places.setdefault(f"{slot} + {offset:,}" if offset else slot, []).append(pointer)
    return ", ".join(f"{'/'.join(names)}: *{place}*" for place, names in places.items())


def _drawing(plan: Plan) -> Iterator[str]:
    """What flows from call to call: an arrow for every array, from who wrote it to who reads it."""
    yield "flowchart TD"
    slots = {slot.name: slot for slot in plan.slots}
    writers: dict[str, list[str]] = {}
    numbers = count(1)
    for phase in plan.phases:
        for call in phase.calls:
            number = next(numbers)
            shape = "([{}])" if phase.items == PICTURES else "[[{}]]"
            yield f"  c{number}{shape.format(f'{number} {_kind(call)}')}"
            yield from _arrows(call, f"c{number}", slots, writers)


def _arrows(
    call: Call, node: str, slots: dict[str, Slot], writers: dict[str, list[str]]
) -> Iterator[str]:
    given = dict.fromkeys(call.slots)
    for slot in given:
        if slot in (ROOM, SCRATCH) or (slots[slot].argument and slot != GRADIENTS):
            continue
        # Lanes are added to by everyone, and read when all have.
        adds = slots[slot].storage is Storage.LANE and not isinstance(call.kernel, LaneSum)
        for writer in () if adds else writers.get(slot, ()):
            yield f'  {writer} -->|"{slot}"| {node}'
        if adds:
            writers.setdefault(slot, []).append(node)
        # Whoever is given an array first writes it, and so does who is given it twice.
        elif slot not in writers or call.slots.count(slot) > 1:
            writers[slot] = [node]


if __name__ == "__main__":
    PAGE.write_text(with_plan(PAGE.read_text("utf-8")), "utf-8")
