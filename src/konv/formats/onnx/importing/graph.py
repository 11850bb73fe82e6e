"""The graph of a file, checked: what it claims is possible, and konv can begin to read it.

Every name is made once and before it is used; so there are no circles. What konv does not have at
all (several inputs, subgraphs, functions, sparse arrays) goes on the list of refusals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from konv.errors import FormatError
from konv.formats.exchange.refusals import Refusals
from konv.formats.onnx.arrays import array_of
from konv.formats.onnx.messages import Attribute, Graph, Model, NodeMessage, ValueInfo
from konv.formats.texts import malformed, printable
from konv.language import translate as _
from konv.parameters import short_text

__all__ = ["NEWEST_OPSET", "OLDEST_OPSET", "ForeignGraph", "ForeignNode", "checked_graph"]

Array = np.ndarray[Any, np.dtype[Any]]

OLDEST_OPSET, NEWEST_OPSET = 7, 28
_OWN_DOMAINS = ("", "ai.onnx")
# How many reasons are gathered: a person reads no more, and a file may hold any number.
MOST_REFUSALS = 100


@dataclass(frozen=True, eq=False)
class ForeignNode:
    """An operation of the file.

    Args:
        index: its place in the file.
        name: what the file calls it; may be empty.
        kind: which operation it is.
        inputs, outputs: names of arrays; an empty one was left out.
        attributes: its settings.
    """

    index: int
    name: str
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute]

    @property
    def place(self) -> str:
        """What messages call it."""
        return _("node {name}", name=printable(self.name or f"{self.index} {self.kind}"))


@dataclass(frozen=True, eq=False)
class ForeignGraph:
    """The graph of a file.

    Args:
        name: what the file calls it; may be empty.
        opset: the version of ONNX's operations.
        inputs: what must be given to run it, each with its type and shape.
        outputs: the names of what it makes.
        nodes: those that the outputs need, in an order in which they can be done.
        unneeded: how many others there are.
        arrays: the numbers in the file; None for those that are refused.
    """

    name: str
    opset: int
    inputs: tuple[ValueInfo, ...]
    outputs: tuple[str, ...]
    nodes: tuple[ForeignNode, ...]
    unneeded: int
    arrays: Mapping[str, Array | None]

    @cached_property
    def uses(self) -> Counter[str]:
        """How often each name is used, as an output, too."""
        uses = Counter(self.outputs)
        for node in self.nodes:
            uses.update(node.inputs)
        return uses

    @cached_property
    def numbers(self) -> int:
        """How many numbers its arrays hold."""
        return sum(array.size for array in self.arrays.values() if array is not None)


def checked_graph(model: Model, where: str, refused: Refusals) -> ForeignGraph:
    """The graph, if it is one.

    Raises:
        FormatError: K401, it contradicts itself.
    """
    graph = model.graph or Graph()
    opset = _opset(model, where, refused)
    arrays = _arrays(graph, where, refused)
    inputs = tuple(item for item in graph.input if item.name not in arrays)
    outputs = tuple(item.name or "" for item in graph.output)
    nodes = list(_nodes(graph, where))
    _check_names(nodes, [*arrays, *(item.name or "" for item in inputs)], outputs, where)
    needed = _needed(nodes, outputs)
    for node in graph.node:
        _check_kind(node, refused)
        if len(refused.found) >= MOST_REFUSALS:
            break
    return ForeignGraph(
        name=graph.name or "",
        opset=opset,
        inputs=inputs,
        outputs=outputs,
        nodes=tuple(needed),
        unneeded=len(nodes) - len(needed),
        arrays=arrays,
    )


def _opset(model: Model, where: str, refused: Refusals) -> int:
    versions = [item.version or 0 for item in model.opset_import if _own(item.domain)]
    if len(versions) != 1:
        raise malformed(
            _("it names {count} versions of ONNX's operations", count=len(versions)), where=where
        )
    (version,) = versions
    if not OLDEST_OPSET <= version <= NEWEST_OPSET:
        what = _(
            "version {version}; konv reads {oldest} to {newest}",
            version=version,
            oldest=OLDEST_OPSET,
            newest=NEWEST_OPSET,
        )
        refused.add(_("operations (opset)"), what)
    if model.functions:
        refused.add(_("functions"), _("operations that the file itself defines"))
    return version


def _own(domain: str | None) -> bool:
    return (domain or "") in _OWN_DOMAINS


def _arrays(graph: Graph, where: str, refused: Refusals) -> dict[str, Array | None]:
    arrays: dict[str, Array | None] = {}
    for tensor in graph.initializer:
        name = tensor.name or ""
        if name in arrays or not name:
            raise malformed(_("two arrays are called {name}", name=short_text(name)), where=where)
        arrays[name] = array_of(tensor, where, refused)
    if graph.sparse_initializer:
        refused.add(_("arrays"), _("sparse arrays"))
    return arrays


def _nodes(graph: Graph, where: str) -> Iterator[ForeignNode]:
    for index, node in enumerate(graph.node):
        attributes = {item.name or "": item for item in node.attribute}
        if len(attributes) < len(node.attribute):
            place = printable(node.name or f"{index} {node.op_type}")
            raise malformed(_("node {name} says something twice", name=place), where=where)
        yield ForeignNode(
            index=index,
            name=node.name or "",
            kind=node.op_type or "",
            inputs=tuple(node.input),
            outputs=tuple(node.output),
            attributes=attributes,
        )


def _check_names(
    nodes: list[ForeignNode], given: list[str], outputs: tuple[str, ...], where: str
) -> None:
    """Every name is made once, and before it is used."""
    made = set(given)
    if len(made) < len(given):
        raise malformed(_("two inputs have one name"), where=where)
    for node in nodes:
        for name in node.inputs:
            if name and name not in made:
                raise _unmade(node.place, name, nodes, where)
        for name in filter(None, node.outputs):
            if name in made:
                raise malformed(_("{name} is made twice", name=short_text(name)), where=where)
            made.add(name)
    for name in outputs:
        if name not in made:
            raise _unmade(_("the output"), name, nodes, where)


def _unmade(place: str, name: str, nodes: list[ForeignNode], where: str) -> FormatError:
    later = any(name in node.outputs for node in nodes)
    reason = (
        _("made later: in a circle, or out of order")
        if later
        else _("nothing in the file makes it")
    )
    return malformed(
        _("{place} uses {name}", place=place, name=short_text(name)),
        where=where,
        details=[(_("reason"), reason)],
    )


def _needed(nodes: list[ForeignNode], outputs: tuple[str, ...]) -> list[ForeignNode]:
    names = set(outputs)
    needed = []
    for node in reversed(nodes):
        if names.intersection(node.outputs):
            names.update(node.inputs)
            needed.append(node)
    return needed[::-1]


def _check_kind(node: NodeMessage, refused: Refusals) -> None:
    """Operations of others, and those that hold a graph of their own."""
    place = _("node {name}", name=printable(node.name or node.op_type or ""))
    if not _own(node.domain):
        refused.add(place, printable(f"{node.domain}::{node.op_type}"))
    elif any(item.g is not None or item.graphs for item in node.attribute):
        what = _("{kind}, which holds a graph of its own", kind=printable(node.op_type or ""))
        refused.add(place, what)
