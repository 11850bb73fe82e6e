"""No word from Pillow: what is wrong with a picture, konv says itself.

Pillow warns of broken tags and of large pictures with Python's warnings, whose filters belong to
the whole process. Threads that each set and restore them would restore each other's; so the first
reader sets the filter, and the last one to leave restores what it found.
"""

from __future__ import annotations

import threading
import warnings
from types import TracebackType

__all__ = ["QUIET"]


class Quiet:
    """A ``with`` block, for any number of threads at once, inside which Pillow does not warn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers = 0
        self._filters = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._readers == 0:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL(\.|$)")
            self._readers += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._readers -= 1
            if self._readers == 0:
                self._filters.__exit__(kind, error, traceback)


QUIET = Quiet()
