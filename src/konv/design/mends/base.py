"""What does not fit, and a change that may help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from konv.design.draft import Draft
from konv.errors import KonvError
from konv.language import translate as _
from konv.layers.base import Layer, Shape
from konv.network.assembly import Node, Part

__all__ = ["Mend", "Misfit", "as_written"]


@dataclass(frozen=True)
class Mend:
    """A change.

    Args:
        words: what it is.
        draft: the network with it.
        effort: how much is changed: 1 a number, 2 a layer, 3 and more several things.
    """

    words: str
    draft: Draft
    effort: int = 1


@dataclass(frozen=True)
class Misfit:
    """The first part of a draft that does not fit.

    Args:
        draft: the whole.
        nodes: the parts before it, which fit.
        error: why it does not.
    """

    draft: Draft
    nodes: tuple[Node, ...]
    error: KonvError

    @property
    def part(self) -> Part:
        """It."""
        return self.draft.parts[len(self.nodes)]

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @property
    def shapes(self) -> list[Shape]:
        """Of its inputs."""
        return [self._by_name[name].output_shape for name in self.part.inputs]

    def node(self, name: str) -> Node:
        """A part before it, with its shapes."""
        return self._by_name[name]

    def before(self, name: str | None = None) -> Iterator[Node]:
        """The nodes before a part (None: before it), nearest first, along the first inputs."""
        inputs = self.part.inputs if name is None else self._by_name[name].inputs
        while inputs:
            node = self._by_name[inputs[0]]
            yield node
            inputs = node.inputs

    def with_fields(self, name: str, *, effort: int = 1, **fields: Any) -> Mend:
        """Other values for fields of a layer."""
        changes = ", ".join(f"{key}={as_written(value)}" for key, value in fields.items())
        words = _("{fields} in {name}", fields=changes, name=name)
        return Mend(words, self.draft.with_fields(name, **fields), effort)

    def left_out(self, part: Part | Node, effort: int = 2) -> Mend:
        """A layer less."""
        return Mend(_("leave {name} out", name=part.name), self.draft.without(part.name), effort)

    def with_before(self, name: str, layer: Layer, source: str, effort: int = 2) -> Mend:
        """A layer more."""
        words = _("put {layer} between {source} and {name}", layer=layer, source=source, name=name)
        return Mend(words, self.draft.with_before(name, layer, source), effort)


def as_written(value: Any) -> str:
    """A value as a person writes it.

    Example:
        >>> as_written("same"), as_written((2, 2)), as_written((2, 3))
        ('"same"', '2', '(2, 3)')
    """
    if isinstance(value, tuple) and len(value) == 2 and value[0] == value[1]:
        return as_written(value[0])
    return f'"{value}"' if isinstance(value, str) else str(value)
