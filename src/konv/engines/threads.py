"""How many threads engines use, and the fixed lanes that work is cut into.

Results are bit-identical for any number of threads because the cut does not depend on it: a batch
is always cut into lanes of the same size, each lane is computed by one thread alone, and what the
lanes add up is added in their order.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from konv.constraints import Integer
from konv.limits import MAX_THREADS
from konv.parameters import check_value

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

__all__ = ["get_threads", "in_lanes", "lanes", "set_threads"]

Item = TypeVar("Item")
Result = TypeVar("Result")

LANE_PICTURES = 16


class _Workers:
    """The one pool of threads of this process; it changes size, never results."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = _usual_count()
        self._pool: ThreadPoolExecutor | None = None
        self._process = os.getpid()

    @property
    def count(self) -> int:
        return self._count

    def resize(self, count: int) -> None:
        with self._lock:
            self._count = count
            if self._pool is not None:
                self._pool.shutdown(wait=False)
            self._pool = None

    def pool(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor  # 5 ms, and most processes need none

        with self._lock:
            # Threads do not survive a fork: a child process makes its own.
            if self._pool is None or self._process != os.getpid():
                self._pool = ThreadPoolExecutor(self._count, thread_name_prefix="konv")
                self._process = os.getpid()
            return self._pool


def _usual_count() -> int:
    """The cores that this process may use; fewer if OMP_NUM_THREADS says so.

    That is how joblib tells each of its processes its share of the cores, and how people tell
    numerical libraries of all kinds. No number depends on it.
    """
    share = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    cores = _available_cores()
    return max(1, min(cores, int(share))) if share.isdecimal() else cores


def _available_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_workers = _Workers()


def set_threads(count: int) -> None:
    """Use ``count`` threads from now on. Results do not depend on it.

    Raises:
        ParameterError: ``count`` is not a whole number from 1 on.
    """
    _workers.resize(check_value("count", count, Integer(1, MAX_THREADS), where="set_threads"))


def get_threads() -> int:
    """How many threads are used: the cores of this machine, unless set otherwise.

    The variable OMP_NUM_THREADS may ask for fewer when konv is imported, as joblib's processes do.
    """
    return _workers.count


def lanes(pictures: int) -> list[slice]:
    """The fixed cut of a batch.

    Example:
        >>> lanes(40)
        [slice(0, 16, None), slice(16, 32, None), slice(32, 40, None)]
    """
    return [
        slice(start, min(start + LANE_PICTURES, pictures))
        for start in range(0, pictures, LANE_PICTURES)
    ]


def in_lanes(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """``work`` done on every item, by several threads; the results in the order of the items.

    Numbers that become infinite, or none, are results like others: whoever trains looks for them.
    """

    def quiet_work(item: Item) -> Result:
        with np.errstate(over="ignore", invalid="ignore"):  # each thread has its own
            return work(item)

    items = list(items)
    if len(items) == 1 or _workers.count == 1:
        return [quiet_work(item) for item in items]
    return list(_workers.pool().map(quiet_work, items))
