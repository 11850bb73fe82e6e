"""Back to Python in the middle of a plan: for losses that are the user's own."""

from __future__ import annotations

from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import INDEX, Function
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.record import record

__all__ = ["CallingBack"]


@record
class CallingBack(Kernel):
    """Calls the function without arguments whose address ``function`` holds.

    The other pointers say what the function reads and writes, by ways of its own.
    """

    pointers: ClassVar[tuple[str, ...]] = ("function", "read", "written")

    def emit(self, f: Function) -> None:
        kind = ir.FunctionType(ir.VoidType(), [])
        address = f.load(f.pointers["function"], INDEX)
        f.builder.call(f.builder.inttoptr(address, kind.as_pointer()), [])
