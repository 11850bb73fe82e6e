"""The machine's float32 peak: multiply-adds that never leave the registers.

The loop is LLVM IR with vectors as wide as the processor has, and enough independent sums that
none waits for the one before (latency 4 to 5, two units).
"""

from __future__ import annotations

import ctypes
import threading
import time
from typing import Any

__all__ = ["loop_text", "peak_gflops"]

_SUMS = 12
_ROUNDS = 8_000_000
_TRIALS = 6


def peak_gflops(threads: int) -> float | None:
    """The peak of ``threads`` threads together, a multiply-add being 2; None without llvmlite."""
    try:
        import llvmlite.binding as llvm
    except ImportError:
        return None
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    lanes = _lanes(llvm)
    engine, address = _compiled(llvm, loop_text(lanes))
    loop = ctypes.CFUNCTYPE(ctypes.c_float, ctypes.c_int64)(address)
    loop(1000)
    seconds = min(_together(loop, threads) for _trial in range(_TRIALS))
    del engine
    return 2 * lanes * _SUMS * _ROUNDS * threads / seconds / 1e9


def loop_text(lanes: int) -> str:
    """A function that adds products to ``_SUMS`` vectors of so many lanes, n times."""
    vector = f"<{lanes} x float>"
    ones = "<" + ", ".join(["float 0.5"] * lanes) + ">"
    sums = range(_SUMS)
    start = "\n".join(
        f"  %s{i} = phi {vector} [ zeroinitializer, %entry ], [ %t{i}, %loop ]" for i in sums
    )
    step = "\n".join(
        f"  %t{i} = call {vector} @llvm.fma.v{lanes}f32({vector} %s{i}, {vector} {ones}, "
        f"{vector} {ones})"
        for i in sums
    )
    adding = ["  %a0 = fadd " + vector + " %t0, %t1"]
    adding += [f"  %a{i} = fadd {vector} %a{i - 1}, %t{i + 1}" for i in range(1, _SUMS - 1)]
    added = "\n".join(adding)
    return f"""
declare {vector} @llvm.fma.v{lanes}f32({vector}, {vector}, {vector})
define float @peak(i64 %n) "prefer-vector-width"="512" "min-legal-vector-width"="512" {{
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %loop ]
{start}
{step}
  %j = add i64 %i, 1
  %go = icmp slt i64 %j, %n
  br i1 %go, label %loop, label %done
done:
{added}
  %r = extractelement {vector} %a{_SUMS - 2}, i32 0
  ret float %r
}}
"""


def _lanes(llvm: Any) -> int:
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 16
    return 8 if features.get("avx2") and features.get("fma") else 4


def _compiled(llvm: Any, text: str) -> tuple[Any, int]:
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=2, jit=True
    )
    module = llvm.parse_assembly(text)
    module.triple = llvm.get_process_triple()
    module.verify()
    engine = llvm.create_mcjit_compiler(module, target)
    engine.finalize_object()
    return engine, engine.get_function_address("peak")


def _together(loop: Any, threads: int) -> float:
    """Seconds until every thread has run the loop; ctypes lets go of Python's lock."""
    workers = [threading.Thread(target=loop, args=(_ROUNDS,)) for _thread in range(threads)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start
