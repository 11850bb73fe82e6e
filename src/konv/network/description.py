"""A network as plain data: the form of network files, version 1.

::

    konv: 1                      # the version of this form
    name: simple                 # left out: "network"
    layers:
      - Input: {shape: [28, 28, 1]}
      - Conv2D: {filters: 32, kernel_size: 5, activation: relu}
      - MaxPooling2D
      - Flatten
      - Dense: {units: 10, activation: softmax}

A layer holds the fields that differ from their defaults, and where they are needed:

* ``name: a``: else it is called by its kind and a number, ``conv2d_1``;
* ``inputs: [a, b]``: else it takes what the layer above it makes;
* ``shares: a``: it has the weights and the fields of the layer a, but for those given here.

In YAML, words and numbers that its versions read differently are refused unless they are quoted:
``no`` and ``on`` are truth values in YAML 1.1 and texts in 1.2, ``010`` is 8 and 10.

The last layer is the output. Every other one is used by a layer below it: as an input, or for its
weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from konv.errors import FormatError
from konv.language import translate as _
from konv.layers import LAYERS
from konv.layers.base import Layer
from konv.layers.symbolic import names_of
from konv.network.graph import Network, Node
from konv.network.tree import tree_of
from konv.network.understanding import FORM, network_file

__all__ = ["from_config", "to_config"]


def to_config(network: Network) -> dict[str, Any]:
    """The network as plain data for YAML and JSON, without what is a default.

    Raises:
        FormatError: K409, a layer is not one of konv's own: it could not be read back.

    Example:
        >>> from konv.layers import Dense, Input
        >>> from konv.network.graph import sequential
        >>> to_config(sequential([Input((4,)), Dense(2)]))
        {'konv': 1, 'layers': [{'Input': {'shape': [4]}}, {'Dense': {'units': 2}}]}
    """
    named = _given_names(network.nodes)
    nodes = {node.name: node for node in network.nodes}
    config: dict[str, Any] = {"konv": FORM}
    if network.name != Network.name:
        config["name"] = network.name
    previous: tuple[str, ...] = ()
    config["layers"] = []
    for node in network.nodes:
        fields = _shared_fields(node, nodes[node.weights_of]) if node.shares else _fields(node)
        if node.name in named:
            fields["name"] = node.name
        if node.inputs != previous:
            fields["inputs"] = list(node.inputs)
        kind = _kind(node)
        config["layers"].append({kind: fields} if fields else kind)
        previous = (node.name,)
    return config


def from_config(config: Mapping[str, Any]) -> Network:
    """The network that plain data describes: what :func:`to_config` wrote, checked again.

    Raises:
        FormatError: K401, K402, K403, K408: the data is not what it should be.
        LimitError: K602, it is too much.
        NetworkError, ParameterError, ShapeError: what it describes cannot be built.
    """
    return network_file(tree_of(config)).network


def _kind(node: Node) -> str:
    kind = type(node.layer)
    if LAYERS.get(kind.__name__) is not kind:
        raise FormatError(
            _("{kind} is not one of konv's own layers", kind=kind.__name__),
            code="K409",
            where=node.name,
            fix=_("keep its code, and its weights with get_weights(); files hold no code"),
        )
    return kind.__name__


def _fields(node: Node) -> dict[str, Any]:
    fields = node.layer.to_config()
    fields.pop("name", None)
    return fields


def _shared_fields(node: Node, owner: Node) -> dict[str, Any]:
    """Only what differs from the layer that owns the weights."""
    fields = {"shares": owner.name}
    if type(node.layer) is not type(owner.layer):
        return fields | _fields(node)
    for name, constraint in node.layer.constraints().items():
        value = getattr(node.layer, name)
        if name != "name" and value != getattr(owner.layer, name):
            fields[name] = constraint.plain(value)
    return fields


def _given_names(nodes: Sequence[Node]) -> set[str]:
    """The names that must be written down: without them, others would be made."""
    given: set[str] = set()
    for shares in (False, True):
        given |= {
            node.name for node in nodes if node.shares == shares and not _looks_made(node, given)
        }
    for _attempt in range(2):
        made = names_of(_as_read(nodes, given))
        wrong = {node.name for node, name in zip(nodes, made, strict=True) if node.name != name}
        if not wrong:
            return given
        given |= wrong
    return {node.name for node in nodes}


def _looks_made(node: Node, given: set[str]) -> bool:
    stem, _underscore, number = node.name.rpartition("_")
    return number.isdecimal() and stem == (_stem(node, given) or node.layer.kind)


def _stem(node: Node, given: set[str]) -> str | None:
    """What a made name begins with if it is not the kind: the name of the layer it shares with."""
    return node.weights_of if node.weights_of in given else None


def _as_read(nodes: Sequence[Node], given: set[str]) -> list[Layer]:
    """The layers with the names that they are read with, before some are made."""
    return [
        replace(node.layer, name=node.name if node.name in given else _stem(node, given))
        for node in nodes
    ]
