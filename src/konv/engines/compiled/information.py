"""What the compiler is, where it keeps its code, and what it has compiled so far, as data."""

from __future__ import annotations

from typing import Any

from konv.engines.compiled.jit.cache import code_folder, kept_code
from konv.engines.compiled.runtime.records import programs
from konv.engines.compiled.target import host_target
from konv.engines.threads import get_threads

__all__ = ["compile_info"]


def compile_info() -> dict[str, Any]:
    """The processor, the compiler, its cache and its programs.

    Returns:
        ``target`` (``name``, ``cpu``, ``vector`` in float32 numbers, ``registers``), ``llvmlite``
        and ``llvm`` (versions), ``threads``, ``cache`` (``folder``, ``entries``, ``bytes``), and
        ``programs``: for each that is still in use its different ``kernels``, ``compile_s``,
        whether its code was ``cached``, ``code_bytes``, and ``memory_bytes`` of its own arrays.

    Raises:
        EngineError: K704, ``KONV_ISA`` names no instruction set of this processor.

    Example:
        >>> info = compile_info()
        >>> sorted(info)
        ['cache', 'llvm', 'llvmlite', 'programs', 'target', 'threads']
        >>> info["target"]["vector"] in (4, 8, 16)
        True
    """
    import llvmlite
    import llvmlite.binding as llvm

    target, folder = host_target(), code_folder()
    entries, size_bytes = kept_code()
    return {
        "target": {
            "name": target.name,
            "cpu": target.cpu,
            "vector": target.vector,
            "registers": target.registers,
        },
        "llvmlite": llvmlite.__version__,
        "llvm": ".".join(map(str, llvm.llvm_version_info)),
        "threads": get_threads(),
        "cache": {
            "folder": None if folder is None else str(folder),
            "entries": entries,
            "bytes": size_bytes,
        },
        "programs": [
            {
                "kernels": program.record.kernels,
                "compile_s": program.record.compile_s,
                "cached": program.record.cached,
                "code_bytes": program.record.code_bytes,
                "memory_bytes": program.memory_bytes,
            }
            for program in programs
        ],
    }
