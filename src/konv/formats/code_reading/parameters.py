"""Which parameter of a function takes which argument, as Python itself does it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["fitted"]


def fitted(
    parameters: ast.arguments,
    args: tuple[Any, ...],
    values: Mapping[str, Any],
    default: Callable[[ast.expr], Any],
) -> dict[str, Any] | None:
    """Parameter name -> value; None if the arguments do not fit.

    Args:
        parameters: of the function.
        args, values: what it is called with, without and with names.
        default: what an expression for a default stands for.
    """
    positional = [*parameters.posonlyargs, *parameters.args]
    names = [parameter.arg for parameter in positional]
    found = dict(zip(names, args, strict=False))
    if len(args) > len(names) and parameters.vararg is None:
        return None
    if parameters.vararg is not None:
        found[parameters.vararg.arg] = tuple(args[len(names) :])
    further = {parameter.arg for parameter in parameters.kwonlyargs}
    surplus = {}
    for name, value in values.items():
        if name in found:
            return None
        if name in names or name in further:
            found[name] = value
        else:
            surplus[name] = value
    if parameters.kwarg is not None:
        found[parameters.kwarg.arg] = surplus
    elif surplus:
        return None
    for name, node in _defaults(parameters, names).items():
        if name not in found:
            found[name] = default(node)
    needed = {*names, *further}
    return found if needed <= found.keys() else None


def _defaults(parameters: ast.arguments, names: list[str]) -> dict[str, ast.expr]:
    last = names[len(names) - len(parameters.defaults) :]
    given = dict(zip(last, parameters.defaults, strict=True))
    for parameter, node in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True):
        if node is not None:
            given[parameter.arg] = node
    return given
