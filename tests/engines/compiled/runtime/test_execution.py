import threading
import time
import weakref

import numpy as np
import pytest

from konv.alignment import aligned_bytes
from konv.engines.compiled.plan.structure import Call, Phase, Slot, Storage
from konv.engines.compiled.runtime.execution import Executable
from konv.engines.compiled.runtime.guarded import guarded_bytes, guarded_copy
from konv.engines.compiled.target import host_target
from oracles.toy_kernels import (
    CopyScratch,
    Count,
    FillScratch,
    Mark,
    Meet,
    Spread,
    Total,
    Where,
    marking,
    plan_of,
)

THREADS = (1, 2, 3, 5, 8)
SIZES = (1, 2, 7, 8, 9, 16, 31, 32, 33, 64, 100)


def executable(plan, **options):
    return Executable(plan, host_target(), **options)


def ones(count):
    return np.zeros(count, np.float32)


SHARED = {"rows": 101, "one": 1}


def marking_everything(*, meeting=0):
    """Four phases that add 1 to all they are given; before them, all threads meet."""
    phases = (
        Phase("pictures", (Call(Mark(turns=5), ("x",)),)),
        Phase("items", (Call(Mark(items=True), ("rows",)),), items=101, block=4),
        Phase("one", (Call(Mark(items=True), ("one",)),), items=1),
        Phase("pictures again", (Call(Mark(turns=5), ("x",)),)),
    )
    slots = tuple(Slot(name, Storage.SHARED, 4 * n, argument=True) for name, n in SHARED.items())
    if meeting:
        meet = Call(Meet(meeting), ("met", "worker"))
        phases = (Phase("meet", (meet,), items=meeting), *phases)
        slots += (Slot("met", Storage.SHARED, 8), Slot("worker", Storage.WORKER, 64))
    return executable(plan_of(*phases, slots=slots, tile=1, lanes=16))


@pytest.mark.parametrize("threads", THREADS)
def test_every_task_is_done_exactly_once(threads):
    program = marking_everything()
    for pictures in SIZES:
        arrays = {"x": ones(pictures)} | {name: ones(size) for name, size in SHARED.items()}
        for _turn in range(200):
            program.run(arrays, pictures=pictures, threads=threads)
        assert set(arrays["x"]) == {2000}
        assert set(arrays["rows"]) == set(arrays["one"]) == {200}


@pytest.mark.parametrize("threads", THREADS)
def test_every_task_is_done_exactly_once_where_all_threads_are_at_work(threads):
    program = marking_everything(meeting=threads)
    arrays = {"x": ones(100)} | {name: ones(size) for name, size in SHARED.items()}
    for _turn in range(10):
        program.run(arrays, pictures=100, threads=threads)
    assert set(arrays["x"]) == {100}
    assert set(arrays["rows"]) == set(arrays["one"]) == {10}
    met = program.array("worker", np.int64).reshape(threads, -1)[:, 0]
    assert met.sum() == 10 * threads
    assert met.all(), "somebody never came"


@pytest.mark.parametrize("threads", THREADS)
def test_a_phase_sees_all_of_the_phase_before(threads):
    size = 64
    slots = (Slot("total", Storage.SHARED, 4),)
    total = Call(Total(size), ("x", "total"))
    sums = executable(
        plan_of(
            Phase("mark", (Call(Mark(), ("x",)),)),
            Phase("sum", (total,), items=1),
            Phase("spread", (Call(Spread(), ("total", "x")),)),
            slots=slots,
        )
    )
    x = ones(size)
    expected = 0.0
    for turn in range(200):
        # Every number becomes the sum of all of them plus 1; small enough to be exact.
        if turn % 3 == 0:
            x[...], expected = 0, 0.0
        sums.run({"x": x}, pictures=size, threads=threads)
        expected = size * (expected + 1)
        assert set(x) == {expected}


@pytest.mark.parametrize(
    ("pictures", "lanes", "tile", "cuts"),
    [
        # (first, count) of every call, lane by lane
        (1, 4, 3, [(0, 1)]),
        (8, 4, 8, [(0, 8)]),  # a lane has 8 pictures at least
        (9, 4, 8, [(0, 8), (8, 1)]),
        (11, 4, 3, [(0, 3), (3, 3), (6, 2), (8, 3)]),
        (20, 2, 4, [(0, 4), (4, 4), (8, 2), (10, 4), (14, 4), (18, 2)]),
        (21, 2, 16, [(0, 11), (11, 10)]),
    ],
)
@pytest.mark.parametrize("threads", [1, 3])
def test_batches_are_cut_into_lanes_and_lanes_into_tiles(pictures, lanes, tile, cuts, threads):
    plan = plan_of(
        Phase("where", (Call(Where(), ("log",)),)),
        slots=(Slot("log", Storage.BATCH, 16, argument=True),),
        lanes=lanes,
        tile=tile,
    )
    log = np.zeros((pictures, 2), np.int64)
    executable(plan).run({"log": log}, pictures=pictures, threads=threads)
    assert [tuple(row) for row in log if row[1]] == cuts


def test_the_cut_does_not_depend_on_threads():
    program = executable(marking())
    assert [program.lane_size(n) for n in (1, 32, 33, 64, 1000)] == [8, 8, 9, 16, 250]


@pytest.mark.parametrize("threads", THREADS)
def test_a_lane_has_an_array_of_its_own_and_before_is_done_once_per_lane(threads):
    # 40 pictures in 4 lanes of 10, in tiles of 3: 4 calls each.
    totals = np.zeros((4, 8), np.int64)
    plan = plan_of(
        Phase("count", (Call(Count(), ("tiles",)),), before=(Call(Count(), ("lane",)),)),
        slots=(Slot("lane", Storage.LANE, 20), Slot("tiles", Storage.LANE, 16)),
    )
    program = executable(plan, allocate=guarded_bytes)
    for _turn in range(3):
        program.run({}, pictures=40, threads=threads)
    # An array of 20 bytes begins at every 64.
    lane = np.zeros(4 * 64, np.uint8)
    lane[: 3 * 64 + 20] = program.array("lane", np.uint8)
    totals = lane.view(np.int64).reshape(4, 8)
    assert totals[:, :2].tolist() == [[30, 3]] * 4
    tiles = np.zeros(4 * 64, np.uint8)
    tiles[: 3 * 64 + 16] = program.array("tiles", np.uint8)
    assert tiles.view(np.int64).reshape(4, 8)[:, :2].tolist() == [[30, 12]] * 4


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("pictures", [1, 9, 33, 64])
def test_a_worker_has_room_for_one_tile_that_nobody_else_writes_to(threads, pictures):
    plan = plan_of(
        Phase("scratch", (Call(FillScratch(), ("s",)), Call(CopyScratch(), ("s", "x")))),
        slots=(Slot("s", Storage.WORKER, 4),),
        lanes=16,
    )
    program = executable(plan, allocate=guarded_bytes)
    for _turn in range(20):
        x = guarded_copy(ones(pictures))
        program.run({"x": x}, pictures=pictures, threads=threads)
        assert x.tolist() == list(range(pictures))


def test_a_call_may_point_behind_the_beginning_of_a_slot():
    plan = plan_of(Phase("mark", (Call(Mark(), ("x",), (4,)),)))
    x = ones(9)
    executable(plan).run({"x": x}, pictures=8, threads=1)
    assert x.tolist() == [0] + [1] * 8


def test_no_pictures_are_no_work():
    program = executable(marking())
    for threads in (0, 2):
        program.run({"x": ones(0)}, pictures=0, threads=threads)
    x = ones(3)
    program.run({"x": x}, pictures=3, threads=2)
    assert x.tolist() == [1] * 3


def test_memory_grows_and_is_used_again():
    sizes = []

    def allocate(size):
        sizes.append(size)
        return aligned_bytes(size)

    plan = plan_of(
        Phase("mark", (Call(Mark(), ("kept",)),)), slots=(Slot("kept", Storage.BATCH, 4),)
    )
    program = executable(plan, allocate=allocate)
    assert program.memory_bytes == 0
    for pictures in (4, 2, 4, 10, 3, 10):
        program.run({}, pictures=pictures, threads=1)
    assert sizes == [16, 40]
    assert program.memory_bytes == 40
    # Since it grew: 10, 3, 10 pictures.
    assert program.array("kept").tolist() == [3] * 3 + [2] * 7


def test_after_too_large_a_batch_a_smaller_one_still_runs():
    def allocate(size):
        if size > 100:
            raise MemoryError
        return guarded_bytes(size)

    plan = plan_of(
        Phase("mark", (Call(Mark(), ("own",)), Call(Mark(), ("x",)))),
        slots=(Slot("own", Storage.BATCH, 4),),
    )
    program = executable(plan, allocate=allocate)
    for pictures in (20, 1000, 20, 1000, 5):
        x = ones(pictures)
        if pictures == 1000:
            with pytest.raises(MemoryError):
                program.run({"x": x}, pictures=pictures, threads=2)
        else:
            program.run({"x": x}, pictures=pictures, threads=2)
        assert x.sum() == (0 if pictures == 1000 else pictures)


def test_the_arrays_of_every_run_are_those_that_are_changed():
    program = executable(marking())
    first, second = ones(4), ones(4)
    for array in (first, second, first, first):
        program.run({"x": array}, pictures=4, threads=1)
    assert (first.tolist(), second.tolist()) == ([3] * 4, [1] * 4)
    for _turn in range(50):  # a new array in the place of one that is gone
        array = ones(4)
        program.run({"x": array}, pictures=4, threads=1)
        assert array.tolist() == [1] * 4
        del array


def test_arrays_of_the_caller_are_not_kept():
    program = executable(marking())
    array, base = ones(4), ones(8)
    known = [weakref.ref(array), weakref.ref(base)]
    program.run({"x": array}, pictures=4, threads=1)
    program.run({"x": base[:4]}, pictures=4, threads=1)
    del array, base
    assert [reference() for reference in known] == [None, None]


def test_an_array_in_use_does_not_move():
    program = executable(marking())
    array = ones(4)
    program.run({"x": array}, pictures=4, threads=1)
    with pytest.raises(ValueError, match="resize"):
        array.resize(4000, refcheck=False)


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": np.zeros(3, np.float32)},
        {"x": np.zeros(8, np.float32)[::2]},
        {"x": np.zeros(4, np.uint8)},
    ],
    ids=["too small", "with gaps", "of bytes"],
)
def test_arrays_that_do_not_suit_are_refused(arrays):
    program = executable(marking())
    program.run({"x": ones(3)}, pictures=3, threads=1)
    with pytest.raises(ValueError, match="x: "):
        program.run(arrays, pictures=4, threads=1)
    with pytest.raises(KeyError, match="x"):
        program.run({}, pictures=4, threads=1)


def test_an_array_that_was_large_enough_is_looked_at_again_for_more_pictures():
    program = executable(marking())
    array = ones(3)
    program.run({"x": array}, pictures=3, threads=1)
    with pytest.raises(ValueError, match="x: "):
        program.run({"x": array}, pictures=4, threads=1)


def in_threads(work, count):
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_several_threads_of_python_may_use_one_program(threads):
    program = executable(marking())
    arrays = [ones(10 + 30 * number) for number in range(4)]

    def work(number):
        x = arrays[number]
        for _turn in range(300):
            program.run({"x": x}, pictures=len(x), threads=threads)

    in_threads(work, len(arrays))
    assert [set(x) for x in arrays] == [{300}] * 4


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_programs_share_the_helpers(threads):
    programs = [executable(marking(turns=turns)) for turns in (1, 2, 40)]
    arrays = [ones(64) for _ in programs]

    def work(number):
        for _turn in range(500):
            programs[number].run({"x": arrays[number]}, pictures=64, threads=threads)

    in_threads(work, len(programs))
    assert [set(x) for x in arrays] == [{500}, {1000}, {20_000}]


def test_other_threads_of_python_go_on_meanwhile():
    program = executable(marking(turns=1000))
    progress = []
    ready = threading.Event()

    def work():
        ready.set()
        while not done:
            progress.append(time.perf_counter())
            time.sleep(0)

    done = []
    x = ones(100_000)
    other = threading.Thread(target=work)
    other.start()
    ready.wait()
    begun = time.perf_counter()
    program.run({"x": x}, pictures=len(x), threads=1)
    ended = time.perf_counter()
    done.append(True)
    other.join()
    margin = (ended - begun) / 4
    assert sum(begun + margin < moment < ended - margin for moment in progress) > 10


def test_work_that_is_not_worth_it_is_done_by_one_thread():
    class Costly(Mark):
        """A kernel that says what it costs."""

        operations = 35_000

    plan = plan_of(Phase("mark", (Call(Costly(), ("x",)),)), slots=())
    program = executable(plan)
    for pictures, workers in ((19, 1), (20, 2), (30, 3), (4, 1)):
        x = ones(64)
        program.run({"x": x}, pictures=pictures, threads=3)
        assert program.workers == min(workers, -(-pictures // 8))
        assert x.sum() == pictures


def test_a_run_costs_microseconds():
    program = executable(marking())
    arrays = {"x": ones(1)}
    seconds = []
    for _turn in range(300):
        begun = time.perf_counter()
        program.run(arrays, pictures=1, threads=2)
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 30e-6  # 2 µs where nobody else is at work


def test_a_program_knows_how_it_came_to_be():
    plan = marking(turns=12345)
    first, second = executable(plan), executable(plan)
    assert (first.record.cached, second.record.cached) == (False, True)
    assert first.record.kernels == 1
    assert first.record.code_bytes == second.record.code_bytes > 500
    assert first.record.compile_s > 0
