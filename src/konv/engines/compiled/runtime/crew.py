"""The threads that help: started once, the same for all programs.

A helper lives in machine code (:mod:`konv.engines.compiled.jit.handover`), where it listens for
work for a while after the last, so that the next is handed over within a microsecond. Then it falls
asleep, and must be woken by name: that takes tens of microseconds, during which its leader works.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import threading
import time
from functools import cached_property
from queue import SimpleQueue

import numpy as np

from konv.engines.compiled.jit.cache import cached_code, entry_name
from konv.engines.compiled.jit.handover import (
    ASLEEP,
    CLOCK,
    LEAD,
    MAILBOX_NUMBERS,
    SERVE,
    handover_text,
)
from konv.engines.compiled.jit.machine_code import LoadedCode, object_codes
from konv.engines.compiled.runtime.placement import begin_elsewhere, go_anywhere
from konv.engines.compiled.target import host_target
from konv.limits import MAX_THREADS

__all__ = ["REST", "Crew", "crew"]

# Longer than the gaps between the steps of a training, too short to be noticed where nothing
# follows. By the clock and not by turns: a turn takes milliseconds where others need the core.
_PATIENCE_S = 200e-6
_CALIBRATION_S = 50e-6
# Waking takes tens of microseconds: for work no larger than that, others must follow soon.
_SOON_S = 1e-3
_FAREWELL_S = 1.0

_LEAD_TYPE = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 2, ctypes.c_int64, ctypes.c_void_p)
_CLOCK_TYPE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
_SERVE_TYPE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p)


class _Handover:
    """The functions of handing over, in this process."""

    def __init__(self) -> None:
        target = host_target()
        name = entry_name("handover", target)
        code = cached_code(name, lambda: object_codes([handover_text(target)], target))
        self._loaded = LoadedCode(code.objects, target)
        self.lead = _LEAD_TYPE(self._loaded.address(LEAD))
        self.serve = _SERVE_TYPE(self._loaded.address(SERVE))
        self._clock = _CLOCK_TYPE(self._loaded.address(CLOCK))
        self.patience = self._ticks_in(_PATIENCE_S)

    def _ticks_in(self, seconds: float) -> int:
        """How far the processor's clock goes in that time."""
        begun_s, begun_ticks = time.perf_counter(), self._ticks()
        while (passed_s := time.perf_counter() - begun_s) < _CALIBRATION_S:
            pass
        return int((self._ticks() - begun_ticks) / passed_s * seconds)

    def _ticks(self) -> int:
        now = ctypes.c_int64()
        self._clock(ctypes.addressof(now), 0, 0)
        return now.value


class _Helper:
    """One thread."""

    def __init__(self, number: int, mailbox: int, handover: _Handover) -> None:
        self._mailbox = mailbox
        self._handover = handover
        self._calls: SimpleQueue[int] = SimpleQueue()
        self._called = False
        self._thread = threading.Thread(target=self._serve, name=f"konv-{number}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Let it listen again; one call is enough until it does."""
        if not self._called:
            self._called = True
            begin_elsewhere(self._thread.native_id)
            self._calls.put(threading.get_native_id())

    def dismiss(self) -> None:
        """Let its thread end, once nothing is in its mailbox."""
        self._calls.put(0)

    def join(self) -> None:
        self._thread.join(_FAREWELL_S)

    def _serve(self) -> None:
        """Listen whenever somebody calls, who says which thread it is; 0 is the end."""
        while waker := self._calls.get():
            self._called = False
            go_anywhere(waker)
            self._handover.serve(self._mailbox, self._handover.patience, REST)


class Crew:
    """The helpers of this process. Threads do not survive a fork: a child starts its own.

    Attributes:
        generation: how many forks lie between the first process and this one.
    """

    _address: int
    _last_call_s: float

    def __init__(self) -> None:
        self.generation = 0
        self._start_anew()
        atexit.register(self.dismiss)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._start_anew_in_child)

    def run(self, job: int, helpers: int, *, large: bool) -> None:
        """Do a job together with up to so many helpers; whoever is late is not waited for.

        Args:
            job: the address of its numbers.
            helpers: how many others may work on it.
            large: whether it takes much longer than to wake somebody.
        """
        if len(self._helpers) < helpers:
            self._hire(helpers)
        helpers = min(helpers, len(self._helpers))
        now_s = time.monotonic()
        if large or self._worth_waking(now_s):
            self._wake(helpers)
        self._last_run_s = now_s
        self._handover.lead(job, self._address, helpers, REST)

    def _worth_waking(self, now_s: float) -> bool:
        """Whether small jobs follow each other; if nobody stays awake all the same, not often."""
        if now_s - self._last_run_s > _SOON_S or now_s - self._last_call_s < _SOON_S:
            return False
        self._last_call_s = now_s
        return True

    def _wake(self, helpers: int) -> None:
        for number in range(helpers):
            if self._states[number * MAILBOX_NUMBERS] == ASLEEP:
                self._helpers[number].wake()

    @property
    def size(self) -> int:
        """How many helpers there are."""
        return len(self._helpers)

    @cached_property
    def _handover(self) -> _Handover:
        return _Handover()

    def _hire(self, count: int) -> None:
        with self._lock:
            for number in range(len(self._helpers), min(count, MAX_THREADS)):
                address = self._address + number * MAILBOX_NUMBERS * 8
                try:
                    self._helpers.append(_Helper(number + 1, address, self._handover))
                except RuntimeError:  # the system gives no further thread: fewer will do
                    return

    def _start_anew(self) -> None:
        self._lock = threading.Lock()
        self._helpers: list[_Helper] = []
        self._last_run_s = self._last_call_s = 0.0
        # One line of the cache each, and one more so that the first can begin at one.
        self._mailboxes = np.zeros((MAX_THREADS + 1) * MAILBOX_NUMBERS, np.int64)
        start = -(self._mailboxes.ctypes.data // 8) % MAILBOX_NUMBERS
        self._address = self._mailboxes.ctypes.data + 8 * start
        self._states = self._mailboxes.data[start:]

    def _start_anew_in_child(self) -> None:
        self.generation += 1
        self._start_anew()

    def dismiss(self) -> None:
        """Let all threads end, so that none is left in code that is going away."""
        for helper in self._helpers:
            helper.dismiss()
        for helper in self._helpers:
            helper.join()


def _rest_address() -> int:
    """sched_yield, or what a system has instead."""
    if os.name == "nt":
        function = ctypes.windll.kernel32.SwitchToThread  # type: ignore[attr-defined]
    else:
        function = ctypes.CDLL(None).sched_yield
    return ctypes.cast(function, ctypes.c_void_p).value or 0


REST = _rest_address()
crew = Crew()
