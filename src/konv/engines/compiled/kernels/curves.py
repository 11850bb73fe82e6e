"""Activation functions without corners whose slope is said by z, on vectors in registers.

The formulas stand in ``konv.layers.activations``. Here as there, nothing overflows on the way to a
finite result.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType

from konv.engines.compiled.emit.function import Function, Value
from konv.engines.compiled.emit.mathematics import decay, erf, sigmoid
from konv.engines.compiled.record import record
from konv.layers.activations import GELU_TANH_BOUND, GELU_TANH_CUBE, GELU_TANH_SLOPE

__all__ = ["CURVES", "Curve"]


@record
class Curve:
    """A function and its derivative, both of z."""

    value: Callable[[Function, Value], Value]
    slope: Callable[[Function, Value], Value]


def _silu(f: Function, z: Value) -> Value:
    return f.builder.fmul(z, sigmoid(f, z))


def _silu_slope(f: Function, z: Value) -> Value:
    one = f.constant(1, z.type.count)
    s = sigmoid(f, z)
    return f.builder.fmul(s, f.multiply_add(z, f.builder.fsub(one, s), one))


def _gelu(f: Function, z: Value) -> Value:
    return f.builder.fmul(z, _normal_cdf(f, z))


def _gelu_slope(f: Function, z: Value) -> Value:
    count = z.type.count
    half_square = f.builder.fmul(f.builder.fmul(z, z), f.constant(-0.5, count))
    power = decay(f, half_square)
    density = f.builder.fmul(power, f.constant(1 / math.sqrt(2 * math.pi), count))
    return f.multiply_add(z, density, _normal_cdf(f, z))


def _normal_cdf(f: Function, z: Value) -> Value:
    count = z.type.count
    error = erf(f, f.builder.fmul(z, f.constant(math.sqrt(0.5), count)))
    return f.multiply_add(error, f.constant(0.5, count), f.constant(0.5, count))


def _gelu_tanh(f: Function, z: Value) -> Value:
    return f.builder.fmul(z, sigmoid(f, _cubic(f, _bounded(f, z), 1)))


def _gelu_tanh_slope(f: Function, z: Value) -> Value:
    z = _bounded(f, z)
    v = _cubic(f, z, 1)
    s, rest = sigmoid(f, v), sigmoid(f, f.builder.fneg(v))
    factor = f.builder.fmul(rest, _cubic(f, z, 3))
    return f.builder.fmul(s, f.builder.fadd(factor, f.constant(1, z.type.count)))


def _cubic(f: Function, z: Value, times: int) -> Value:
    """z · (a + times · b · z²): the cubic with 1, z times its derivative with 3."""
    count = z.type.count
    cube = f.constant(times * GELU_TANH_CUBE, count)
    sum_ = f.multiply_add(f.builder.fmul(z, z), cube, f.constant(GELU_TANH_SLOPE, count))
    return f.builder.fmul(z, sum_)


def _bounded(f: Function, z: Value) -> Value:
    """z, no farther from 0 than where σ is 0 or 1: its cube stays finite."""
    for sign, bound in (("<", -GELU_TANH_BOUND), (">", GELU_TANH_BOUND)):
        limit = f.constant(bound, z.type.count)
        z = f.builder.select(f.builder.fcmp_ordered(sign, z, limit), limit, z)
    return z


CURVES = MappingProxyType(
    {
        "silu": Curve(_silu, _silu_slope),
        "gelu": Curve(_gelu, _gelu_slope),
        "gelu_tanh": Curve(_gelu_tanh, _gelu_tanh_slope),
    }
)
