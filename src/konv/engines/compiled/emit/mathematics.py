"""Functions of float32 vectors, lane by lane, written with nothing but arithmetic.

No library is called, so all processors get the same formulas, and a loop over vectors stays one.
Every function first brings its argument into a short interval, where a polynomial is enough::

    e^x − 1        x = n·ln 2 + r, |r| ≤ ln 2 / 2      e^r − 1 = r + r²·p(r)
    ln x           x = 2^n·(1 + g), √½ ≤ 1 + g < √2    ln(1 + g) = g − g²/2 + g³·p(g)
    erf x          |x| < 0.93                          x + x·p(x²)
                   beyond                              ±(1 − e^−(t + t·p(t))), t = |x|

Coefficients are those of the smallest largest relative error on the interval, found by weighted
least squares with Lawson's weights in float64, and rounded. All results are within 3 units in the
last place of the exact value, down to the smallest numbers unless a function says otherwise. What
is not a number stays so, and infinity is an argument like any other.

Source: Cody and Waite, "Software manual for the elementary functions", 1980 (reduction of the
argument); Lawson, "Contributions to the theory of linear least maximum approximation", 1961.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import FLOAT, INT32, Function, Value

__all__ = ["decay", "erf", "expm1", "exponential", "log1p", "logarithm", "sigmoid", "tanh"]

_EXPONENTIAL = (0.4999999812, 0.1666654219, 0.04166720607, 0.008366713322, 0.001388248475)
_LOGARITHM = (
    *(0.3333331229, -0.2500000916, 0.2000214274, -0.1666804277, 0.142190548),
    *(-0.1240434104, 0.118908358, -0.1168498138, 0.067520983),
)
_ERF_NEAR = (
    *(0.1283791666, -0.3761263319, 0.1128368719, -0.02685894151),
    *(0.005199906678, -0.0008130012733, 8.316775382e-05),
)
_ERF_FAR = (
    *(0.1286484899, 0.6351513181, 0.1062368746, -0.02376206008),
    *(0.00364245758, -0.0003228034746, 1.123126531e-05),
)
_ERF_FAR_FROM = 0.93
_ERF_IS_ONE_FROM = 4.0  # 1 − erf 4 is less than half of the last place of numbers below 1

# ln 2 in two parts: the product of the first with a whole number below 2¹¹ is exact.
_LN2_HIGH = 0.693359375
_LN2_LOW = math.log(2) - _LN2_HIGH
# A number of this size has units in its last place: adding it rounds, and leaves n in its bits.
_ROUNDER = 1.5 * 2**23
_ROUNDER_BITS = 0x4B400000
_BIAS = 127
_MANTISSA_BITS = 23
_SMALLEST_NORMAL = 2.0**-126
_ROOT_OF_HALF_BITS = 0x3F3504F3


def exponential(f: Function, x: Value) -> Value:
    """e^x, lane by lane: infinity above 88.7, numbers below the smallest normal one, then 0."""
    # Beyond these the result is infinity and 0 all the same; 2^n can still be written.
    x = _at_most(f, _at_least(f, x, -105.0), 89.0)
    n, r = _reduced(f, x)
    power = f.builder.fadd(f.constant(1.0, r.type.count), _power_minus_one(f, r))
    # In two steps: 2^128 is infinite already, and 2^−149 has no exponent of its own.
    half = f.builder.ashr(n, _whole(1, n))
    power = f.builder.fmul(power, _power_of_two(f, half))
    return f.builder.fmul(power, _power_of_two(f, f.builder.sub(n, half)))


def decay(f: Function, x: Value) -> Value:
    """e^x for x ≤ 0, lane by lane: cheaper, and 0 below −87.7, where normal numbers end."""
    # 2^−127 is written as 0.
    n, r = _reduced(f, _at_least(f, x, -88.0))
    power = f.builder.fadd(f.constant(1.0, r.type.count), _power_minus_one(f, r))
    return f.builder.fmul(power, _power_of_two(f, n))


def expm1(f: Function, x: Value) -> Value:
    """e^x − 1, exact to the last places also where x is near 0."""
    count = x.type.count
    # Below −20 the result is −1.
    n, r = _reduced(f, _at_most(f, _at_least(f, x, -20.0), 89.0))
    # Half of 2^n can be written also for the largest n.
    half = _power_of_two(f, f.builder.sub(n, _whole(1, n)))
    rest = f.builder.fsub(half, f.constant(0.5, count))
    result = f.multiply_add(half, _power_minus_one(f, r), rest)
    return _zero_as_it_is(f, x, f.builder.fadd(result, result))


def logarithm(f: Function, x: Value) -> Value:
    """ln x: −infinity at 0, not a number below."""
    return _specials_of_logarithm(f, x, _logarithm(f, x, None))


def log1p(f: Function, x: Value) -> Value:
    """ln(1 + x), exact to the last places also where x is near 0."""
    one = f.constant(1.0, x.type.count)
    total = f.builder.fadd(one, x)
    # What rounding took from the sum: ln(s + c) = ln s + c/s.
    lost = f.builder.fsub(x, f.builder.fsub(total, one))
    result = _logarithm(f, total, f.builder.fdiv(lost, total))
    return _zero_as_it_is(f, x, _specials_of_logarithm(f, total, result))


def sigmoid(f: Function, x: Value) -> Value:
    """1 / (1 + e^−x), the exponent never positive; 0 below −87.7."""
    one = f.constant(1.0, x.type.count)
    small = decay(f, f.builder.fneg(f.unary("fabs", x)))
    positive = f.builder.fcmp_ordered(">=", x, f.constant(0.0, x.type.count))
    upper = f.builder.select(positive, one, small)
    return f.builder.fdiv(upper, f.builder.fadd(one, small))


def tanh(f: Function, x: Value) -> Value:
    """−q / (2 + q) with q = e^(−2|x|) − 1, and the sign of x."""
    size = f.unary("fabs", x)
    q = expm1(f, f.builder.fmul(size, f.constant(-2.0, x.type.count)))
    result = f.builder.fdiv(q, f.builder.fadd(q, f.constant(2.0, x.type.count)))
    return _with_sign_of(f, x, result)


def erf(f: Function, x: Value) -> Value:
    """2/√π · ∫ e^−t² dt from 0 to x."""
    count = x.type.count
    near = f.multiply_add(_polynomial(f, f.builder.fmul(x, x), _ERF_NEAR), x, x)
    t = f.unary("fabs", x)
    bounded = _at_most(f, t, _ERF_IS_ONE_FROM)
    exponent = f.multiply_add(_polynomial(f, bounded, _ERF_FAR), bounded, bounded)
    rest = decay(f, f.builder.fneg(exponent))
    far = _with_sign_of(f, x, f.builder.fsub(f.constant(1.0, count), rest))
    is_far = f.builder.fcmp_ordered(">", t, f.constant(_ERF_FAR_FROM, count))
    return f.builder.select(is_far, far, near)


def _reduced(f: Function, x: Value) -> tuple[Value, Value]:
    """(n, r) with x = n·ln 2 + r, |r| ≤ ln 2 / 2, and n a whole number."""
    count = x.type.count
    rounder = f.constant(_ROUNDER, count)
    shifted = f.multiply_add(x, f.constant(1 / math.log(2), count), rounder)
    number = f.builder.fsub(shifted, rounder)
    r = f.multiply_add(number, f.constant(-_LN2_HIGH, count), x)
    r = f.multiply_add(number, f.constant(-_LN2_LOW, count), r)
    bits = f.builder.bitcast(shifted, ir.VectorType(INT32, count))
    return f.builder.sub(bits, _whole(_ROUNDER_BITS, bits)), r


def _power_minus_one(f: Function, r: Value) -> Value:
    """e^r − 1 for |r| ≤ ln 2 / 2."""
    return f.multiply_add(f.builder.fmul(r, r), _polynomial(f, r, _EXPONENTIAL), r)


def _power_of_two(f: Function, n: Value) -> Value:
    """2^n, for the n of normal numbers; 0 for the n below them."""
    exponent = f.builder.add(n, _whole(_BIAS, n))
    bits = f.builder.shl(exponent, _whole(_MANTISSA_BITS, n))
    return f.builder.bitcast(bits, ir.VectorType(FLOAT, n.type.count))


def _logarithm(f: Function, x: Value, correction: Value | None) -> Value:
    """ln x + correction for positive finite x."""
    count = x.type.count
    n, g = _taken_apart(f, x)
    square = f.builder.fmul(g, g)
    y = f.builder.fmul(f.builder.fmul(square, g), _polynomial(f, g, _LOGARITHM))
    y = f.multiply_add(n, f.constant(_LN2_LOW, count), y)
    y = f.multiply_add(square, f.constant(-0.5, count), y)
    if correction is not None:
        y = f.builder.fadd(y, correction)
    return f.multiply_add(n, f.constant(_LN2_HIGH, count), f.builder.fadd(g, y))


def _taken_apart(f: Function, x: Value) -> tuple[Value, Value]:
    """(n, g) with x = 2^n·(1 + g) and √½ ≤ 1 + g < √2, for positive finite x."""
    count = x.type.count
    tiny = f.builder.fcmp_ordered("<", x, f.constant(_SMALLEST_NORMAL, count))
    x = f.builder.select(tiny, f.builder.fmul(x, f.constant(2.0**_MANTISSA_BITS, count)), x)
    bits = f.builder.bitcast(x, ir.VectorType(INT32, count))
    root = _whole(_ROOT_OF_HALF_BITS, bits)
    above_root = f.builder.sub(bits, root)
    n = f.builder.sitofp(f.builder.ashr(above_root, _whole(_MANTISSA_BITS, bits)), x.type)
    n = f.builder.fsub(
        n, f.builder.select(tiny, f.constant(_MANTISSA_BITS, count), f.constant(0, count))
    )
    mantissa = f.builder.and_(above_root, _whole(2**_MANTISSA_BITS - 1, bits))
    scaled = f.builder.bitcast(f.builder.add(mantissa, root), x.type)
    return n, f.builder.fsub(scaled, f.constant(1.0, count))


def _specials_of_logarithm(f: Function, x: Value, result: Value) -> Value:
    """The logarithm of 0, of infinity, and of what has none."""
    count = x.type.count
    zero, infinity = f.constant(0.0, count), f.constant(math.inf, count)
    regular = f.builder.fcmp_ordered("<", x, infinity)
    result = f.builder.select(regular, result, x)  # infinity, or not a number
    at_zero = f.builder.fcmp_ordered("==", x, zero)
    result = f.builder.select(at_zero, f.constant(-math.inf, count), result)
    below = f.builder.fcmp_ordered("<", x, zero)
    return f.builder.select(below, f.constant(math.nan, count), result)


def _polynomial(f: Function, x: Value, coefficients: Sequence[float]) -> Value:
    """c₀ + c₁·x + c₂·x² + …"""
    *others, last = coefficients
    total = f.constant(last, x.type.count)
    for coefficient in reversed(others):
        total = f.multiply_add(total, x, f.constant(coefficient, x.type.count))
    return total


def _at_least(f: Function, x: Value, bound: float) -> Value:
    limit = f.constant(bound, x.type.count)
    return f.builder.select(f.builder.fcmp_ordered("<", x, limit), limit, x)


def _at_most(f: Function, x: Value, bound: float) -> Value:
    limit = f.constant(bound, x.type.count)
    return f.builder.select(f.builder.fcmp_ordered(">", x, limit), limit, x)


def _with_sign_of(f: Function, x: Value, size: Value) -> Value:
    kind = x.type
    name = f"llvm.copysign.v{kind.count}f32"
    return f.builder.call(f.intrinsic(name, kind, [kind, kind]), [size, x])


def _zero_as_it_is(f: Function, x: Value, result: Value) -> Value:
    """f(x) = x at 0 and −0."""
    at_zero = f.builder.fcmp_ordered("==", x, f.constant(0.0, x.type.count))
    return f.builder.select(at_zero, x, result)


def _whole(number: int, like: Value) -> Value:
    """A vector that holds one whole number everywhere."""
    return ir.Constant(like.type, [number] * like.type.count)
