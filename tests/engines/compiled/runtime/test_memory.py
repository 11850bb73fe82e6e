import numpy as np
import pytest

from konv.alignment import aligned_bytes
from konv.engines.compiled.plan.division import Division
from konv.engines.compiled.plan.structure import Plan, Slot, Storage
from konv.engines.compiled.runtime.memory import PlanMemory


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 100_001])
def test_memory_is_zeroed_and_begins_at_a_line_of_the_cache(size):
    for _turn in range(5):
        memory = aligned_bytes(size)
        assert memory.size == size
        assert size == 0 or memory.ctypes.data % 64 == 0
        assert not memory.any()
        memory[...] = 1


SLOTS = (
    Slot("argument", Storage.SHARED, 1000, argument=True),
    Slot("shared", Storage.SHARED, 40),
    Slot("batch", Storage.BATCH, 12),
    Slot("lane", Storage.LANE, 65),
    Slot("worker", Storage.WORKER, 10),
)


def test_every_owner_has_room():
    memory = PlanMemory(Plan(SLOTS, (), tile=7, lanes=4), aligned_bytes)
    memory.make_room(Division(5, lane=2, workers=2))
    sizes = {name: memory.array(name).size for name in ("shared", "batch", "lane", "worker")}
    # Lanes are 128 bytes apart; 7 pictures of a worker are 70 bytes, and 128 apart.
    assert sizes == {"shared": 40, "batch": 60, "lane": 2 * 128 + 65, "worker": 128 + 70}
    assert memory.size_bytes == 40 + 60 + 321 + 198
    places = [memory.array(slot.name).ctypes.data for slot in SLOTS[1:]]
    assert memory.bases.tolist() == [0, *places]


def test_what_is_large_enough_stays():
    memory = PlanMemory(Plan(SLOTS, (), tile=7, lanes=4), aligned_bytes)
    memory.make_room(Division(5, lane=2, workers=2))
    before = {slot.name: memory.array(slot.name) for slot in SLOTS[1:]}
    memory.make_room(Division(6, lane=3, workers=2))
    after = {slot.name: memory.array(slot.name) for slot in SLOTS[1:]}
    assert [name for name in before if before[name] is not after[name]] == ["batch"]


def test_what_could_not_grow_is_not_taken_for_large_enough():
    def allocate(size):
        if size > 100:
            raise MemoryError
        return aligned_bytes(size)

    memory = PlanMemory(Plan(SLOTS[2:3], (), tile=1, lanes=1), allocate)
    memory.make_room(Division(5, lane=5, workers=1))
    with pytest.raises(MemoryError):
        memory.make_room(Division(50, lane=50, workers=1))
    assert memory.size_bytes == 0
    memory.make_room(Division(5, lane=5, workers=1))
    assert memory.array("batch").size == 60
    np.testing.assert_array_equal(memory.bases, [memory.array("batch").ctypes.data])


SHARING = (
    Slot("early", Storage.BATCH, 12, zeros="border", offset=0),
    Slot("late", Storage.BATCH, 4, offset=64),
)


def test_slots_that_share_memory_have_their_places_in_it():
    memory = PlanMemory(Plan(SHARING, (), tile=1, lanes=1), aligned_bytes)
    memory.make_room(Division(5, lane=5, workers=1))
    begin = memory.array("batch").ctypes.data
    assert memory.bases.tolist() == [begin, begin + 5 * 64]


def test_zeros_stay_where_they_are_when_a_batch_is_smaller_and_are_made_anew_when_it_is_larger():
    memory = PlanMemory(Plan(SHARING, (), tile=1, lanes=1), aligned_bytes)
    memory.make_room(Division(5, lane=5, workers=1))
    before = memory.bases.tolist()
    memory.array("batch")[...] = 1
    memory.make_room(Division(3, lane=3, workers=1))
    assert memory.bases.tolist() == before
    memory.make_room(Division(6, lane=6, workers=1))
    assert not memory.array("batch").any()
