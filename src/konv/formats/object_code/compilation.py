"""A network as an object file: the C of its functions and calls, its weights, LLVM's passes."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import llvmlite.ir as ir
import numpy as np

from konv.engines.compiled.emit.values import BYTE, POINTER
from konv.formats.object_code.emission import write_functions
from konv.formats.object_code.parsing import parsed
from konv.formats.object_code.platforms import Platform

__all__ = ["object_file"]

Array = np.ndarray[Any, np.dtype[np.float32]]

_SPEED = 3
# The list of targets and the context that texts are parsed into are LLVM's only ones.
_lock = threading.Lock()


def object_file(
    code: str, arrays: Iterable[tuple[str, Array]], texts: Iterable[str], platform: Platform
) -> bytes:
    """The object file.

    Args:
        code: functions, windows and memory in C.
        arrays: the weights that it uses: (name, numbers).
        texts: the names of the classes.
        platform: what it is for.
    """
    module = ir.Module("konv")
    known = {name: _array(module, name, values) for name, values in arrays}
    _class_names(module, list(texts))
    write_functions(module, parsed(code), known, small=platform.small)
    return _compiled(str(module), platform)


def _array(module: ir.Module, name: str, values: Array) -> Any:
    """Weights by their bytes: no digits are made of them, and none are read."""
    data = values.astype("<f4").tobytes()
    kind = ir.ArrayType(BYTE, len(data))
    array = ir.GlobalVariable(module, kind, name)
    array.linkage, array.global_constant, array.align = "internal", True, 4
    array.initializer = ir.Constant(kind, bytearray(data))
    return array


def _class_names(module: ir.Module, texts: list[str]) -> None:
    if not texts:
        return
    pointers = []
    for number, text in enumerate(texts):
        data = bytearray(text.encode("utf-8") + b"\0")
        kind = ir.ArrayType(BYTE, len(data))
        array = ir.GlobalVariable(module, kind, f"class_name_{number}")
        array.linkage, array.global_constant = "internal", True
        array.initializer = ir.Constant(kind, data)
        pointers.append(array)
    kind = ir.ArrayType(POINTER, len(pointers))
    names = ir.GlobalVariable(module, kind, "konv_class_names")
    names.global_constant = True
    names.initializer = ir.Constant(kind, pointers)


def _compiled(text: str, platform: Platform) -> bytes:
    import llvmlite.binding as llvm

    with _lock:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        machine = llvm.Target.from_triple(platform.triple).create_target_machine(
            cpu=platform.cpu,
            opt=2 if platform.small else _SPEED,
            reloc="pic" if platform.position_free else "static",
            codemodel="small",
        )
        module = llvm.parse_assembly(text, llvm.create_context())
        module.triple = platform.triple
        module.data_layout = str(machine.target_data)
        module.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=2 if platform.small else _SPEED)
        options.loop_vectorization = options.slp_vectorization = not platform.small
        options.loop_unrolling = not platform.small
        passes = llvm.create_pass_builder(machine, options)
        passes.getModulePassManager().run(module, passes)
        return bytes(machine.emit_object(module))
