"""The functions of math.h that networks use, as machine code of our own: nothing is to be linked.

They are those of the compiled engine (``emit/mathematics.py``), within 3 units in the last place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import llvmlite.ir as ir

from konv.engines.compiled.emit import mathematics
from konv.engines.compiled.emit.function import Function
from konv.engines.compiled.emit.values import FLOAT, vector_type
from konv.engines.compiled.target import Target

__all__ = ["FUNCTIONS", "mathematical"]

FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "erff": mathematics.erf,
        "expf": mathematics.exponential,
        "expm1f": mathematics.expm1,
        "log1pf": mathematics.log1p,
        "tanhf": mathematics.tanh,
    }
)
# Its formulas ask nothing of a processor.
_ANY = Target("any", "", "", "", 1, 8)
_ONE = vector_type(FLOAT, 1)


def mathematical(module: ir.Module, name: str) -> Any:
    """A function ``name(float *x, float *y, i64, i64)`` that sets *y, written once per module."""
    own_name = f"konv_{name}"
    if own_name not in module.globals:
        f = Function(module, own_name, ("x", "y"), _ANY)
        f.ir.linkage = "internal"
        x = f.builder.load(f.pointers["x"], typ=_ONE, align=4)
        f.builder.store(FUNCTIONS[name](f, x), f.pointers["y"], align=4)
        f.finish()
    return module.globals[own_name]
