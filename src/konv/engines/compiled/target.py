"""The processor that code is written for: how wide its vectors are, how many registers it has.

``KONV_ISA`` may ask for less than the processor has: ``baseline``, ``avx2`` or ``avx512`` on
x86-64, ``neon`` on AArch64.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from konv.constraints import did_you_mean
from konv.engines.compiled.record import record
from konv.errors import EngineError
from konv.language import translate as _

__all__ = ["AARCH64", "Sharing", "Target", "host_target", "target_names", "target_of"]


@record
class Sharing:
    """What it costs two cores to share a single picture, layer by layer, in cycles of one.

    Args:
        waiting: for a layer whose neighbours one of them does alone: they wait for each other.
        bytes_per_cycle: that go from one core's cache to the other's.
        fewest_saved: what they must save together, for all layers; else nothing is shared.
    """

    waiting: float = 3_000
    bytes_per_cycle: float = 3.2
    fewest_saved: float = 20_000


# Cores that have their third-level cache in common, on their own piece of silicon.
_NEIGHBOURS = Sharing(waiting=1_500, bytes_per_cycle=12, fewest_saved=5_000)
_NEIGHBOURLY = "znver"  # how LLVM's names of such processors begin


@record
class Target:
    """An instruction set.

    Args:
        name: as ``KONV_ISA`` calls it.
        triple: LLVM's name of the platform; "" is the one that runs now.
        cpu, features: LLVM's names of the processor and of what it can do.
        vector: how many float32 numbers one register holds.
        registers: how many such registers there are.
        bf16: how it multiplies bfloat16: "tiles" (AMX), "dot" (AVX512-BF16), or "": not at all.
        winograd: whether convolutions are done after Winograd where they can be; None: where it is
            faster.
        sharing: what it costs two cores to share a picture.
    """

    name: str
    triple: str
    cpu: str
    features: str
    vector: int
    registers: int
    bf16: str = ""
    winograd: bool | None = None
    sharing: Sharing = Sharing()


AARCH64 = Target("neon", "aarch64-unknown-linux-gnu", "generic", "+neon", 4, 32)
_BASELINE = Target("baseline", "", "x86-64", "", 4, 16)
_AVX2 = Target("avx2", "", "x86-64-v3", "", 8, 16)
_NAMES = ("baseline", "avx2", "avx512", "neon")
_VARIABLE = "KONV_ISA"


def host_target() -> Target:
    """The best instruction set of this processor, or the lesser one that KONV_ISA asks for.

    Raises:
        EngineError: K704, KONV_ISA names none that this processor has.
    """
    wanted = os.environ.get(_VARIABLE, "").strip().lower()
    return target_of(wanted) if wanted else _possible()[-1]


def target_of(name: str) -> Target:
    """The instruction set of that name.

    Raises:
        EngineError: K704, this processor has none of that name.
    """
    for target in _possible():
        if target.name == name:
            return target
    # What is no name at all is answered alike on every machine.
    names = target_names() if name in _NAMES else _NAMES
    what = (
        _("this processor does not have the instruction set {name}", name=name)
        if name in _NAMES
        else _("there is no instruction set {name}", name=repr(name)[:40])
    )
    raise EngineError(
        what,
        code="K704",
        where=_VARIABLE,
        fix=_("one of {names}", names=", ".join(names)) + did_you_mean(name, names),
    )


def target_names() -> tuple[str, ...]:
    """The instruction sets that this processor has, the least first."""
    return tuple(target.name for target in _possible())


@cache
def _possible() -> tuple[Target, ...]:
    import llvmlite.binding as llvm

    cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features()
    if platform.machine().lower() in ("aarch64", "arm64"):
        return (Target("neon", "", cpu, features.flatten(), 4, 32),)
    possible = [_BASELINE]
    if features.get("avx2") and features.get("fma"):
        possible.append(_AVX2)
    if features.get("avx512f") and features.get("avx512vl") and features.get("avx512dq"):
        possible.append(Target("avx512", "", cpu, features.flatten(), 16, 32, _bf16(features)))
    sharing = _NEIGHBOURS if cpu.startswith(_NEIGHBOURLY) else Sharing()
    return tuple(replace(target, sharing=sharing) for target in possible)


def _bf16(features: Mapping[str, bool]) -> str:
    """How a processor with AVX-512 multiplies bfloat16."""
    if features.get("amx-tile") and features.get("amx-bf16"):
        return "tiles"
    return "dot" if features.get("avx512bf16") else ""
