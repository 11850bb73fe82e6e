"""What the names in Keras code stand for: constants, layers, tensors, models, and what is unknown.

Constants are Python's own: numbers, texts, tuples, lists, dicts. Everything else is one of these.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Bound",
    "Chain",
    "Function",
    "Graph",
    "Made",
    "Model",
    "Named",
    "Tensor",
    "Unknown",
    "is_known",
    "unknown_in",
]

_KERAS_ROOTS = (
    "keras",
    "tf_keras",
    "tensorflow.keras",
    "tensorflow.python.keras",
    "tensorflow.contrib.keras",
)


@dataclass(frozen=True)
class Unknown:
    """A value that does not follow from the code alone, such as the shape of some pictures.

    Args:
        text: how it is written in the code.
        line: where.
    """

    text: str
    line: int


@dataclass(frozen=True)
class Named:
    """Something that is imported: ``keras.layers.Conv2D``, ``numpy``."""

    path: str

    @property
    def last(self) -> str:
        """The part behind the last point."""
        return self.path.rpartition(".")[2]

    @property
    def in_keras(self) -> bool:
        """Whether it belongs to Keras, by whatever way it was imported."""
        return any(self.path == root or self.path.startswith(f"{root}.") for root in _KERAS_ROOTS)

    @property
    def in_keras_of_tensorflow(self) -> bool:
        """Whether it belongs to the Keras that came with TensorFlow."""
        return self.in_keras and self.path.startswith("tensorflow.")


@dataclass(eq=False)
class Made:
    """What calling a name of Keras gives: a layer, an optimizer, a regularizer, an initializer."""

    named: Named
    args: tuple[Any, ...]
    values: Mapping[str, Any]
    line: int

    @property
    def kind(self) -> str:
        """The name of its class: ``Conv2D``."""
        return self.named.last


@dataclass(eq=False)
class Tensor:
    """What a layer makes of other tensors."""

    made: Made | Unknown
    inputs: tuple[Tensor | Unknown, ...]


@dataclass(eq=False)
class Model:
    """What both kinds of models have.

    ``settings`` holds the arguments of ``compile`` and ``fit`` with their lines; ``inside`` says
    that it became a part of another model; ``variable`` is what the code calls it.
    """

    line: int
    name: str | None = None
    variable: str | None = None
    settings: dict[str, tuple[Any, int]] = field(default_factory=dict)
    inside: bool = False


@dataclass(eq=False)
class Chain(Model):
    """A Sequential: its parts in a row. ``shape`` is what ``build`` was given."""

    parts: list[Any] = field(default_factory=list)
    shape: Any = None


@dataclass(eq=False)
class Graph(Model):
    """A Model(inputs, outputs)."""

    inputs: Any = None
    outputs: Any = None


@dataclass(eq=False)
class Function:
    """A function that the code defines, with the names that it can see."""

    node: ast.FunctionDef
    scope: Any


@dataclass(frozen=True)
class Bound:
    """A method of a value, before it is called: ``model.add``."""

    owner: Any
    name: str


def unknown_in(value: Any) -> Unknown | None:
    """The first unknown value in a constant, however deep; None if all of it is known."""
    return next((part for part in _parts(value) if isinstance(part, Unknown)), None)


def is_known(value: Any) -> bool:
    """Whether a value is a constant through and through."""
    kinds = (bool, int, float, str, type(None), range)
    return all(isinstance(part, kinds) for part in _parts(value))


def _parts(value: Any) -> Iterator[Any]:
    waiting = [value]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, (list, tuple, dict)):
            if id(part) not in seen:  # a list may hold itself
                seen.add(id(part))
                waiting.extend(part.values() if isinstance(part, dict) else part)
        else:
            yield part
