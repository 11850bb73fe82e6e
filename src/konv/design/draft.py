"""A network that may not fit yet: layers that can be changed, left out and put in.

A :class:`~konv.network.graph.Network` is checked while it is built, so it cannot hold a mistake.
What repairs mistakes needs a form that can.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from konv.errors import KonvError
from konv.layers.base import Layer
from konv.network.assembly import Assembly, Node, Part
from konv.network.graph import Network

__all__ = ["Draft"]


@dataclass(frozen=True)
class Draft:
    """Parts in their order, each after those it takes its input from.

    Example:
        >>> from konv.layers import Dense, Dropout, Input
        >>> from konv.network.graph import sequential
        >>> draft = Draft.of(sequential([Input((4,)), Dropout(0), Dense(2)]))
        >>> [node.name for node in draft.without("dropout_1").network().nodes]
        ['input_1', 'dense_1']
    """

    parts: tuple[Part, ...]
    name: str = Network.name

    @staticmethod
    def of(network: Network) -> Draft:
        """What a network is made of."""
        return Draft(tuple(node.part for node in network.nodes), network.name)

    @cached_property
    def fitting(self) -> tuple[tuple[Node, ...], KonvError | None]:
        """(the nodes up to the first part that does not fit, why it does not; None: all fit)."""
        assembly = Assembly()
        for part in self.parts:
            try:
                assembly.add(part.layer, part.name, part.inputs, part.weights_of)
            except KonvError as error:
                return assembly.nodes, error
        return assembly.nodes, None

    def network(self) -> Network:
        """The network.

        Raises:
            NetworkError, ShapeError: a part does not fit.
        """
        nodes, error = self.fitting
        if error is not None:
            raise error
        return Network(nodes, self.name)

    def part(self, name: str) -> Part:
        """The part of that name."""
        return next(part for part in self.parts if part.name == name)

    def readers(self, name: str) -> list[Part]:
        """The parts that take their input from it."""
        return [part for part in self.parts if name in part.inputs]

    def with_fields(self, name: str, **fields: Any) -> Draft:
        """The same with other fields of one layer."""
        return self.with_layer(name, replace(self.part(name).layer, **fields))

    def with_layer(self, name: str, layer: Layer) -> Draft:
        """The same with another layer at one place."""
        return self._changed(lambda part: replace(part, layer=layer) if part.name == name else part)

    def with_inputs(self, name: str, inputs: tuple[str, ...]) -> Draft:
        """The same with one part connected to others, without those that nothing reads any more."""
        return self._changed(
            lambda part: replace(part, inputs=inputs) if part.name == name else part
        ).pruned()

    def with_own_weights(self, name: str) -> Draft:
        """The same with weights of its own for a part that shared those of another."""
        return self._changed(
            lambda part: replace(part, weights_of=None) if part.name == name else part
        )

    def with_before(self, name: str, layer: Layer, source: str | None = None) -> Draft:
        """The same with a layer more, between a part and one of its inputs (None: the only one)."""
        place = next(i for i, part in enumerate(self.parts) if part.name == name)
        reader = self.parts[place]
        source = reader.inputs[0] if source is None else source
        new = Part(self._free_name(layer), layer, (source,))
        inputs = tuple(new.name if item == source else item for item in reader.inputs)
        parts = (*self.parts[:place], new, replace(reader, inputs=inputs), *self.parts[place + 1 :])
        return replace(self, parts=parts)

    def with_behind(self, name: str, layer: Layer) -> Draft:
        """The same with a layer more, which all that read a part now read instead."""
        place = next(i for i, part in enumerate(self.parts) if part.name == name)
        new = Part(self._free_name(layer), layer, (name,))
        rest = (_reading(part, name, new.name) for part in self.parts[place + 1 :])
        return replace(self, parts=(*self.parts[: place + 1], new, *rest))

    def without(self, name: str) -> Draft:
        """The same without one part: whatever read it reads its (first) input instead.

        Weights that it shared with later parts now belong to the first of these.
        """
        gone = self.part(name)
        heir = next((part.name for part in self.parts if part.weights_of == name), None)
        parts = []
        for part in self.parts:
            if part.name == name:
                continue
            if part.weights_of == name:
                part = replace(part, weights_of=None if part.name == heir else heir)
            parts.append(_reading(part, name, gone.inputs[0]))
        return replace(self, parts=tuple(parts)).pruned()

    def _changed(self, change: Callable[[Part], Part]) -> Draft:
        return replace(self, parts=tuple(map(change, self.parts)))

    def pruned(self) -> Draft:
        """The same without what nothing needs, neither as an input nor for its weights."""
        needed = {self.parts[-1].name, self.parts[0].name}
        for part in reversed(self.parts):
            if part.name in needed:
                needed.update(part.inputs)
                needed.add(part.weights_of or part.name)
        return replace(self, parts=tuple(part for part in self.parts if part.name in needed))

    def _free_name(self, layer: Layer) -> str:
        taken = {part.name for part in self.parts}
        number = 1
        while f"{layer.kind}_{number}" in taken:
            number += 1
        return f"{layer.kind}_{number}"


def _reading(part: Part, old: str, new: str) -> Part:
    return replace(part, inputs=tuple(new if item == old else item for item in part.inputs))
