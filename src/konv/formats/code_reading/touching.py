"""Whether code that is not followed could change the network, and which names it changes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from konv.formats.code_reading.run import Scope
from konv.formats.code_reading.values import Made, Model, Tensor
from konv.formats.code_reading.vocabulary import (
    HARMLESS_FUNCTIONS,
    HARMLESS_METHODS,
    KERAS_CLASSES,
)

__all__ = ["assigned_names", "touches"]


def touches(code: ast.AST, scope: Scope) -> bool:
    """Whether code makes layers, or does with a model more than to train it or to look at it.

    Args:
        code: a statement that may be run or not, or any number of times.
        scope: what its names stand for.
    """
    waiting: list[ast.AST] = [code]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and _is_network(node.id, scope):
            return True
        if isinstance(node, ast.Attribute) and node.attr in KERAS_CLASSES:
            return True
        waiting.extend(_relevant_parts(node))
    return False


def _is_network(name: str, scope: Scope) -> bool:
    found = scope.find(name)
    if found is None:
        return name in KERAS_CLASSES
    value = found.names[name]
    if isinstance(value, (list, tuple)):
        return any(isinstance(item, (Made, Model, Tensor)) for item in value)
    return isinstance(value, (Made, Model, Tensor)) or name in KERAS_CLASSES


def _relevant_parts(node: ast.AST) -> Iterator[ast.AST]:
    """What is within a node, without a model that is only trained or looked at."""
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in HARMLESS_METHODS:
            yield from node.args
            yield from node.keywords
            return
        name = getattr(function, "id", getattr(function, "attr", ""))
        if name in HARMLESS_FUNCTIONS:
            return
    yield from ast.iter_child_nodes(node)


def assigned_names(code: ast.AST) -> set[str]:
    """The names that code gives a value to."""
    return {
        node.id
        for node in ast.walk(code)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
