"""Methods of models, lists, dicts and texts; what might change a model otherwise is refused."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from konv.formats.code_reading.arrays import Array, method_of_array
from konv.formats.code_reading.constants import NoConstantError, weight
from konv.formats.code_reading.expressions import Expressions
from konv.formats.code_reading.values import (
    Bound,
    Chain,
    Made,
    Model,
    Named,
    Tensor,
    Unknown,
    is_known,
)
from konv.formats.code_reading.vocabulary import HARMLESS_FUNCTIONS, HARMLESS_METHODS
from konv.language import translate as _

__all__ = ["SETTINGS", "Methods", "holds_model"]

# Modules of Keras whose functions make settings of layers rather than layers.
SETTINGS = frozenset(
    ("regularizers", "constraints", "initializers", "initializations", "optimizers")
)
# Those with classes that are no layers.
_OTHERS = SETTINGS | {"callbacks", "preprocessing", "losses", "metrics", "utils", "datasets"}


class Methods(Expressions):
    """Reads calls of methods."""

    def add_part(self, chain: Chain, part: Any, line: int) -> None:
        """``model.add(part)``."""
        if isinstance(part, Model):
            part.inside = True
        if isinstance(part, Tensor) and isinstance(part.made, Made) and not part.inputs:
            part = part.made  # Input(…) among the layers
        chain.parts.append(part)
        self.spend(1, line)

    def call_method(
        self, bound: Bound, args: tuple[Any, ...], values: Mapping[str, Any], node: ast.Call
    ) -> Any:
        owner, name = bound.owner, bound.name
        if isinstance(owner, Model):
            return self._of_model(owner, name, args, values, node)
        if isinstance(owner, str) and name in _TEXT_METHODS and all(map(is_known, args)):
            return _of_text(owner, name, args)
        if isinstance(owner, Array):
            return method_of_array(owner, name, args)
        if isinstance(owner, dict) and name in ("items", "keys", "values", "get"):
            return self._of_dict(owner, name, args, node)
        if isinstance(owner, list) and name in ("append", "extend", "insert", "pop"):
            return self._of_list(owner, name, args, node)
        return self.pass_call_over(node, (owner, *args), values)

    def _of_list(self, owner: list[Any], name: str, args: tuple[Any, ...], node: ast.Call) -> Any:
        self.spend(1 + len(owner) // 64, node.lineno)
        if name == "extend":
            if len(args) != 1 or not isinstance(args[0], (list, tuple)):
                return self.pass_call_over(node, (owner, *args), {})
            self.spend(len(args[0]), node.lineno)
        try:
            return getattr(owner, name)(*args)
        except (TypeError, IndexError):
            raise NoConstantError from None

    def _of_dict(
        self, owner: dict[Any, Any], name: str, args: tuple[Any, ...], node: ast.Call
    ) -> Any:
        if name == "get":
            if not args or not isinstance(args[0], (str, int)):
                return self.unknown(node)
            return owner.get(*args[:2])
        self.spend(len(owner), node.lineno)
        return [*getattr(owner, name)()]

    def _of_model(
        self,
        model: Model,
        name: str,
        args: tuple[Any, ...],
        values: Mapping[str, Any],
        node: ast.Call,
    ) -> Any:
        line = node.lineno
        self.found.arguments.append((name, line))
        if isinstance(model, Chain) and name == "add" and len(args) == 1 and not values:
            self.add_part(model, args[0], line)
            return None
        if isinstance(model, Chain) and name == "add" and not args and set(values) == {"layer"}:
            self.add_part(model, values["layer"], line)
            return None
        if isinstance(model, Chain) and name == "pop" and not args and model.parts:
            return model.parts.pop()
        if isinstance(model, Chain) and name == "build" and len(args) == 1:
            model.shape = args[0]
            return None
        if name in ("compile", "fit", "fit_generator"):
            self._settle(model, name, args, values, line)
        if name == "load_weights":
            self.note(line, _("weights of another file are not read: the network begins anew"))
        if name in HARMLESS_METHODS:
            return self.unknown(node)
        return self.pass_call_over(node, (model, *args), values)

    def _settle(
        self,
        model: Model,
        name: str,
        args: tuple[Any, ...],
        values: Mapping[str, Any],
        line: int,
    ) -> None:
        """Remember how the model is trained; arguments by position have their names then."""
        names = {
            "compile": ("optimizer", "loss", "metrics"),
            "fit": ("x", "y", "batch_size", "epochs"),
            "fit_generator": ("generator", "steps_per_epoch", "epochs"),
        }[name]
        given = {**dict(zip(names, args, strict=False)), **values}
        self.found.arguments.extend((word, line) for word in values)
        model.settings |= {word: (value, line) for word, value in given.items()}
        model.settings[name] = (True, line)

    def pass_call_over(
        self,
        node: ast.Call,
        args: tuple[Any, ...],
        values: Mapping[str, Any],
        named: Named | None = None,
    ) -> Unknown:
        """The unknown result of a call. If it is given a model, it might change it: refused."""
        written = getattr(node.func, "id", getattr(node.func, "attr", ""))
        called = written if named is None else named.last
        if called not in HARMLESS_FUNCTIONS and any(map(holds_model, (*args, *values.values()))):
            self.refuse(
                node.lineno, _("{call}: it may change the model", call=self.source_of(node))
            )
        return self.unknown(node)


def holds_model(value: Any) -> bool:
    """Whether a value is a model or a layer that could be changed, or a list with one in it."""
    if isinstance(value, (list, tuple)):
        return any(isinstance(item, (Model, Made)) for item in value)
    return isinstance(value, (Model, Made)) and not _is_setting(value)


def _is_setting(value: Any) -> bool:
    return isinstance(value, Made) and bool(set(value.named.path.split(".")) & _OTHERS)


def _put_in(text: str, *values: Any) -> str:
    """``"conv{}".format(1)``, where the text has nothing but empty braces."""
    pieces = text.split("{}")
    if len(pieces) != len(values) + 1 or any("{" in piece or "}" in piece for piece in pieces):
        raise NoConstantError
    if weight(*values) or len(text) > 1_000:
        raise NoConstantError
    return "".join(piece + str(value) for piece, value in zip(pieces, (*values, ""), strict=True))


def _of_text(text: str, name: str, args: tuple[Any, ...]) -> Any:
    try:
        return _TEXT_METHODS[name](text, *args)
    except TypeError:
        raise NoConstantError from None


_TEXT_METHODS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "format": _put_in,
        "lower": lambda text: text.lower(),
        "upper": lambda text: text.upper(),
        "startswith": lambda text, start: text.startswith(start),
        "endswith": lambda text, end: text.endswith(end),
    }
)
