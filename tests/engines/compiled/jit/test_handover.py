"""The two functions of handing over, without the threads that usually call them."""

import ctypes
import threading

import numpy as np
import pytest

from konv.engines.compiled.jit.handover import (
    ASLEEP,
    JOB_NUMBERS,
    LEAD,
    MAILBOX_NUMBERS,
    SERVE,
    Job,
    handover_text,
)
from konv.engines.compiled.jit.machine_code import LoadedCode, object_code
from konv.engines.compiled.runtime.crew import REST
from konv.engines.compiled.target import AARCH64, host_target

LISTENING, BUSY = 1, 2
PATIENCE = 1_000_000_000  # ticks: some tenths of a second
ELSEWHERE = 4096  # the address of somebody else's job


@pytest.fixture(scope="module")
def functions():
    target = host_target()
    loaded = LoadedCode([object_code(handover_text(target), target)], target)
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    lead = ctypes.CFUNCTYPE(None, pointer, pointer, number, pointer)(loaded.address(LEAD))
    serve = ctypes.CFUNCTYPE(None, pointer, number, pointer)(loaded.address(SERVE))
    yield lead, serve
    del loaded


class Work:
    """A job that notes who did it, and with what."""

    def __init__(self, during=lambda _worker: None):
        kinds = [ctypes.c_int64] * 5
        self.done = []
        self._during = during
        self._function = ctypes.CFUNCTYPE(None, *kinds)(self._run)
        self.job = np.zeros(JOB_NUMBERS, np.int64)
        self.job[Job.RUN] = ctypes.cast(self._function, ctypes.c_void_p).value
        self.job[Job.BASES : Job.COUNTERS + 1] = 11, 12, 13

    def _run(self, bases, sizes, counters, worker, rest):
        assert (bases, sizes, counters, rest) == (11, 12, 13, REST)
        self._during(worker)
        self.done.append(worker)

    @property
    def address(self):
        return self.job.ctypes.data


def mailboxes_with(states):
    mailboxes = np.zeros((len(states), MAILBOX_NUMBERS), np.int64)
    mailboxes[:, 0] = states
    return mailboxes


def test_without_helpers_the_leader_does_it(functions):
    lead, _serve = functions
    work = Work()
    lead(work.address, 0, 0, REST)
    assert work.done == [0]


@pytest.mark.parametrize(
    ("before", "after"),
    [(ASLEEP, ASLEEP), (LISTENING, ASLEEP), (BUSY, BUSY), (ELSEWHERE, ELSEWHERE)],
)
def test_nobody_is_waited_for_who_does_not_come_and_nothing_is_left_to_him(
    before, after, functions
):
    lead, _serve = functions
    mailboxes = mailboxes_with([before] * 3)
    seen = []
    work = Work(during=lambda _worker: seen.extend(mailboxes[:, 0]))
    for _turn in range(3):
        lead(work.address, mailboxes.ctypes.data, 3, REST)
    assert work.done == [0] * 3
    while_at_work = before if before >= BUSY else work.address
    assert seen == [while_at_work] * 9
    assert mailboxes[:, 0].tolist() == [after] * 3
    assert not mailboxes[:, 1:].any()


def test_who_comes_late_finds_nothing(functions):
    lead, serve = functions
    mailboxes = mailboxes_with([ASLEEP])
    work = Work()
    lead(work.address, mailboxes.ctypes.data, 1, REST)
    work.job[:] = 0  # whoever looks at it now would call address 0
    serve(mailboxes.ctypes.data, 1000, REST)
    assert work.done == [0]
    assert mailboxes[0, 0] == ASLEEP


def test_who_comes_in_time_helps_once_and_listens_again(functions):
    lead, serve = functions
    mailboxes = mailboxes_with([ASLEEP, ASLEEP])
    begun, ended = threading.Event(), threading.Event()

    def during(worker):
        if worker == 0:
            assert begun.wait(30)
        else:
            begun.set()
            assert not ended.wait(0.05), "the leader did not wait"

    def helper():
        serve(mailboxes.ctypes.data + MAILBOX_NUMBERS * 8, PATIENCE, REST)
        assert mailboxes[1, 0] == ASLEEP

    work = Work(during)
    thread = threading.Thread(target=helper)
    thread.start()
    lead(work.address, mailboxes.ctypes.data, 2, REST)
    ended.set()
    assert work.done == [0, 1]
    assert work.job[Job.BEGUN] == 2
    assert work.job[Job.FINISHED] == 1
    assert mailboxes[0, 0] == ASLEEP
    assert mailboxes[1, 0] == LISTENING
    thread.join(30)
    assert not thread.is_alive()


def test_many_jobs_of_several_leaders_are_all_done(functions):
    lead, serve = functions
    helpers, leaders, turns = 2, 3, 400
    mailboxes = mailboxes_with([ASLEEP] * helpers)
    going = [True]

    def helper(number):
        while going:
            serve(mailboxes[number].ctypes.data, PATIENCE // 10_000, REST)

    works = [Work() for _ in range(leaders)]

    def leader(work):
        for _turn in range(turns):
            lead(work.address, mailboxes.ctypes.data, helpers, REST)

    helping = [threading.Thread(target=helper, args=(n,)) for n in range(helpers)]
    leading = [threading.Thread(target=leader, args=(work,)) for work in works]
    for thread in helping + leading:
        thread.start()
    for thread in leading:
        thread.join(60)
    going.clear()
    for thread in helping:
        thread.join(60)
    assert not any(thread.is_alive() for thread in helping + leading)
    for work in works:
        assert work.done.count(0) == turns
        assert set(work.done) <= {0, 1, 2}
    assert mailboxes[:, 0].tolist() == [ASLEEP] * helpers


def test_it_is_written_for_arm_too():
    assert object_code(handover_text(AARCH64), AARCH64)[18:20] == b"\xb7\0"  # EM_AARCH64
