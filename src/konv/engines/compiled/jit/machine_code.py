"""LLVM IR → an object file in memory → functions that can be called."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from konv.engines.compiled.target import Target

__all__ = ["LoadedObject", "object_code"]

# LLVM's global state (the list of targets, the context that llvmlite parses into) is not guarded.
_lock = threading.RLock()


@cache
def _llvm() -> Any:
    """LLVM's bindings, made ready to write code for every processor they know."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    return llvm


def object_code(text: str, target: Target) -> bytes:
    """The machine code of a module, as an object file.

    The IR is in its final form, so none of LLVM's passes over modules is run.
    """
    llvm = _llvm()
    with _lock:
        machine = _machine(target)
        module = llvm.parse_assembly(text)
        module.triple = machine.triple
        module.verify()
        return bytes(machine.emit_object(module))


def _machine(target: Target) -> Any:
    llvm = _llvm()
    triple = target.triple or llvm.get_process_triple()
    return llvm.Target.from_triple(triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=2, jit=not target.triple
    )


class LoadedObject:
    """An object file brought to life in this process.

    Raises:
        RuntimeError: LLVM cannot link it.
    """

    def __init__(self, code: bytes, target: Target) -> None:
        llvm = _llvm()
        with _lock:
            self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(target))
            self._object = llvm.ObjectFileRef.from_data(code)
            self._engine.add_object_file(self._object)
            self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function lies; 0 if there is none of that name."""
        with _lock:
            return int(self._engine.get_function_address(name))
