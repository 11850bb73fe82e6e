"""Areas of memory: what they take, and where their slots lie in them."""

from konv.engines.compiled.plan.areas import areas
from konv.engines.compiled.plan.structure import Slot, Storage
from oracles.toy_kernels import plan_of

SLOTS = (
    Slot("given", Storage.SHARED, 1000, argument=True),
    Slot("sums", Storage.LANE, 65),
    Slot("first", Storage.WORKER, 10, offset=0),
    Slot("second", Storage.WORKER, 70, offset=64),
    Slot("early", Storage.BATCH, 12, offset=0),
    Slot("late", Storage.BATCH, 4, offset=64),
)


def by_name():
    return {area.name: area for area in areas(plan_of(slots=SLOTS, tile=3, lanes=4))}


def test_slots_with_an_offset_share_an_area():
    names = {name: [slot.name for slot in area.slots] for name, area in by_name().items()}
    assert names == {"sums": ["sums"], "worker": ["first", "second"], "batch": ["early", "late"]}


def test_threads_have_the_pictures_of_a_tile_each():
    # The slots end at byte 134 of a picture: 192 with the rest of the line, 3 pictures of a tile.
    area = by_name()["worker"]
    assert (area.bytes, area.stride) == (576, 576)
    assert area.room(2) == 1152
    assert [area.place(slot, 2) for slot in area.slots] == [0, 3 * 64]


def test_all_pictures_of_the_batch_are_next_to_each_other():
    area = by_name()["batch"]
    assert area.room(5) == 5 * 128
    assert [area.place(slot, 5) for slot in area.slots] == [0, 5 * 64]


def test_who_has_memory_alone_has_it_at_lines_of_the_cache():
    area = by_name()["sums"]
    assert (area.room(1), area.room(3)) == (65, 2 * 128 + 65)
    assert area.place(area.slots[0], 3) == 0
