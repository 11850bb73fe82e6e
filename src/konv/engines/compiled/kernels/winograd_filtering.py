"""Minimal filtering after Winograd: m sums over windows of r by m + r − 1 products instead of r·m.

::

    y = Aᵀ [(G g) ⊙ (Bᵀ d)]        y_i = Σ_k d_{i+k} g_k,   i = 0 … m − 1

d and g, as polynomials, are evaluated at so many points and multiplied there; Aᵀ is the transposed
form of finding the product again from its values. In two dimensions each matrix
is applied to columns and then to rows: (m + r − 1)² products instead of r²·m².

The points are 0, some pairs ±p, and infinity where one more is needed. What belongs to +p and to −p
has the same even part and opposite odd parts, so each is worked out once. With E(t) = Π (t − q²)
over all pairs q, and E_p over all but p::

    Bᵀ d   at 0:  Σ_i E_i d_{2i}      at ∞:  Σ_i E_i d_{2i+1}
           at ±p: Σ_i E_{p,i} d_{2i+2} ± p · Σ_i E_{p,i} d_{2i+1}
    G g    at 0:  g_0 / E(0)          at ∞:  g_{r−1}
           at ±p: (Σ_i p²ⁱ g_{2i} ± p · Σ_i p²ⁱ g_{2i+1}) / (2 p² E_p(p²))
    Aᵀ M   y_i = Σ_p pⁱ (M_p + (−1)ⁱ M_{−p}),  and M_0 more in y_0, M_∞ more in y_{m−1}

Source: S. Winograd, "Arithmetic Complexity of Computations", 1980; A. Lavin and S. Gray, "Fast
Algorithms for Convolutional Neural Networks", 2016.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from konv.engines.compiled.emit.function import Function, Value
from konv.engines.compiled.record import record

__all__ = ["TAPS", "Filtering", "filtering"]

TAPS = 3
# By sums and taps. With these sums are nearest to the exact ones, of the pairs that were tried; and
# all numbers of A and B are float32 numbers.
_PAIRS = {
    (2, 3): (1.0,),
    (4, 3): (0.625, 1.5),
    (4, 4): (0.5, 1.25, 3.0),
    (4, 5): (0.5, 1.0, 2.0),
}

Line = Sequence[Value]  # of a block; None: known to be 0


@record
class Filtering:
    """One such way. The order of its products is: at 0, at +p and −p of each pair, at infinity.

    Args:
        sums: m.
        taps: r.
        pairs: the numbers p, of which there are enough for m + r − 1 points.
    """

    sums: int
    taps: int
    pairs: tuple[float, ...]

    @property
    def points(self) -> int:
        """m + r − 1: how many products, and how many inputs are met."""
        return self.sums + self.taps - 1

    @property
    def infinite(self) -> bool:
        """Whether infinity is one of the points."""
        return self.points > self._finite

    @property
    def _finite(self) -> int:
        """How many others there are."""
        return 1 + 2 * len(self.pairs)

    def of_inputs(self, f: Function, d: Line) -> Line:
        """Bᵀ d."""
        every = _squares(self.pairs)
        results = [_combined(f, every, d[0::2])]
        for pair in self.pairs:
            others = _squares(self._others(pair))
            even = _combined(f, others, d[2::2])
            odd = _combined(f, others, d[1 : self._finite - 1 : 2])
            results += [_combined(f, (1, sign * pair), (even, odd)) for sign in (1, -1)]
        if self.infinite:
            results.append(_combined(f, every, d[1::2]))
        return results

    def of_weights(self, f: Function, g: Line) -> Line:
        """G g."""
        results = [_combined(f, (1 / _squares(self.pairs)[0],), g[:1])]
        for pair in self.pairs:
            share = self._share(pair)
            powers = [share * pair**i for i in range(self.taps)]
            even, odd = (_combined(f, powers[i::2], g[i::2]) for i in (0, 1))
            results += [_combined(f, (1, sign), (even, odd)) for sign in (1, -1)]
        return [*results, g[-1]] if self.infinite else results

    def of_products(self, f: Function, m: Line, count: int) -> Line:
        """Aᵀ m, the first ``count`` of it."""
        pairs = list(zip(m[1 : self._finite : 2], m[2 : self._finite : 2], strict=True))
        even, odd = ([_combined(f, (1, sign), pair) for pair in pairs] for sign in (1, -1))
        results = []
        for i in range(count):
            ends = [m[0]] * (i == 0) + [m[-1]] * (self.infinite and i == self.sums - 1)
            powers = [pair**i for pair in self.pairs]
            results.append(
                _combined(f, (*[1] * len(ends), *powers), (*ends, *(odd, even)[i % 2 == 0]))
            )
        return results

    def _others(self, pair: float) -> list[float]:
        return [other for other in self.pairs if other != pair]

    def _share(self, pair: float) -> float:
        """1 / (2 p² E_p(p²))"""
        return 1 / (2 * pair**2 * math.prod(pair**2 - other**2 for other in self._others(pair)))


def filtering(sums: int, taps: int = TAPS) -> Filtering:
    """The way to 2 or 4 sums over windows of 3, or to 4 sums over windows of 4 or 5."""
    return Filtering(sums, taps, _PAIRS[sums, taps])


def _squares(pairs: Sequence[float]) -> list[float]:
    """The coefficients of Π (t − p²), that of the lowest power first."""
    coefficients = np.ones(1)
    for pair in pairs:
        coefficients = np.convolve(coefficients, (-(pair**2), 1.0))
    return [float(each) for each in coefficients]


def _combined(f: Function, factors: Sequence[float], values: Line) -> Value:
    """Σ factor · value; those with the factor 1 first, for they need no product."""
    terms = [(a, v) for a, v in zip(factors, values, strict=True) if v is not None]
    terms.sort(key=lambda term: (term[0] != 1, term[0] != -1))
    (factor, total), *others = terms
    if factor != 1:
        total = f.builder.fmul(f.constant(factor, total.type.count), total)
    for factor, value in others:
        if abs(factor) == 1:
            total = (f.builder.fadd if factor > 0 else f.builder.fsub)(total, value)
        else:
            total = f.multiply_add(f.constant(factor, value.type.count), value, total)
    return total
