"""The form of a program that describes a network: layers in a row, or wired by variables.

What the words are called is a :class:`Words`; here it is decided which variables there are. The
output of a layer that only the next one reads is called ``x``; any other has a name of its own.
"""

from __future__ import annotations

import keyword
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from konv.errors import ParameterError
from konv.formats.code_writing.nodes import in_a_row, named_nodes, shared_layers
from konv.formats.code_writing.texts import text_of
from konv.formats.exchange.refusals import Refusals
from konv.language import translate as _
from konv.layers import Add, Concatenate, Input
from konv.layers.base import Layer
from konv.network.graph import Network, Node

__all__ = ["Words", "program"]

_RUNNING = "x"
_TAKEN = frozenset((*keyword.kwlist, *keyword.softkwlist, _RUNNING, "inputs", "model", "keras"))
_TAKEN |= {"konv", "layers"}


class Words(ABC):
    """How a program says things."""

    head: Sequence[str]
    target: str
    sequential: str
    model: str

    @abstractmethod
    def calls(self, layer: Layer, node: Node, refused: Refusals) -> list[str]:
        """What makes a layer, or several that together do the same, one behind the other."""

    @abstractmethod
    def input(self, layer: Input) -> str:
        """What makes the input."""


def program(network: Network, words: Words) -> str:
    """The program.

    Raises:
        FormatError: K411, something cannot be said in these words.
        FormatError: K409, a layer is not one of konv's own.
        ParameterError: K201, that is no network.
    """
    if not isinstance(network, Network):
        raise ParameterError(
            _("a {kind} as a network", kind=type(network).__name__),
            code="K201",
            where=words.target,
            fix=_("a konv.Network, such as model.network"),
        )
    refused = Refusals()
    nodes = named_nodes(network)
    calls = {
        node.name: words.calls(node.layer, node, refused) for node in nodes[1:] if not node.shares
    }
    owners = shared_layers(nodes, refused)
    refused.check_export(network.name, words.target)
    named = f"name={text_of(network.name)}" if network.name != Network.name else ""
    if in_a_row(nodes):
        lines = _row(nodes, words, calls, named)
    else:
        lines = _Wiring(nodes, words, calls, owners).lines(named)
    return "\n".join([*words.head, "", *lines]) + "\n"


# Programs -----------------------------------------------------------------------------------------


def _row(
    nodes: Sequence[Node], words: Words, calls: Mapping[str, list[str]], named: str
) -> list[str]:
    first = nodes[0].layer
    assert isinstance(first, Input)
    layers = [words.input(first), *(call for node in nodes[1:] for call in calls[node.name])]
    items = [f"        {call}," for call in layers]
    end = ["    ],", *([f"    {named},"] if named else []), ")"]
    return [f"model = {words.sequential}(", "    [", *items, *end]


class _Wiring:
    """A program whose layers are wired by variables."""

    def __init__(
        self,
        nodes: Sequence[Node],
        words: Words,
        calls: Mapping[str, list[str]],
        owners: Mapping[str, Node],
    ) -> None:
        self._nodes = nodes
        self._words = words
        self._calls = calls
        self._owners = owners
        self._taken = set(_TAKEN)
        self._layers = {name: self._free(f"{name}_layer") for name in owners}
        self._variables = self._tensor_variables()

    def lines(self, named: str) -> list[str]:
        first = self._nodes[0].layer
        assert isinstance(first, Input)
        lines = [f"inputs = {self._words.input(first)}"]
        for node in self._nodes[1:]:
            lines += self._connected(node)
        arguments = ["inputs", self._variables[self._nodes[-1].name], *([named] if named else [])]
        return [*lines, f"model = {self._words.model}({', '.join(arguments)})"]

    def _connected(self, node: Node) -> list[str]:
        inputs = ", ".join(self._variables[name] for name in node.inputs)
        if isinstance(node.layer, (Add, Concatenate)):
            inputs = f"[{inputs}]"
        variable, owner = self._variables[node.name], node.weights_of
        calls = list(self._calls[owner])
        lines = []
        if owner in self._owners:
            layer = self._layers[owner]
            if not node.shares:
                lines.append(f"{layer} = {calls[-1]}")
            calls[-1] = layer
        for call in calls[:-1]:
            lines.append(f"{_RUNNING} = {call}({inputs})")
            inputs = _RUNNING
        return [*lines, f"{variable} = {calls[-1]}({inputs})"]

    def _tensor_variables(self) -> dict[str, str]:
        readers: dict[str, list[int]] = {node.name: [] for node in self._nodes}
        for index, node in enumerate(self._nodes):
            for name in node.inputs:
                readers[name].append(index)
        variables = {self._nodes[0].name: "inputs"}
        for index, node in enumerate(self._nodes[1:], start=1):
            last = index == len(self._nodes) - 1
            only_next = set(readers[node.name]) == {index + 1}
            variables[node.name] = _RUNNING if only_next or last else self._free(node.name)
        return variables

    def _free(self, name: str) -> str:
        """A variable after a name: Hangul is allowed, a minus is not."""
        stem = "".join(sign if f"a{sign}".isidentifier() else "_" for sign in name)
        stem = stem if stem.isidentifier() else f"layer_{stem}"
        candidate, number = stem, 2
        while candidate in self._taken:
            candidate, number = f"{stem}_{number}", number + 1
        self._taken.add(candidate)
        return candidate
