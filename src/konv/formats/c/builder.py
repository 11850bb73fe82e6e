"""Calls in the making, layer by layer: arrays, how maps lie in them, and what may be overwritten.

Functions see maps as (height, width, channels). The maps of a layer with ``channels_first`` are
*turned*: their channels are moved behind their rows and columns. They stay so until a layer reads
them that minds the order, so that a network of such layers is turned once, at its beginning.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from konv.formats.c.inference import Argument, Array, Call, Constant, Place
from konv.layers.base import Shape
from konv.network.graph import Node

__all__ = ["Builder", "Value"]


@dataclass(frozen=True, eq=False)
class Value:
    """The output of a layer.

    Args:
        shape: of one picture, as the layer says it.
        place: where its numbers lie.
        turned: whether its first axis lies behind the two others.
        copies: the same the other way round, once somebody asked for it.
    """

    shape: Shape
    place: Place
    turned: bool = False
    copies: list[Value] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


class Builder:
    """Calls, and the arrays that they work on.

    Args:
        weights: the network's weights by name.
    """

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self.calls: list[Call] = []
        self.layer = ""
        self._weights = weights
        self._constants: dict[tuple[str, str], Constant] = {}

    def call(self, function: str, *arguments: Argument) -> None:
        """One more call, of the layer that is being written."""
        self.calls.append(Call(function, arguments, self.layer))

    def lying(self, value: Value, *, turned: bool) -> Value:
        """The value as a function wants it."""
        if len(value.shape) < 3 or value.turned == turned:
            return value
        if not value.copies:
            first = value.shape[0]
            sizes = (value.size // first, first) if value.turned else (first, value.size // first)
            # Whether it is still needed is known of the value, not of the copy.
            copy = Place(value.size, reads=1)
            self.call("transpose", *sizes, value.place, copy)
            value.copies.append(Value(value.shape, copy, turned))
        return value.copies[0]

    def reused(self, value: Value) -> Place:
        """A place for a result that may overwrite the value it is made of, number by number."""
        free = not value.place.reads and value.place.name != "in"
        return value.place if free else Place(value.size)

    def weights(
        self, node: Node, name: str, form: str = "", change: Callable[[Any], Any] = np.asarray
    ) -> Constant:
        """Weights of a layer; what several layers share is kept once.

        Args:
            node: the layer.
            name: its own name of them.
            form: what they are changed to, as a word; "": not at all.
            change: how.
        """
        full = node.weight_names[name]
        key = (full, form)
        if key not in self._constants:
            values = np.ascontiguousarray(change(self._weights[full]), np.float32)
            self._constants[key] = Constant(f"{full}/{form}" if form else full, values)
        return self._constants[key]

    def derived(self, name: str, values: Any) -> Constant:
        """Numbers that are worked out of weights."""
        key = (name, "derived")
        if key not in self._constants:
            self._constants[key] = Constant(name, np.ascontiguousarray(values, np.float32))
        return self._constants[key]
