"""What a rule is, what it looks at, and what it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from konv.design.draft import Draft
from konv.language import translate as _
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import FunctionLayer
from konv.layers.base import Layer
from konv.network.assembly import Node
from konv.network.graph import Network
from konv.network.receptive_field import ReceptiveField, receptive_fields

__all__ = ["Change", "Remark", "Rule", "Subject", "changed_fields", "function_name", "left_out"]


@dataclass(frozen=True)
class Change:
    """Something that may put a remark right.

    Args:
        words: what is done.
        draft: makes the changed network; it is only tried when the fix is wanted.
        keeps_output: whether the network must put out what it put out before.
    """

    words: str
    draft: Callable[[], Draft]
    keeps_output: bool = True


@dataclass(frozen=True)
class Remark:
    """What a rule says of a network.

    Args:
        node: where; None: of the network as a whole.
        severity: one of :data:`~konv.design.findings.SEVERITIES`.
        what: what is the case.
        details: (label, text): the arithmetic.
        fix: what to do, if none of the changes works.
        changes: that may put it right, the smallest first.
    """

    node: Node | None
    severity: str
    what: str
    details: tuple[tuple[str, str], ...] = ()
    fix: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong with a network.

    Args:
        code: never used for anything else.
        title: what is wrong, in a few words; marked for translation.
        why: why it matters, in a sentence or two; marked for translation.
        look: what finds it.
    """

    code: str
    title: str
    why: str
    look: Callable[[Subject], Iterator[Remark]]


@dataclass(frozen=True)
class Subject:
    """A network as rules look at it.

    Args:
        network: it.
        strict: whether every division must be whole.
        classes: how many it is to tell apart; None: nobody has said.
    """

    network: Network
    strict: bool = False
    classes: int | None = None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """In their order."""
        return self.network.nodes

    @property
    def last(self) -> Node:
        """What makes the output."""
        return self.network.nodes[-1]

    @cached_property
    def draft(self) -> Draft:
        """The network in a form that can be changed."""
        return Draft.of(self.network)

    @cached_property
    def data_format(self) -> str:
        """Of its maps."""
        return self.network.data_format

    @cached_property
    def fields(self) -> dict[str, ReceptiveField]:
        """What an output of each layer sees of the picture."""
        return receptive_fields(self.network)

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def _readers(self) -> Mapping[str, list[Node]]:
        readers: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                readers[name].append(node)
        return readers

    def readers(self, node: Node) -> list[Node]:
        """What takes its input from a node."""
        return self._readers.get(node.name, [])

    def sources(self, node: Node) -> list[Node]:
        """What a node takes its input from."""
        return [self._by_name[name] for name in node.inputs]

    def source(self, node: Node) -> Node | None:
        """The same if it is one node, and that node is read by nothing else."""
        sources = self.sources(node)
        if len(sources) != 1 or len(self.readers(sources[0])) != 1:
            return None
        return sources[0]

    def behind(self, node: Node) -> Iterator[Node]:
        """All nodes that depend on a node, in their order."""
        reached = {node.name}
        for other in self.nodes[self.index(node) + 1 :]:
            if reached.intersection(other.inputs):
                reached.add(other.name)
                yield other

    def learner_behind(self, node: Node) -> Node | None:
        """The nearest node with weights that depends on a node."""
        return self._learners[node.name]

    @cached_property
    def _learners(self) -> dict[str, Node | None]:
        learners: dict[str, Node | None] = {}
        for node in reversed(self.nodes):
            found = (
                reader if reader.weight_specs else learners[reader.name]
                for reader in self.readers(node)
            )
            learners[node.name] = min(filter(None, found), key=self.index, default=None)
        return learners

    def index(self, node: Node) -> int:
        """The place of a node, from 0."""
        return self._places[node.name]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {node.name: place for place, node in enumerate(self.nodes)}

    def before(self, node: Node) -> Iterator[Node]:
        """The nodes before it, the nearest first, as long as there is only one way."""
        sources = self.sources(node)
        while len(sources) == 1:
            yield sources[0]
            sources = self.sources(sources[0])


def function_name(layer: Layer) -> str:
    """The activation that a layer ends in; ``"linear"`` if it has none."""
    return layer.function.name if isinstance(layer, (ActivatedLayer, FunctionLayer)) else "linear"


def changed_fields(subject: Subject, node: Node, **fields: Any) -> Change:
    """Other values for fields of a layer."""
    words = ", ".join(f"{name}={_value(value)}" for name, value in fields.items())
    return Change(
        _("{fields} in {name}", fields=words, name=node.name),
        lambda: subject.draft.with_fields(node.name, **fields),
    )


def left_out(subject: Subject, node: Node) -> Change:
    """A layer less."""
    return Change(_("leave {name} out", name=node.name), lambda: subject.draft.without(node.name))


def _value(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
