"""How a batch is divided, and that the room it takes is what is then taken."""

import pytest

from konv.alignment import aligned_bytes
from konv.engines.compiled.plan.division import divided, lane_size, own_bytes, owners_of, tasks_of
from konv.engines.compiled.plan.structure import Call, Phase, Slot, Storage
from konv.engines.compiled.runtime.memory import PlanMemory
from oracles.toy_kernels import Mark, plan_of

PICTURES = Phase("pictures", (Call(Mark(), ("x",)),))
ROWS = Phase("rows", (Call(Mark(items=True), ("rows",)),), items=101, block=4)


@pytest.mark.parametrize(
    ("pictures", "lane", "lanes"),
    # 16 lanes at most, none of fewer than 8 pictures unless there are no more
    [(1, 8, 1), (8, 8, 1), (9, 8, 2), (32, 8, 4), (128, 8, 16), (129, 9, 15), (1000, 63, 16)],
)
def test_the_batch_alone_decides_the_lanes(pictures, lane, lanes):
    plan = plan_of(PICTURES, lanes=16)
    for threads in (1, 2, 7):
        division = divided(plan, pictures, threads)
        assert (division.lane, division.lanes) == (lane, lanes)
        assert lane_size(plan, pictures) == lane


def test_tasks_are_lanes_or_blocks():
    plan = plan_of(PICTURES, ROWS, slots=(Slot("rows", Storage.SHARED, 404),), lanes=16)
    division = divided(plan, 33, threads=2)
    assert [tasks_of(phase, division) for phase in plan.phases] == [5, 26]


def test_nobody_works_without_a_task():
    assert divided(plan_of(PICTURES, lanes=16), 20, threads=64).workers <= 3
    assert divided(plan_of(PICTURES, lanes=16), 20, threads=1).workers == 1


def test_who_has_an_array_of_his_own():
    division = divided(plan_of(PICTURES, lanes=16), 33, threads=1)
    owners = {storage: owners_of(storage, division) for storage in Storage}
    assert owners == {
        Storage.SHARED: 1,
        Storage.BATCH: 33,
        Storage.LANE: 5,
        Storage.WORKER: 1,
        Storage.THREAD: 1,
    }


@pytest.mark.parametrize("pictures", [1, 7, 33, 500])
def test_the_room_that_is_foretold_is_the_room_that_is_made(pictures):
    slots = (
        Slot("given", Storage.BATCH, 1000, argument=True),
        Slot("all", Storage.SHARED, 40),
        Slot("each", Storage.BATCH, 12),
        Slot("lanes", Storage.LANE, 65),
        Slot("mine", Storage.WORKER, 10),
        Slot("my own", Storage.THREAD, 70),
    )
    plan = plan_of(PICTURES, slots=slots, tile=7, lanes=16)
    division = divided(plan, pictures, threads=3)
    memory = PlanMemory(plan, aligned_bytes)
    memory.make_room(division)
    assert own_bytes(plan, division) == memory.size_bytes
