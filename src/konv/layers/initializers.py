"""How weights begin.

With fan_in the number of inputs that one output sees, and fan_out the reverse::

    glorot_uniform   U(−l, l),  l = √(6 / (fan_in + fan_out))
    glorot_normal    N(0, s²),  s = √(2 / (fan_in + fan_out))
    he_uniform       U(−l, l),  l = √(6 / fan_in)
    he_normal        N(0, s²),  s = √(2 / fan_in)
    lecun_uniform    U(−l, l),  l = √(3 / fan_in)
    lecun_normal     N(0, s²),  s = √(1 / fan_in)
    zeros, ones

Sources: Glorot and Bengio 2010, section 4.2.1; He et al. 2015, section 2.2; LeCun et al. 1998,
section 4.6.

The normal ones are cut at two standard deviations and rescaled to keep s, as Keras does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from konv.constraints import Choice

__all__ = ["INITIALIZER", "initial_weights"]

_SCALES = {"glorot": (1.0, "average"), "he": (2.0, "in"), "lecun": (1.0, "in")}
_NAMES = tuple(f"{family}_{law}" for family in _SCALES for law in ("uniform", "normal"))
INITIALIZER = Choice((*_NAMES, "zeros", "ones"))

# The standard deviation of N(0, 1) cut at ±2.
_CUT_DEVIATION = 0.87962566103423978


def initial_weights(
    initializer: str, shape: tuple[int, ...], generator: np.random.Generator
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """New weights.

    Args:
        initializer: one of the names above.
        shape: (…, inputs, outputs), as kernels and dense weights are stored.
        generator: where the random numbers come from.

    Returns:
        float32, C-contiguous.
    """
    if initializer in ("zeros", "ones"):
        return np.full(shape, float(initializer == "ones"), np.float32)
    family, law = initializer.split("_")
    scale, mode = _SCALES[family]
    fan_in, fan_out = _fans(shape)
    variance = scale / (fan_in if mode == "in" else (fan_in + fan_out) / 2)
    if law == "uniform":
        limit = math.sqrt(3 * variance)
        return generator.uniform(-limit, limit, shape).astype(np.float32)
    return (_cut_normal(shape, generator) * math.sqrt(variance) / _CUT_DEVIATION).astype(np.float32)


def _fans(shape: tuple[int, ...]) -> tuple[float, float]:
    if len(shape) < 2:
        return float(shape[0]), float(shape[0])
    window = math.prod(shape[:-2])
    return float(window * shape[-2]), float(window * shape[-1])


def _cut_normal(
    shape: tuple[int, ...], generator: np.random.Generator
) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = generator.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = generator.standard_normal(int(outside.sum()))
    return values
