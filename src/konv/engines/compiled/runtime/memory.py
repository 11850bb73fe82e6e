"""Memory for the numbers of a program: zeroed, and aligned to the lines of the cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Allocator", "Bytes", "aligned_bytes"]

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
# Size in bytes -> an array of so many bytes. Tests bring one that puts guard pages around it.
Allocator = Callable[[int], Bytes]

_LINE = 64


def aligned_bytes(size: int) -> Bytes:
    """Zeros that begin at a line of the cache."""
    raw = np.zeros(size + _LINE, np.uint8)
    start = -raw.ctypes.data % _LINE
    return raw[start : start + size]
