"""LLVM IR → object files in memory → functions that can be called."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from konv.engines.compiled.target import Target

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

__all__ = ["LoadedCode", "object_code", "object_codes"]

# LLVM's global state (the list of targets, the context that llvmlite parses into) is not guarded.
_lock = threading.RLock()


@cache
def _llvm() -> Any:
    """LLVM's bindings, made ready to write code for every processor they know."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    return llvm


def object_codes(texts: Iterable[str], target: Target, threads: int = 1) -> list[bytes]:
    """The machine code of several modules, compiled by so many threads as their texts come."""
    if threads == 1:
        return [object_code(text, target) for text in texts]
    from concurrent.futures import ThreadPoolExecutor  # 5 ms, and not for what is kept on disk

    with ThreadPoolExecutor(threads, thread_name_prefix="konv-compiler") as pool:
        try:
            results = [_begun(pool, text, target) for text in texts]
            return [result() for result in results]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begun(pool: ThreadPoolExecutor, text: str, target: Target) -> Callable[[], bytes]:
    try:
        return pool.submit(object_code, text, target).result
    except RuntimeError:  # the system gives no further thread: this one does it
        code = object_code(text, target)
        return lambda: code


def object_code(text: str, target: Target) -> bytes:
    """The machine code of a module, as an object file.

    The IR is in its final form, so none of LLVM's passes over modules is run.
    """
    llvm = _llvm()
    with _lock:
        machine = _machine(target)
        # A context of its own: LLVM lets threads work at once on what belongs to none in common.
        module = llvm.parse_assembly(text, llvm.create_context())
        module.triple = machine.triple
        module.verify()
    return _emitted(llvm.ffi, machine, module)


def _emitted(ffi: Any, machine: Any, module: Any) -> bytes:
    """``machine.emit_object(module)``, where that can be without llvmlite's lock around LLVM."""
    emit = getattr(ffi.lib.LLVMPY_TargetMachineEmitToMemory, "_cfn", None)
    if emit is None:
        return bytes(machine.emit_object(module))
    with ffi.OutputString() as error:
        buffer = emit(machine, module, True, error)
        if not buffer:
            raise RuntimeError(str(error))
    try:
        size = ffi.lib.LLVMPY_GetBufferSize(buffer)
        return ctypes.string_at(ffi.lib.LLVMPY_GetBufferStart(buffer), size)
    finally:
        ffi.lib.LLVMPY_DisposeMemoryBuffer(buffer)


def _machine(target: Target) -> Any:
    llvm = _llvm()
    triple = target.triple or llvm.get_process_triple()
    return llvm.Target.from_triple(triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=2, jit=not target.triple
    )


class LoadedCode:
    """Object files brought to life in this process; they may call each other's functions.

    Args:
        objects: exactly as :func:`object_codes` returned them: LLVM takes damaged ones as they are.
        target: what they were written for.
    """

    def __init__(self, objects: Sequence[bytes], target: Target) -> None:
        llvm = _llvm()
        with _lock:
            self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(target))
            self._objects = [llvm.ObjectFileRef.from_data(code) for code in objects]
            for each in self._objects:
                self._engine.add_object_file(each)
            self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function lies; 0 if there is none of that name."""
        with _lock:
            return int(self._engine.get_function_address(name))
