"""Activation functions without corners whose slope is said by z, on vectors in registers.

The formulas stand in ``konv.layers.activations``. Here as there, nothing overflows on the way to a
finite result.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType

from konv.engines.compiled.emit.function import Function, Value
from konv.engines.compiled.emit.mathematics import decay, erf, log1p, sigmoid
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


def _softplus(f: Function, z: Value) -> Value:
    zero = f.constant(0, z.type.count)
    above = f.builder.select(f.builder.fcmp_ordered(">", z, zero), z, zero)
    return f.builder.fadd(above, log1p(f, _falling(f, z)))


def _mish(f: Function, z: Value) -> Value:
    return f.builder.fmul(z, _mish_parts(f, z)[0])


def _mish_slope(f: Function, z: Value) -> Value:
    t, rest = _mish_parts(f, z)
    both = f.builder.fmul(rest, f.builder.fadd(t, f.constant(1, z.type.count)))
    return f.multiply_add(z, f.builder.fmul(both, sigmoid(f, z)), t)


def _mish_parts(f: Function, z: Value) -> tuple[Value, Value]:
    """tanh(softplus(z)), and 1 without it."""
    e, two = _falling(f, z), f.constant(2, z.type.count)
    double = f.builder.fmul(e, two)
    right = f.builder.fadd(double, f.constant(1, z.type.count))
    left = f.builder.fmul(e, f.builder.fadd(e, two))
    positive = f.builder.fcmp_ordered(">=", z, f.constant(0, z.type.count))
    upper = f.builder.select(positive, right, left)
    rest = f.builder.select(positive, f.builder.fmul(e, double), two)
    whole = f.builder.fadd(upper, rest)
    return f.builder.fdiv(upper, whole), f.builder.fdiv(rest, whole)


def _falling(f: Function, z: Value) -> Value:
    """e^−|z|."""
    return decay(f, f.builder.fneg(f.unary("fabs", z)))


CURVES = MappingProxyType(
    {
        "silu": Curve(_silu, _silu_slope),
        "gelu": Curve(_gelu, _gelu_slope),
        "gelu_tanh": Curve(_gelu_tanh, _gelu_tanh_slope),
        "softplus": Curve(_softplus, sigmoid),
        "mish": Curve(_mish, _mish_slope),
    }
)
