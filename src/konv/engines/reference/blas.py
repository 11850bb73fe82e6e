"""Matrix products by one thread: NumPy's give different bits for different numbers of threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["single_threaded_products"]


class _Guard:
    """Keeps the matrix library at one thread while anyone is inside, then gives it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._controller: Any = None
        self._limit: Any = None

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limit = self._libraries().limit(limits=1, user_api="blas")
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limit.restore_original_limits()

    def _libraries(self) -> Any:
        # Looking for the loaded libraries takes milliseconds, so it is done once.
        if self._controller is None:
            from threadpoolctl import ThreadpoolController

            self._controller = ThreadpoolController()
        return self._controller


_guard = _Guard()


@contextmanager
def single_threaded_products() -> Iterator[None]:
    """In the body, each matrix product is computed by the thread that asks for it."""
    _guard.enter()
    try:
        yield
    finally:
        _guard.leave()
