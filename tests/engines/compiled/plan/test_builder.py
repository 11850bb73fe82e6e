"""The plan in the making: where arrays live, what is added up where, and who is cleared when."""

import numpy as np
import pytest

from konv.engines.compiled.kernels.copying import Clear
from konv.engines.compiled.kernels.lane_sums import LaneSum
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.slots import Place, weight_slot
from konv.engines.compiled.plan.structure import PICTURES, Storage
from konv.engines.compiled.plan.values import Value
from konv.engines.compiled.target import target_names, target_of
from konv.layers import Dense, Input
from konv.network.graph import sequential
from oracles.toy_kernels import Mark

NETWORK = sequential([Input((3,)), Dense(5), Dense(7)])
# 15, 5, 35 and 7 numbers


@pytest.fixture
def b():
    return Builder(NETWORK, target_of(target_names()[0]), training=True)


def storage(plan):
    return {slot.name: slot.storage for slot in plan.slots}


def vector(name, size=3, **settings):
    return Value(name, (size,), (0,), **settings)


# Where arrays live


def test_what_one_phase_over_pictures_touches_lives_with_the_thread(b):
    x = b.value(vector("x"))
    b.pictures("one", Mark(), x)
    b.pictures("two", Mark(), x)
    plan = b.plan(lanes=2)
    assert [phase.name for phase in plan.phases] == ["one"]
    assert storage(plan) == {"x": Storage.WORKER}


def test_what_a_phase_over_items_touches_is_kept_for_the_batch(b):
    x, y = (b.value(vector(name)) for name in "xy")
    b.pictures("one", Mark(), x)
    b.pictures("one", Mark(), y)
    b.items("two", Mark(items=True), x, items=3, block=1)
    b.pictures("three", Mark(), b.value(vector("z")))
    plan = b.plan(lanes=2)
    assert [(phase.name, phase.items) for phase in plan.phases] == [
        ("one", PICTURES),
        ("two", 3),
        ("three", PICTURES),
    ]
    assert storage(plan) == {"x": Storage.BATCH, "y": Storage.WORKER, "z": Storage.WORKER}


def test_what_two_phases_over_pictures_touch_is_kept_for_the_batch(b):
    x = b.value(vector("x"))
    b.pictures("one", Mark(), x)
    b.items("two", Mark(items=True), b.shared("s", 4), items=1, block=1)
    b.pictures("three", Mark(), x)
    assert storage(b.plan(lanes=2))["x"] is Storage.BATCH


def test_scratch_is_as_large_as_the_largest_wish_and_never_kept(b):
    for size in (8, 100, 20):
        b.pictures("pictures", Mark(), b.scratch(size))
        b.items("items", Mark(items=True), b.shared("s", 4), items=1, block=1)
    plan = b.plan(lanes=2)
    (scratch,) = [slot for slot in plan.slots if slot.name == "scratch"]
    assert (scratch.bytes, scratch.storage) == (100, Storage.WORKER)


def test_the_same_name_is_the_same_slot(b):
    assert b.shared("s", 4) == b.shared("s", 4)
    with pytest.raises(AssertionError):
        b.shared("s", 8)


def test_a_value_in_the_memory_of_another_has_no_slot_of_its_own(b):
    one = vector("one")
    other = vector("other", same_as=one, gradient_same_as=one)
    assert b.value(other) == b.value(one) == "one"
    assert b.gradient(other) == b.gradient(one) == "gradient of one"


def test_a_value_that_is_the_callers_lies_in_an_argument(b):
    b.pictures("one", Mark(), b.value(vector("x", argument="outputs")))
    (slot,) = b.plan(lanes=1).slots
    assert (slot.name, slot.bytes, slot.storage, slot.argument) == (
        "outputs",
        12,
        Storage.BATCH,
        True,
    )


def test_zeros_are_named_by_the_layout_or_by_the_value_that_has_them(b):
    map_of = {"shape": (4, 5, 2), "form": (0, 1, 2), "border": (1, 1, 1, 1)}
    same, other = Value("x", **map_of), Value("y", **map_of)
    plain, own = vector("plain"), vector("own", cleared=True)
    b.pictures("one", Mark(), *(b.value(value) for value in (same, other, plain, own)))
    zeros = {slot.name: slot.zeros for slot in b.plan(lanes=1).slots}
    assert zeros["x"] == zeros["y"] != ""
    assert (zeros["plain"], zeros["own"]) == ("", "own")


# Gradients


def test_a_gradient_is_written_first_and_added_to_then(b):
    one = vector("one")
    other = vector("other", gradient_same_as=one)
    assert not b.has_gradient(one)
    assert [b.adds_to_gradient(value) for value in (other, one, other)] == [False, True, True]
    assert b.has_gradient(one)


def test_a_gate_is_that_of_the_memory(b):
    one = vector("one")
    other = vector("other", gradient_same_as=one)
    b.passed_gate(other)
    assert b.is_gated(one)
    assert not b.is_gated(vector("three"))


def test_lanes_add_up_every_weight_in_a_place_of_its_own(b):
    names = list(NETWORK.weight_specs)
    places = [b.lane_gradient(name) for name in names]
    # each begins at a line of the cache
    assert places == [Place("lanes", offset) for offset in (0, 64, 128, 320)]
    assert b.lane_gradient(names[1]) == places[1]
    assert b.gradient_places == {
        name: Place("gradients", place.offset) for name, place in zip(names, places, strict=True)
    }


def test_the_sums_of_the_lanes_are_cleared_at_first_and_added_up_at_last(b):
    b.pictures("one", Mark(), b.value(vector("x")))
    b.items("two", Mark(items=True), b.shared("s", 4), items=1, block=1)
    b.pictures("three", Mark(), b.lane_gradient("dense_1/kernel"))
    b.sum_lanes()
    plan = b.plan(lanes=2)
    assert [phase.before for phase in plan.phases[:2]] == [(), ()]
    (clear,) = plan.phases[2].before
    assert clear.kernel == Clear(16)
    assert clear.slots == ("lanes",)
    (last,) = plan.phases[-1].calls
    assert isinstance(last.kernel, LaneSum)
    assert storage(plan)["lanes"] is Storage.LANE


def test_without_gradients_there_is_nothing_to_add_up(b):
    b.pictures("one", Mark(), b.value(vector("x")))
    b.sum_lanes()
    assert len(b.plan(lanes=1).phases) == 1


def test_a_gradient_in_another_order_is_turned_back_into_an_argument(b):
    b.lane_gradient("dense_1/kernel")
    assert b.turned_back("dense_1/kernel") == (
        Place("gradients"),
        Place("gradient of weight dense_1/kernel"),
    )
    assert b.gradient_places == {"dense_1/kernel": Place("gradient of weight dense_1/kernel")}


# Order


def test_what_is_done_before_and_after_is_done_once(b):
    for _turn in range(2):
        b.afterwards("after", Mark(items=True), b.shared("t", 4), items=1)
        b.beforehand("before", Mark(items=True), b.shared("s", 4), items=1)
        b.pictures("pictures", Mark(), b.value(vector("x")))
    before, pictures, after = b.plan(lanes=1).phases
    assert [len(phase.calls) for phase in (before, pictures, after)] == [1, 2, 1]
    assert (before.parts, pictures.parts, after.parts) == ((1,), (), (1,))


def test_what_is_done_before_is_one_phase_with_a_task_for_each(b):
    for number, name in enumerate(("one", "other"), start=3):
        b.beforehand(name, Mark(items=True), b.shared(name, 4), items=number)
    (phase,) = b.plan(lanes=1).phases
    assert (phase.items, phase.block, phase.parts) == (2, 1, (3, 4))


def test_offsets_are_said_only_where_there_are_some(b):
    b.pictures("one", Mark(), b.weight("dense_1/bias"))
    b.pictures("two", Mark(), Place(weight_slot("dense_1/bias"), 8))
    first, second = b.plan(lanes=1).phases[0].calls
    assert (first.offsets, second.offsets) == ((), (8,))


def test_calls_know_whose_work_they_are(b):
    with b.working_for(("dense_1", "relu_1")):
        b.pictures("one", Mark(), b.value(vector("x")))
    b.pictures("two", Mark(), b.value(vector("x")))
    first, second = b.plan(lanes=1).phases[0].calls
    assert (first.layers, second.layers) == (("dense_1", "relu_1"), ())


def test_sizes_and_states_are_arguments(b):
    assert b.sizes == "sizes"
    assert b.new_state("dense_1/bias") == "new dense_1/bias"
    assert b.states == {"dense_1/bias": "new dense_1/bias"}
    known = {slot.name: slot for slot in b.plan(lanes=1).slots}
    assert known["sizes"].bytes == 2 * np.dtype(np.int64).itemsize
    assert known["new dense_1/bias"].bytes == 20
    assert all(slot.argument for slot in known.values())
