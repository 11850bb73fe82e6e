"""Which processor a thread begins on when it is woken.

Linux puts it beside its waker if no other processor seems idle, and in a virtual machine none does:
one that has nothing to do is halted, and one that is halted may have been taken away. Both then
share a processor until they are moved apart, which takes some milliseconds: several steps of a
training. So whoever wakes a thread says that it has to begin elsewhere; from then on it may go
anywhere.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress

__all__ = ["begin_elsewhere", "go_anywhere"]


def begin_elsewhere(thread: int | None) -> None:
    """Let a sleeping thread wake on another processor than that of the caller, if there is one.

    Args:
        thread: its number, as the system counts; None: it has not begun yet.
    """
    if sys.platform != "linux" or thread is None:
        return
    # It is advice: a thread that has ended and a system that allows no such thing do not matter.
    with suppress(OSError):
        others = os.sched_getaffinity(0) - {_processor()}
        if others:
            os.sched_setaffinity(thread, others)


def go_anywhere(thread: int) -> None:
    """Let the calling thread go wherever another of its process may go."""
    if sys.platform != "linux":
        return
    with suppress(OSError):
        os.sched_setaffinity(0, os.sched_getaffinity(thread))


def _processor() -> int:
    """Which the caller runs on; -1 if the system does not say."""
    return int(_ASK())


def _unknown() -> int:
    return -1


def _asking() -> Callable[[], int]:
    """The system's function, if it has one."""
    found: Callable[[], int] = getattr(ctypes.CDLL(None), "sched_getcpu", _unknown)
    return found


_ASK = _asking() if sys.platform == "linux" else _unknown
