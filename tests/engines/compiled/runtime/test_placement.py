"""A thread that is woken begins on another processor than its waker's, and may go on anywhere."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from konv.engines.compiled.runtime import placement
from konv.engines.compiled.runtime.placement import begin_elsewhere, go_anywhere

linux = pytest.mark.skipif(sys.platform != "linux", reason="what Linux offers")


@pytest.fixture
def asleep():
    """The number of a thread that waits, and may go where this one may."""
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    yield thread.native_id
    over.set()
    thread.join()


@linux
def test_the_waker_keeps_its_processor_for_itself(asleep, monkeypatch):
    all_of_them = os.sched_getaffinity(0)
    for mine in all_of_them:
        monkeypatch.setattr(placement, "_processor", lambda mine=mine: mine)
        begin_elsewhere(asleep)
        assert os.sched_getaffinity(asleep) == (all_of_them - {mine} or all_of_them)
        assert os.sched_getaffinity(0) == all_of_them


@linux
def test_the_processor_is_one_of_those_that_may_be_used():
    assert placement._processor() in os.sched_getaffinity(0)


@linux
def test_who_begins_elsewhere_may_go_on_anywhere(asleep):
    allowed = os.sched_getaffinity(0)
    seen = []

    def begin():
        begin_elsewhere(threading.get_native_id())
        go_anywhere(asleep)
        seen.append(os.sched_getaffinity(0))

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    assert seen == [allowed]


@linux
def test_on_a_single_processor_there_is_no_elsewhere(asleep, monkeypatch):
    allowed = os.sched_getaffinity(asleep)
    monkeypatch.setattr(os, "sched_getaffinity", lambda thread: {placement._processor()})
    begin_elsewhere(asleep)
    monkeypatch.undo()
    assert os.sched_getaffinity(asleep) == allowed


@pytest.mark.parametrize("error", [PermissionError, ProcessLookupError])
def test_a_system_that_allows_no_such_thing_does_not_matter(error, monkeypatch):
    def refuse(*_arguments):
        raise error

    for name in ("sched_getaffinity", "sched_setaffinity"):
        monkeypatch.setattr(os, name, refuse, raising=False)
    begin_elsewhere(threading.get_native_id())
    go_anywhere(threading.get_native_id())


def test_a_thread_that_has_not_begun_has_no_place_yet():
    begin_elsewhere(threading.Thread().native_id)
