"""The threads that help: started once, asleep until there is work, the same for all programs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue

__all__ = ["together"]

_Work = Callable[[int], None]


class _Helper:
    """One thread that does what it is given, one thing after the other."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._waiting: SimpleQueue[tuple[_Work, threading.Semaphore]] = SimpleQueue()
        threading.Thread(target=self._serve, name=f"konv-{number}", daemon=True).start()

    def give(self, work: _Work, done: threading.Semaphore) -> None:
        self._waiting.put((work, done))

    def _serve(self) -> None:
        while True:
            work, done = self._waiting.get()
            try:
                work(self.number)
            finally:
                done.release()
                del work, done


class _Crew:
    """The helpers of this process. Threads do not survive a fork: a child starts its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._helpers: list[_Helper] = []
        self._process = os.getpid()

    def helpers(self, count: int) -> list[_Helper]:
        with self._lock:
            if self._process != os.getpid():
                self._helpers, self._process = [], os.getpid()
            while len(self._helpers) < count:
                self._helpers.append(_Helper(len(self._helpers) + 1))
            return self._helpers[:count]


_crew = _Crew()


def together(work: _Work, threads: int) -> None:
    """``work(number)`` done by this thread, as number 0, and by ``threads`` − 1 helpers.

    It returns when all have returned, so that memory they work on may be used again.
    """
    helpers = _crew.helpers(threads - 1)
    done = threading.Semaphore(0)
    for helper in helpers:
        helper.give(work, done)
    try:
        work(0)
    finally:
        for _helper in helpers:
            done.acquire()
