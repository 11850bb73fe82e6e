"""The form of a program that describes a network: layers in a row, or wired by variables.

What the words are called is a :class:`Words`; here it is decided which variables there are. The
output of a layer that only the next one reads is called ``x``; any other has a name of its own.
"""

from __future__ import annotations

import keyword
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace

from konv.formats.exchange.refusals import Refusals
from konv.language import translate as _
from konv.layers import Add, Concatenate, Input
from konv.layers.base import Layer
from konv.layers.symbolic import names_of
from konv.network.description import to_config
from konv.network.graph import Network, Node

__all__ = ["Words", "call_text", "program"]

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
    """
    refused = Refusals()
    nodes = _named(_used(network.nodes), network)
    calls = {
        node.name: words.calls(node.layer, node, refused) for node in nodes[1:] if not node.shares
    }
    owners = _owners(nodes, refused)
    refused.check_export(network.name, words.target)
    named = f"name={text_of(network.name)}" if network.name != Network.name else ""
    if _in_a_row(nodes):
        lines = _row(nodes, words, calls, named)
    else:
        lines = _Wiring(nodes, words, calls, owners).lines(named)
    return "\n".join([*words.head, "", *lines]) + "\n"


# Nodes --------------------------------------------------------------------------------------------


def _used(nodes: Sequence[Node]) -> list[Node]:
    """The nodes that the output depends on. Others are there for their weights, and code has none:
    the first that is left of those that share them owns them."""
    needed = {nodes[-1].name}
    for node in reversed(nodes):
        if node.name in needed:
            needed.update(node.inputs)
    kept = [node for node in nodes if node.name in needed]
    first: dict[str, str] = {}
    for node in kept:
        first.setdefault(node.weights_of, node.name)
    return [replace(node, weights_of=first[node.weights_of]) for node in kept]


def _named(nodes: Sequence[Node], network: Network) -> list[Node]:
    """The nodes; a layer keeps its name only if it would get another one by itself.

    A program names its layers in the order in which the output is followed back, which need not be
    that of the network: what would be called otherwise by it keeps its name, too.
    """
    by_name = {node.name: node for node in nodes}.__getitem__
    entries = to_config(network)["layers"]
    given = {
        node.name
        for node, entry in zip(network.nodes, entries, strict=True)
        if isinstance(entry, dict) and "name" in next(iter(entry.values()))
    }
    order = _as_followed(nodes)
    for _attempt in range(2):
        layers = [_with_name(by_name(node.weights_of), given) for node in order]
        made = names_of(layers)
        wrong = {node.name for node, name in zip(order, made, strict=True) if node.name != name}
        given |= wrong
    return [replace(node, layer=_with_name(node, given)) for node in nodes]


def _with_name(node: Node, given: set[str]) -> Layer:
    return replace(node.layer, name=node.name if node.name in given else None)


def _as_followed(nodes: Sequence[Node]) -> list[Node]:
    """The nodes in the order in which a network is wired from its output."""
    by_name = {node.name: node for node in nodes}
    order: dict[str, Node] = {}
    waiting = [(nodes[-1].name, False)]
    while waiting:
        name, inputs_done = waiting.pop()
        if name in order:
            continue
        if inputs_done:
            order[name] = by_name[name]
            continue
        waiting.append((name, True))
        waiting.extend((item, False) for item in reversed(by_name[name].inputs))
    return list(order.values())


def _owners(nodes: Sequence[Node], refused: Refusals) -> Mapping[str, Node]:
    """The first node of each layer that is used again -> it; the same layer must be meant."""
    by_name = {node.name: node for node in nodes}
    owners = {}
    for node in nodes:
        if not node.shares:
            continue
        owner = by_name[node.weights_of]
        owners[owner.name] = owner
        if replace(node.layer, name=None) != replace(owner.layer, name=None):
            refused.add(
                node.name,
                _("the weights of {owner} with other fields", owner=owner.name),
            )
    return owners


def _in_a_row(nodes: Sequence[Node]) -> bool:
    previous: tuple[str, ...] = ()
    for node in nodes:
        if node.inputs != previous or node.shares:
            return False
        previous = (node.name,)
    return True


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


# Texts --------------------------------------------------------------------------------------------


def call_text(
    called: str, fields: Mapping[str, object], positional: Sequence[str] = ()
) -> str:
    """A call with its arguments: those of ``positional`` that come first without a name.

    Example:
        >>> call_text("Conv2D", {"filters": 8, "kernel_size": [3, 3], "padding": "same"}, ["filters"])
        'Conv2D(8, kernel_size=(3, 3), padding="same")'
    """
    plain = []
    for name in positional:
        if name not in fields:
            break
        plain.append(name)
    arguments = [text_of(fields[name]) for name in plain]
    arguments += [
        f"{name}={text_of(fields[name])}"
        for name in sorted(fields, key=_place_of)
        if name not in plain
    ]
    return f"{called}({', '.join(arguments)})"


# The order in which people expect arguments with names; the others stand before the name.
_ORDER = (
    "filters kernel_size pool_size strides padding data_format dilation_rate groups "
    "depth_multiplier activation use_bias"
).split()


def _place_of(name: str) -> int:
    if name == "name":
        return len(_ORDER) + 1
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def text_of(value: object) -> str:
    """A constant as a person writes it: texts in double quotes, lists as tuples.

    Example:
        >>> text_of([1, [2.5, None]]), text_of('a"b')
        ('(1, (2.5, None))', '"a\\\\"b"')
    """
    if isinstance(value, str):
        inner = "".join(_escaped(sign) for sign in value)
        return f'"{inner}"'
    if isinstance(value, (list, tuple)):
        items = ", ".join(map(text_of, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    return repr(value)


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    return sign if sign.isprintable() else repr(sign)[1:-1]
