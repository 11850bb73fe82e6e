"""Ctrl-C between two updates, never inside one: weights are changed in place."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Interrupts", "deferred_interrupts"]


class Interrupts:
    """Whether the person at the keyboard asked to stop."""

    def __init__(self) -> None:
        self.requested = False

    def handle(self, number: int, frame: FrameType | None) -> None:
        """The first Ctrl-C is kept for a good moment; the second one is obeyed at once."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


@contextmanager
def deferred_interrupts() -> Iterator[Interrupts]:
    """In the body, SIGINT and SIGTERM only set ``requested``.

    Outside of the main thread Python does not let signals be handled: there nothing changes.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    former = {
        number: signal.signal(number, interrupts.handle)
        for number in (signal.SIGINT, signal.SIGTERM)
        # What whoever started the process chose to ignore, in the background say, stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield interrupts
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
