"""One kernel alone, as a function of arrays: for tests and for measuring."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from konv.engines.compiled.jit.machine_code import LoadedCode, object_code
from konv.engines.compiled.jit.module import kernel_text
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.target import Target, host_target

__all__ = ["KernelFunction", "kernel_text"]

Array = np.ndarray[Any, np.dtype[Any]]


class KernelFunction:
    """A compiled kernel, called with one array per pointer.

    Args:
        kernel: what to compile.
        target: the processor; None: the one that runs.
    """

    def __init__(self, kernel: Kernel, target: Target | None = None) -> None:
        target = target or host_target()
        self.kernel = kernel
        self._loaded = LoadedCode([object_code(kernel_text(kernel, target), target)], target)
        kinds = [ctypes.c_void_p] * len(kernel.pointers) + [ctypes.c_int64] * 2
        address = self._loaded.address(kernel.function_name)
        self._call = ctypes.CFUNCTYPE(None, *kinds)(address)

    def __call__(self, *arrays: Array, first: int = 0, count: int = 1) -> None:
        """Run it; ``arrays`` are changed in place."""
        pairs = zip(self.kernel.pointers, arrays, strict=True)
        addresses = [array.__array_interface__["data"][0] for _pointer, array in pairs]
        self._call(*addresses, first, count)
