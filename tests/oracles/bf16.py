"""Products of bfloat16 in NumPy: what rounding is, and how rounded numbers lie in memory."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np

from konv.engines.compiled.runtime.bf16_unit import with_bf16
from konv.engines.compiled.target import Target, host_target
from konv.errors import EngineError

__all__ = ["FOREIGN", "HERE", "bits", "from_bits", "rounded", "tiles"]

_LINUX = "x86_64-unknown-linux-gnu"
# Processors that any machine can write code for.
FOREIGN = (
    Target("avx512", _LINUX, "sapphirerapids", "", 16, 32, "tiles"),
    Target("avx512", _LINUX, "znver4", "", 16, 32, "dot"),
)


def _here() -> tuple[Target, ...]:
    """This processor, once for each of its units that this process may use."""
    found = []
    with suppress(EngineError):
        host = with_bf16(host_target())
        found.append(host)
        if host.bf16 == "tiles" and "+avx512bf16" in host.features:
            found.append(replace(host, bf16="dot"))
    return tuple(found)


HERE = _here()


def bits(numbers: np.ndarray) -> np.ndarray:
    """The upper 16 bits of float32 numbers, rounded to the nearest, to even where two are."""
    numbers = np.ascontiguousarray(numbers, np.float32)
    tiny = np.abs(numbers) < np.finfo(np.float32).tiny
    whole = np.where(tiny, np.copysign(np.float32(0), numbers), numbers).view(np.uint32)
    upper = whole.astype(np.uint64)
    nearest = (upper + 0x7FFF + (upper >> 16 & 1)) >> 16
    quiet = whole >> 16 | 0x40
    return np.where(np.isnan(numbers), quiet, nearest).astype(np.uint16)


def from_bits(upper: np.ndarray) -> np.ndarray:
    """The float32 numbers with these upper halves."""
    return (upper.astype(np.uint32) << 16).view(np.float32)


def rounded(numbers: np.ndarray) -> np.ndarray:
    """float32 numbers as bfloat16 has them."""
    return from_bits(bits(numbers))


def tiles(kernel: np.ndarray) -> np.ndarray:
    """Weights (taps, channels, filters) as (blocks, taps, steps, 16 pairs, 16 filters, 2)."""
    taps, channels, filters = kernel.shape
    steps, blocks = -(-channels // 32), -(-filters // 16)
    whole = np.zeros((taps, 32 * steps, 16 * blocks), np.float32)
    whole[:, :channels, :filters] = kernel
    apart = bits(whole).reshape(taps, steps, 16, 2, blocks, 16)
    return np.ascontiguousarray(apart.transpose(4, 0, 1, 2, 5, 3))
