"""Memory between two pages that nobody may touch: a step outside ends the process at once.

For tests. The last byte of an array lies directly before the page that guards its end; with
``from_start`` its first byte directly behind the page that guards its beginning. What surrounds it
on its own pages is filled with NaN, so that a read outside shows in the results.
"""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import numpy as np

from konv.alignment import Bytes

__all__ = ["guarded_bytes", "guarded_copy"]

_NO_ACCESS = 0


def guarded_bytes(size: int, *, from_start: bool = False) -> Bytes:
    """``size`` zeros with a guard page on each side (POSIX only)."""
    page = mmap.PAGESIZE
    inner = -(-max(size, 1) // page) * page
    block = mmap.mmap(-1, inner + 2 * page)
    whole = np.frombuffer(block, np.uint8)
    whole[page : page + inner] = 0xFF  # as float32: not a number
    for guard in (0, page + inner):
        _forbid(whole.ctypes.data + guard, page)
    start = page if from_start else page + inner - size
    memory = whole[start : start + size]
    memory[...] = 0
    return memory


def guarded_copy(
    array: np.ndarray[Any, np.dtype[Any]], *, from_start: bool = False
) -> np.ndarray[Any, np.dtype[Any]]:
    """The same numbers between guard pages."""
    memory = guarded_bytes(array.nbytes, from_start=from_start)
    copy = np.frombuffer(memory.data, array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def _forbid(address: int, size: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(size), _NO_ACCESS):
        raise OSError(ctypes.get_errno(), "mprotect")
