"""The machine: what it is, and what it can do at most."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.suite.others import BUSY, others_now
from benchmarks.suite.peak import peak_gflops

__all__ = ["describe_machine", "machine_text"]

_SHOWN_FLAGS = (
    "sse4_2",
    "avx2",
    "fma",
    "f16c",
    "avx512f",
    "avx512_bf16",
    "avx512_vnni",
    "amx_tile",
)
_COPIED_NUMBERS = 16 * 1024 * 1024  # 64 MB in float32, for each thread


def describe_machine(threads: int) -> dict[str, Any]:
    """The machine as data, with what its threads reach together.

    ``peak_gflops`` counts a multiply-add as 2; ``bandwidth_gb_s`` counts what is read and written.
    """
    others = others_now()  # first: what follows keeps the processors busy itself
    return {
        "processor": _processor(),
        "instruction_sets": _instruction_sets(),
        "processors": os.cpu_count(),
        "threads": threads,
        "memory_bytes": _memory_bytes(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "peak_gflops": peak_gflops(threads),
        "sgemm_gflops": _sgemm_gflops(),
        "bandwidth_gb_s": _bandwidth_gb_s(threads),
        "others": others,
    }


def machine_text(machine: dict[str, Any]) -> str:
    """The machine in a few lines."""
    peak = machine["peak_gflops"]
    parts = [
        f"{peak:.0f} GFLOP/s in registers" if peak else "register peak unknown",
        f"{machine['sgemm_gflops']:.0f} in NumPy's matrix product",
        f"{machine['bandwidth_gb_s']:.0f} GB/s memory",
    ]
    threads, flags = machine["threads"], " ".join(machine["instruction_sets"])
    lines = [
        f"{machine['processor']}, {threads} threads of {machine['processors']}: {flags}",
        f"float32, {threads} threads: {', '.join(parts)}",
    ]
    if (machine["others"] or 0) > BUSY:
        lines.append(
            f"BUSY: others use {100 * machine['others']:.0f} % of the processors; libraries "
            "whose threads wait for each other suffer most, and no ratio can be trusted"
        )
    return "\n".join(lines)


def _processor() -> str:
    return _cpu_info("model name") or platform.processor() or platform.machine()


def _instruction_sets() -> list[str]:
    flags = (_cpu_info("flags") or _cpu_info("Features")).split()
    return [flag for flag in _SHOWN_FLAGS if flag in flags] or [platform.machine()]


def _cpu_info(field: str) -> str:
    """A line of Linux's description of the first processor; empty where there is none."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field)), "")


def _memory_bytes() -> int | None:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _sgemm_gflops() -> float:
    """NumPy's product of two matrices of 1024 × 1024, by as many threads as its library takes."""
    generator = np.random.default_rng(0)
    left = generator.normal(size=(1024, 1024)).astype(np.float32)
    right = left.T.copy()
    return 2 * 1024**3 / _fastest(lambda: left @ right, 8) / 1e9


def _bandwidth_gb_s(threads: int) -> float:
    """Copying arrays larger than any cache, each thread its own."""
    arrays = [np.ones((2, _COPIED_NUMBERS), np.float32) for _thread in range(threads)]

    def copy_all() -> None:
        in_threads([lambda item=item: np.copyto(item[0], item[1]) for item in arrays])

    return threads * 2 * 4 * _COPIED_NUMBERS / _fastest(copy_all, 5) / 1e9


def in_threads(works: list[Callable[[], object]]) -> None:
    """Each work in a thread of its own, all at once."""
    others = [threading.Thread(target=work) for work in works]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join()


def _fastest(work: Callable[[], object], trials: int) -> float:
    times = []
    for _trial in range(trials):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
