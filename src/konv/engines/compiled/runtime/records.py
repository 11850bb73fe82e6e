"""What is known of the programs that this process has compiled."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from typing import Protocol

from konv.engines.compiled.record import record

__all__ = ["ProgramRecord", "programs"]


@record
class ProgramRecord:
    """How a program came to be.

    Args:
        kernels: how many different ones it has.
        compile_s: how long it took to have its code, from wherever.
        cached: whether the code was there already.
        code_bytes: how large it is.
    """

    kernels: int
    compile_s: float
    cached: bool
    code_bytes: int


class Recorded(Protocol):
    """A program with a record."""

    @property
    def record(self) -> ProgramRecord:
        """How it came to be."""

    @property
    def memory_bytes(self) -> int:
        """What its own arrays take at present."""


class _Programs:
    """All programs that are still in use, the oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: list[weakref.ref[Recorded]] = []

    def add(self, program: Recorded) -> None:
        """Remember a program, as long as somebody uses it."""
        with self._lock:
            self._known = [known for known in self._known if known() is not None]
            self._known.append(weakref.ref(program))

    def __iter__(self) -> Iterator[Recorded]:
        with self._lock:
            known = list(self._known)
        return iter([program for found in known if (program := found()) is not None])


programs = _Programs()
