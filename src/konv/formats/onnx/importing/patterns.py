"""Functions that konv has and that files put together of several operations.

::

    silu        x · Sigmoid(x)
    gelu        x · (1 + Erf(x / √2)) / 2
    gelu_tanh   x · (1 + Tanh(√(2/π) · (x + 0.044715 x³))) / 2
    hard_swish  x · Clip(x + 3, 0, 6) / 6,  x · HardSigmoid(x) with 1/6 and 1/2

Programs write these in any order, with quotients as products. So a product is taken apart into a
number and the names of what is multiplied, a sum into a number and the names of what is added, and
these are compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from konv.formats.exchange.channels_first import Value
from konv.formats.onnx.importing.graph import ForeignNode
from konv.formats.onnx.importing.operation import Operation
from konv.formats.onnx.importing.surroundings import Surroundings

__all__ = ["activation_of", "negative_of"]

# Deeper than any of the functions above; chains of products in a file may be of any length.
_DEPTH = 4


@dataclass(frozen=True)
class _Parts:
    """A product or a sum: a number, and the names of the rest."""

    number: float
    names: tuple[str, ...] = ()


def activation_of(output: str, around: Surroundings) -> tuple[str, Value] | None:
    """The function that ends in ``output``, and what it works on; None if it is none of ours."""
    for kind, name in _Reader(around).candidates(output):
        x = around.known.get(name)
        if isinstance(x, Value):
            return kind, x
    return None


def negative_of(op: Operation) -> Operation | None:
    """The pool of −x between two changes of sign: the smallest of its windows."""
    pool = op.around.makers.get(op.node.inputs[0])
    if pool is None or pool.kind != "MaxPool":
        return None
    first = op.around.makers.get(pool.inputs[0])
    if first is None or first.kind != "Neg":
        return None
    x = op.around.known.get(first.inputs[0])
    return Operation(pool, (x,), op.around) if isinstance(x, Value) else None


@dataclass(frozen=True)
class _Reader:
    around: Surroundings

    def candidates(self, output: str) -> Iterator[tuple[str, str]]:
        """(function, the name of what it works on), as the last product suggests."""
        product = self._product(output)
        if len(product.names) != 2:
            return
        for x, gate in (product.names, product.names[::-1]):
            maker = self.around.makers.get(gate)
            if maker is None:
                continue
            if _near(product.number, 1):
                yield from self._gated(maker, x)
            elif _near(product.number, 1 / 2) and maker.kind == "Add":
                yield from self._bell(gate, x)
            elif _near(product.number, 1 / 6) and maker.kind == "Clip":
                yield from self._clipped(maker, x)

    def _gated(self, maker: ForeignNode, x: str) -> Iterator[tuple[str, str]]:
        if maker.inputs[:1] != (x,):
            return
        if maker.kind == "Sigmoid":
            yield "silu", x
        if maker.kind == "HardSigmoid":
            slope, shift = maker.attributes.get("alpha"), maker.attributes.get("beta")
            if (
                slope is not None
                and _near(slope.f or 0, 1 / 6)
                and (shift is None or _near(shift.f or 0, 1 / 2))
            ):
                yield "hard_swish", x

    def _bell(self, gate: str, x: str) -> Iterator[tuple[str, str]]:
        """x times one and something between −1 and 1."""
        total = self._sum(gate)
        maker = self.around.makers.get(total.names[0]) if len(total.names) == 1 else None
        if maker is None or not _near(total.number, 1):
            return
        inner = self._product(maker.inputs[0])
        if maker.kind == "Erf" and inner.names == (x,) and _near(inner.number, math.sqrt(1 / 2)):
            yield "gelu", x
        root = len(inner.names) == 1 and _near(inner.number, math.sqrt(2 / math.pi))
        if maker.kind == "Tanh" and root and self._is_cubic(inner.names[0], x):
            yield "gelu_tanh", x

    def _is_cubic(self, name: str, x: str) -> bool:
        """Whether it is x + 0.044715 x³."""
        total = self._sum(name)
        if total.number or len(total.names) != 2 or x not in total.names:
            return False
        (part,) = [other for other in total.names if other != x] or [x]
        power = self._product(part)
        return _near(power.number, 0.044715) and power.names == (x, x, x)

    def _clipped(self, maker: ForeignNode, x: str) -> Iterator[tuple[str, str]]:
        low, high = (
            self._number(maker.inputs[place]) if len(maker.inputs) > place else bound
            for place, bound in (
                (1, getattr(maker.attributes.get("min"), "f", None)),
                (2, getattr(maker.attributes.get("max"), "f", None)),
            )
        )
        if low == 0 and high == 6 and self._sum(maker.inputs[0]) == _Parts(3.0, (x,)):
            yield "hard_swish", x

    def _product(self, name: str, depth: int = 0) -> _Parts:
        """What is multiplied to make ``name``; a quotient by a number is a product."""
        number, maker = self._number(name), self.around.makers.get(name)
        if number is not None:
            return _Parts(number)
        # What a function works on is used more than once, and may be a product itself.
        if maker is None or depth > _DEPTH or (depth and self.around.graph.uses[name] > 1):
            return _Parts(1.0, (name,))
        if maker.kind == "Mul":
            parts = [self._product(item, depth + 1) for item in maker.inputs]
            names = tuple(item for part in parts for item in part.names)
            return _Parts(math.prod(part.number for part in parts), names)
        exponent = self._number(maker.inputs[1]) if len(maker.inputs) == 2 else None
        if maker.kind == "Div" and exponent:
            part = self._product(maker.inputs[0], depth + 1)
            return _Parts(part.number / exponent, part.names)
        if maker.kind == "Pow" and exponent in (2, 3):
            return _Parts(1.0, maker.inputs[:1] * int(exponent))
        return _Parts(1.0, (name,))

    def _sum(self, name: str) -> _Parts:
        maker = self.around.makers.get(name)
        if maker is None or maker.kind != "Add":
            return _Parts(0.0, (name,))
        numbers = [self._number(item) for item in maker.inputs]
        names = [item for item, number in zip(maker.inputs, numbers, strict=True) if number is None]
        return _Parts(sum(number or 0 for number in numbers), tuple(names))

    def _number(self, name: str) -> float | None:
        """The value of a constant that is a single number."""
        value = self.around.known.get(name)
        if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "fiu":
            return float(value.reshape(-1)[0])
        return None


def _near(number: float, expected: float) -> bool:
    """Whether it is that number as float16 holds it: 0.7071 is taken for √½, 0.7 is not."""
    return abs(number - expected) <= 1e-3 * expected
