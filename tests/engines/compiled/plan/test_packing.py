"""Arrays that share memory: never at the same time, never with other zeros."""

import itertools

import pytest

from konv.engines.compiled.plan.packing import packed, unpacked
from konv.engines.compiled.plan.planning import forward_plan, training_plan
from konv.engines.compiled.plan.structure import Call, Phase, Slot, Storage
from konv.engines.compiled.target import target_names, target_of
from konv.engines.contract import Pixels
from konv.losses import SparseCategoricalCrossentropy
from konv.network.named import named_network
from oracles.toy_kernels import Mark, plan_of

WORKER, BATCH = Storage.WORKER, Storage.BATCH


def calls(*names):
    return tuple(Call(Mark(), tuple(call)) for call in names)


def offsets(*phases, **slots):
    """Offsets by name: of slots {name: (storage, bytes)} or {name: (storage, bytes, zeros)}."""
    made = [Slot(name, *facts[:2], zeros=(*facts, "")[2]) for name, facts in slots.items()]
    plan = packed(plan_of(*phases, slots=tuple(made)))
    return {slot.name: slot.offset for slot in plan.slots if slot.name in slots}


def test_what_is_needed_in_different_calls_of_a_phase_shares_memory_of_a_thread():
    # a → b → c: a is not needed any more when c is written
    chain = Phase("pictures", calls("ab", "bc"))
    assert offsets(chain, a=(WORKER, 100), b=(WORKER, 64), c=(WORKER, 100)) == {
        "a": 0,
        "b": 128,
        "c": 0,
    }


def test_what_is_needed_again_later_is_kept():
    # a is needed by the last call
    phase = Phase("pictures", calls("ab", "bc", "ca"))
    assert offsets(phase, a=(WORKER, 64), b=(WORKER, 64), c=(WORKER, 64)) == {
        "a": 0,
        "b": 64,
        "c": 128,
    }


def test_the_largest_lies_lowest_and_small_ones_fill_what_is_free():
    phase = Phase("pictures", calls("ab", "bc", "cd"))
    sizes = {"a": 64, "b": 320, "c": 128, "d": 192}
    # b below; c above it; d is not needed with b: it takes b's place; a takes c's.
    assert offsets(phase, **{name: (WORKER, size) for name, size in sizes.items()}) == {
        "b": 0,
        "d": 0,
        "c": 320,
        "a": 320,
    }


def test_memory_of_the_batch_is_shared_by_what_different_phases_need():
    phases = (
        Phase("one", calls("a", "b")),
        Phase("two", calls("bc"), items=5),
        Phase("three", calls("cd")),
    )
    # a and b are needed in the same phase: other threads may be at another call.
    assert offsets(*phases, **dict.fromkeys("abcd", (BATCH, 64))) == {
        "a": 0,
        "b": 64,
        "c": 0,
        "d": 64,
    }


def test_what_is_done_before_a_task_is_needed_in_all_of_its_calls():
    phase = Phase("pictures", calls("b", "c"), before=calls("a"))
    assert offsets(phase, **dict.fromkeys("abc", (WORKER, 64))) == {"a": 0, "b": 64, "c": 64}


def test_a_border_of_zeros_is_shared_only_by_what_has_the_same():
    phase = Phase("pictures", calls("ab", "bc", "cd", "de"))
    given = offsets(
        phase,
        a=(WORKER, 64, "wide"),
        b=(WORKER, 64),
        c=(WORKER, 64, "wide"),
        d=(WORKER, 64, "narrow"),
        e=(WORKER, 64, "wide"),
    )
    # a, c and e take turns at a place that is never anybody else's; d and b have their own.
    assert given["a"] == given["c"] == given["e"]
    assert len({given["a"], given["b"], given["d"]}) == 3


def test_arrays_with_the_same_zeros_that_are_needed_together_lie_apart():
    phase = Phase("pictures", calls("ab", "bc"))
    given = offsets(phase, **dict.fromkeys("abc", (WORKER, 64, "wide")))
    assert given["a"] == given["c"] != given["b"]


@pytest.mark.parametrize("storage", [Storage.SHARED, Storage.LANE, Storage.THREAD])
def test_other_memory_is_not_shared(storage):
    assert offsets(Phase("all", calls("a", "b")), a=(storage, 8), b=(storage, 8)) == {
        "a": None,
        "b": None,
    }


def test_arguments_are_where_the_caller_has_them():
    slots = (Slot("x", BATCH, 8, argument=True), Slot("y", BATCH, 8))
    plan = packed(plan_of(Phase("all", calls("xy")), slots=slots))
    assert [slot.offset for slot in plan.slots if slot.name in "xy"] == [None, 0]


def test_unpacked_every_slot_has_memory_of_its_own():
    slots = (Slot("x", WORKER, 8), Slot("y", WORKER, 8))
    plan = plan_of(Phase("all", calls("x", "y")), slots=slots)
    assert unpacked(packed(plan)) == plan


@pytest.mark.parametrize("kind", ["forward", "training"])
@pytest.mark.parametrize("name", ["simple", "resnet8", "mobile-mini"])
def test_in_no_call_of_a_network_lies_anything_on_what_is_still_needed(name, kind):
    network, target = named_network(name).network, target_of(target_names()[0])
    if kind == "forward":
        plan = forward_plan(network, "uint8", Pixels(), target)
    else:
        loss = SparseCategoricalCrossentropy()
        plan = training_plan(network, "uint8", Pixels(), target, loss=loss).plan
    for storage in (WORKER, BATCH):
        slots = [slot for slot in plan.own if slot.storage is storage]
        uses = [{name for call in phase.calls for name in call.slots} for phase in plan.phases]
        if storage is WORKER:
            uses = [set(call.slots) for phase in plan.phases for call in phase.calls]
        needed = {
            slot.name: [time for time, names in enumerate(uses) if slot.name in names]
            for slot in slots
        }
        shared = 0
        for one, other in itertools.combinations(slots, 2):
            if one.offset + one.bytes <= other.offset or other.offset + other.bytes <= one.offset:
                continue
            shared += 1
            first, second = needed[one.name], needed[other.name]
            assert first[-1] < second[0] or second[-1] < first[0], (one, other)
            assert one.zeros == other.zeros, (one, other)
        # Training keeps nearly all that a small network makes; here something is always free.
        assert shared or len(slots) < 3
        apart = sum(slot.bytes for slot in slots)
        assert plan.shared_bytes(storage) <= apart + 64 * len(slots)
