"""The nodes of a network as a program has them: only what is used, and only names that matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from konv.formats.exchange.refusals import Refusals
from konv.language import translate as _
from konv.layers.base import Layer
from konv.layers.symbolic import names_of
from konv.network.description import to_config
from konv.network.graph import Network, Node

__all__ = ["in_a_row", "named_nodes", "shared_layers"]


def named_nodes(network: Network) -> list[Node]:
    """The nodes that the output depends on; a layer has a name only if it is needed."""
    return _named(_used(network.nodes), network)


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


def shared_layers(nodes: Sequence[Node], refused: Refusals) -> Mapping[str, Node]:
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


def in_a_row(nodes: Sequence[Node]) -> bool:
    previous: tuple[str, ...] = ()
    for node in nodes:
        if node.inputs != previous or node.shares:
            return False
        previous = (node.name,)
    return True
