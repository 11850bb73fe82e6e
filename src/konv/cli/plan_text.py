"""What the compiler makes of a network, as text and as data: ``konv info --plan``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from types import MappingProxyType
from typing import Any

from konv.cli.kernel_words import kernel_text, tile_text, winograd_text
from konv.engines.compiled.forecast.outline import Outline
from konv.engines.compiled.plan.description import (
    CallDescription,
    PhaseDescription,
    PlanDescription,
    SlotDescription,
)
from konv.engines.compiled.plan.structure import Alternatives
from konv.language import marked
from konv.language import translate as _
from konv.language.tables import WIDTH, padded, places, shortened_inside, table, wrapped
from konv.network.report_columns import bytes_text

__all__ = ["plan_facts", "plan_lines"]

_LAYERS, _KERNEL, _MACS, _TIME = 26, 28, 11, 9
_INDENT = "    "
_RULE = "─" * WIDTH
_ARRAY_WIDTH = 32
_STORAGE: Mapping[str, str] = MappingProxyType(
    {
        "shared": marked("one for all"),
        "batch": marked("each picture"),
        "lane": marked("each lane"),
        "worker": marked("each thread"),
        "thread": marked("each thread"),
    }
)


_WORKS: Mapping[str, str] = MappingProxyType(
    {
        "sums": marked("sums"),
        "weight gradient": marked("weight gradient"),
        "input gradient": marked("input gradient"),
    }
)
_WAYS: Mapping[str, str] = MappingProxyType(
    {
        "sparse": marked("sparse"),
        "picked": marked("picked"),
        "dense": marked("dense"),
        "direct": marked("direct"),
        "winograd": marked("Winograd"),
        "rows": marked("along rows"),
    }
)


def plan_facts(outline: Outline) -> dict[str, Any]:
    """All of it as plain data."""
    plan = outline.plan
    facts = asdict(outline)
    facts["plan"]["alternatives"] = [
        {**asdict(each), "costs": dict(each.costs), "taken": each.taken}
        for each in plan.alternatives
    ]
    facts["totals"] = {
        "operations": plan.operations,
        "cycles": plan.cycles,
        "us_per_picture": outline.us_per_picture,
        "own_bytes": plan.own_bytes,
    }
    facts["conventions"] = _conventions()
    return facts


def plan_lines(outline: Outline) -> Iterator[str]:
    """All of it in lines of 80 columns."""
    yield from _head(outline)
    yield ""
    yield _row(_("layers"), _("kernel"), _("MACs"), _("µs/pict."))
    yield _RULE
    for number, phase in enumerate(outline.plan.phases, start=1):
        yield from _phase(number, phase, outline)
        yield _RULE
    yield from _sums(outline)
    if outline.plan.alternatives:
        yield ""
        yield from _choices(outline.plan.alternatives)
    yield ""
    yield from _memory(outline.plan)
    yield ""
    yield from wrapped(_conventions(), WIDTH)


def _head(outline: Outline) -> Iterator[str]:
    plan = outline.plan
    title = _("{network}: the plan of a prediction, batches of {count:,} pictures of {pixels}")
    if outline.loss is not None:
        title = _(
            "{network}: the plan of a step of training, batches of {count:,} pictures of {pixels}"
        )
    values = {"network": outline.network, "count": plan.pictures, "pixels": outline.pixels}
    yield from wrapped(title.format(**values), WIDTH)
    yield from wrapped(
        _(
            "{target}: vectors of {vector} numbers, {rate:.1f} GHz. Lanes: {lanes} of {lane} "
            "pictures, for {threads} threads. Through the layers go {tile} pictures together. "
            "{kernels} different kernels.",
            target=plan.target,
            vector=plan.vector,
            rate=outline.cycles_per_second / 1e9,
            lanes=plan.lanes,
            lane=plan.lane,
            threads=plan.workers,
            tile=plan.tile,
            kernels=plan.kernels,
        ),
        WIDTH,
    )


def _phase(number: int, phase: PhaseDescription, outline: Outline) -> Iterator[str]:
    if phase.items is None:
        yield _("phase {number}: pictures, in {tasks:,} lanes", number=number, tasks=phase.tasks)
    else:
        yield _(
            "phase {number}: {items:,} items, in {tasks:,} tasks",
            number=number,
            items=phase.items,
            tasks=phase.tasks,
        )
    calls = (*phase.before, *phase.calls)
    for _key, same in groupby(calls, key=lambda call: (call.layers, kernel_text(call), call.tile)):
        yield from _calls(list(same), outline)
    if len(calls) > 1:
        cycles = sum(call.cycles for call in calls)
        operations = sum(call.operations for call in calls)
        yield _row(_("sum"), "", f"{operations:,}", f"{outline.microseconds(cycles):,.3f}")


def _calls(calls: Sequence[CallDescription], outline: Outline) -> Iterator[str]:
    """Some calls of one kind, for the same layers: small weights have one each."""
    call, layers = calls[0], " + ".join(calls[0].layers)
    if places(layers) > _LAYERS:
        yield from wrapped(layers, WIDTH)
        layers = ""
    least = "≥" if call.is_floor else ""
    time = f"{least}{outline.microseconds(sum(each.cycles for each in calls)):,.3f}"
    kernel = kernel_text(call) + (f", ×{len(calls)}" if len(calls) > 1 else "")
    yield _row(layers, kernel, f"{sum(each.operations for each in calls):,}", time)
    details = "" if call.tile is None else tile_text(call.tile)
    if call.winograd is not None:
        details = winograd_text(call.winograd)
    if call.bands > 1:
        bands = _("{count} bands of rows, each a task", count=call.bands)
        details = f"{details}; {bands}" if details else bands
    for line in wrapped(details, WIDTH - len(_INDENT)) if details else ():
        yield _INDENT + line


def _row(layers: str, kernel: str, macs: str, time: str) -> str:
    left = padded(layers, _LAYERS), padded(shortened_inside(kernel, _KERNEL), _KERNEL)
    right = padded(macs, _MACS, right=True), padded(time, _TIME, right=True)
    return "  ".join((*left, *right)).rstrip()


def _sums(outline: Outline) -> Iterator[str]:
    plan = outline.plan
    yield from wrapped(
        _(
            "in all: {operations:,} multiply-adds per picture (forward alone, as they are usually "
            "counted: {macs:,}), {cycles:,.0f} cycles, {time:,.2f} µs per picture on one thread",
            operations=plan.operations,
            macs=outline.macs,
            cycles=plan.cycles,
            time=outline.us_per_picture,
        ),
        WIDTH,
    )


def _choices(alternatives: Sequence[Alternatives]) -> Iterator[str]:
    """What was predicted of the ways to the same result."""
    yield _("ways that were compared, in predicted cycles per picture")
    rows = [[_("layers"), _("of what"), _("taken"), "", _("not taken"), ""]]
    for each in alternatives:
        first, *others = (
            [_(_WAYS[way]), f"{cycles:,.0f}"]
            for way, cycles in sorted(each.costs, key=lambda cost: cost[0] != each.taken)
        )
        layers = shortened_inside(" + ".join(each.layers), _LAYERS - 5)
        rows.append([layers, _(_WORKS[each.work]), *first, *others[0]])
        rows += [["", "", "", "", *other] for other in others[1:]]
    yield from table(rows)


def _memory(plan: PlanDescription) -> Iterator[str]:
    """The arrays, with their sums by who has one of his own."""
    rows = [[_("array"), _("one for"), _("one"), _("number"), _("together")]]
    brought = Counter[str]()
    for slot in plan.slots:
        if slot.argument:
            brought[slot.storage] += slot.total_bytes
    whose = ((_("the program's own"), False, plan.own), (_("the caller's"), True, brought))
    for name, argument, sizes in whose:
        rows += [_slot_row(slot, plan.tile) for slot in plan.slots if slot.argument is argument]
        rows += _sum_rows(name, sizes)
    yield from table(rows, left=2)


def _slot_row(slot: SlotDescription, tile: int) -> list[str]:
    one = slot.bytes * tile if slot.storage == "worker" else slot.bytes
    return [
        shortened_inside(slot.name, _ARRAY_WIDTH),
        _(_STORAGE[slot.storage]),
        bytes_text(one),
        f"{slot.owners:,}",
        bytes_text(slot.total_bytes),
    ]


def _sum_rows(whose: str, sizes: Mapping[str, int]) -> Iterator[list[str]]:
    for kind in _STORAGE:
        if size := sizes.get(kind):
            yield [f"= {whose}", _(_STORAGE[kind]), "", "", bytes_text(size)]
    yield [f"= {whose}", _("all"), "", "", bytes_text(sum(sizes.values()))]


def _conventions() -> str:
    return _(
        "1 MAC = one multiply-add for one picture, those that are really done: half of what is "
        "behind a pool and a rectifier is taken for live. Times are predictions for one thread, "
        "from the cost models of the kernels. ≥ marks a floor, where there is no model: two "
        "vectors of multiply-adds or of moved numbers per cycle. What is done once per batch is "
        "divided by its pictures. Arrays that are never needed at the same time lie in the same "
        "memory, so the program's own take less together than one by one."
    )
