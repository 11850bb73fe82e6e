"""Functions of vectors, measured against float64 over all of float32."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import ClassVar

import numpy as np
import pytest
from scipy import special

from konv.engines.compiled.emit import mathematics
from konv.engines.compiled.emit.function import Function
from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.record import record
from konv.engines.compiled.target import AARCH64, target_names, target_of


@record
class _Applied(Kernel):
    """y = function(x), for ``count`` numbers."""

    pointers: ClassVar[tuple[str, ...]] = ("x", "y")

    function: str

    def emit(self, f: Function) -> None:
        x, y = (f.pointers[name] for name in self.pointers)
        for place, piece in f.row(f.count):
            z = f.load_vector(f.at(x, place), piece)
            f.store_vector(getattr(mathematics, self.function)(f, z), f.at(y, place), piece)


EXACT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exponential": np.exp,
    "decay": lambda x: np.exp(np.minimum(x, 0)),
    "expm1": np.expm1,
    "logarithm": np.log,
    "log1p": np.log1p,
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "erf": special.erf,
}
ENDS_EARLY = ("decay", "sigmoid")
TINY = np.finfo(np.float32).smallest_normal
INF, NAN = np.inf, np.nan
SPECIALS = {
    "exponential": [(0, 1), (-0.0, 1), (INF, INF), (-INF, 0), (89, INF), (-104, 0)],
    "decay": [(0, 1), (-0.0, 1), (-INF, 0), (-88, 0), (-3e38, 0)],
    "expm1": [(0, 0), (-0.0, -0.0), (INF, INF), (-INF, -1), (89, INF), (-104, -1)],
    "logarithm": [(0, -INF), (-0.0, -INF), (INF, INF), (-INF, NAN), (-1, NAN), (1, 0)],
    "log1p": [(0, 0), (-0.0, -0.0), (-1, -INF), (-1.5, NAN), (INF, INF), (-INF, NAN)],
    "sigmoid": [(0, 0.5), (-0.0, 0.5), (INF, 1), (-INF, 0), (200, 1), (-200, 0)],
    "tanh": [(0, 0), (-0.0, -0.0), (INF, 1), (-INF, -1), (20, 1), (-20, -1)],
    "erf": [(0, 0), (-0.0, -0.0), (INF, 1), (-INF, -1), (5, 1), (-5, -1)],
}
PER_FUNCTION = pytest.mark.parametrize(
    ("name", "target"), [(name, target) for name in EXACT for target in target_names()]
)


@cache
def _function(name: str, target: str) -> KernelFunction:
    return KernelFunction(_Applied(name), target_of(target))


def _applied(name: str, target: str, x: np.ndarray) -> np.ndarray:
    y = np.full_like(x, np.nan)
    _function(name, target)(x, y, count=len(x))
    return y


def _all_magnitudes() -> np.ndarray:
    """Numbers of both signs with every exponent, subnormal ones too, and dense ones near 0."""
    random = np.random.default_rng(0)
    bits = random.integers(0, 0x7F800000, 200_000, dtype=np.uint32)
    spread = bits.view(np.float32)
    usual = random.uniform(0, 100, 200_000).astype(np.float32)
    near = random.uniform(0, 3, 200_000).astype(np.float32)
    positive = np.concatenate([spread, usual, near])
    return np.concatenate([positive, -positive])


def _units_off(result: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """The error in units of the last place that the exact value has as a float32."""
    with np.errstate(over="ignore"):
        rounded = exact.astype(np.float32)
    regular = np.isfinite(rounded) & np.isfinite(result)
    same = np.array_equal(rounded[~regular], result[~regular], equal_nan=True)
    # One of a pair may just reach infinity.
    assert same or np.abs(exact[~regular]).min() > 3.4e38
    units = np.spacing(np.abs(rounded[regular])).astype(np.float64)
    return np.abs(result[regular] - exact[regular]) / units


@PER_FUNCTION
def test_three_units_in_the_last_place(name: str, target: str) -> None:
    x = _all_magnitudes()
    if name == "decay":
        x = x[x <= 0]
    with np.errstate(all="ignore"):
        exact = EXACT[name](x.astype(np.float64))
    result = _applied(name, target, x)
    if name in ENDS_EARLY:
        # Where normal numbers end, 0 is as good.
        exact, result = (np.where(exact < 2 * TINY, 0, part) for part in (exact, result))
    assert _units_off(result, exact).max() < 3


@PER_FUNCTION
def test_special_arguments(name: str, target: str) -> None:
    x, expected = np.array(SPECIALS[name], np.float32).T
    result = _applied(name, target, x.copy())
    np.testing.assert_array_equal(result, expected)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(result[numbers]), np.signbit(expected[numbers]))


@PER_FUNCTION
def test_what_is_not_a_number_stays_so(name: str, target: str) -> None:
    assert np.isnan(_applied(name, target, np.full(21, np.nan, np.float32))).all()


@pytest.mark.parametrize("name", EXACT)
def test_a_number_is_treated_alike_in_every_lane(name: str) -> None:
    x = np.random.default_rng(1).uniform(0.1, 3, 37).astype(np.float32)
    whole = _applied(name, target_names()[-1], x)
    alone = [_applied(name, target_names()[-1], x[i : i + 1]) for i in range(len(x))]
    np.testing.assert_array_equal(whole, np.concatenate(alone))


@pytest.mark.parametrize("name", EXACT)
def test_code_for_another_processor(name: str) -> None:
    assert object_code(kernel_text(_Applied(name), AARCH64), AARCH64)
