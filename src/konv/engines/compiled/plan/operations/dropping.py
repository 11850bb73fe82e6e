"""Dropout in training: the same kernel forward and backward, from the same random bits."""

from __future__ import annotations

from konv.engines.compiled.kernels.dropout import Dropout
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.base import (
    Operation,
    deliver_gradient,
    packed,
    written_densely,
)
from konv.engines.compiled.plan.slots import Place
from konv.engines.compiled.plan.values import Value

__all__ = ["KEYS", "KEY_BYTES", "Dropping"]

KEYS = "keys"
KEY_BYTES = 8


class Dropping(Operation):
    """Numbers dropped at random.

    Args:
        input, output: the values, of one form.
        rate: the probability of being dropped.
        node: the number of the layer in the network: its key has that place among the keys.
    """

    def __init__(self, input: Value, output: Value, rate: float, node: int) -> None:
        super().__init__([input], output)
        self._rate, self._node = rate, node

    @property
    def _kernel(self) -> Dropout:
        return Dropout(self.input.elements, self._rate)

    def _key(self, b: Builder) -> Place:
        count = len(b.network.nodes)
        return Place(b.argument(KEYS, count * KEY_BYTES), self._node * KEY_BYTES)

    def forward(self, b: Builder) -> None:
        x = packed(b, self.input)
        with written_densely(b, self.output) as y:
            b.pictures(self.name, self._kernel, self._key(b), x, y)

    def backward(self, b: Builder) -> None:
        """The mask does not depend on the numbers: it is drawn again."""
        if not self.input.differentiable:
            return
        slot = b.gradient(self.output)
        b.pictures(f"gradient of {self.name}", self._kernel, self._key(b), slot, slot)
        deliver_gradient(b, self.input, slot)
