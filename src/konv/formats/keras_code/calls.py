"""Calls: layers and models are made, connected and changed; what might change a model is refused."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from konv.formats.keras_code.constants import FUNCTIONS, NoConstantError, weight
from konv.formats.keras_code.expressions import Expressions
from konv.formats.keras_code.values import (
    Bound,
    Chain,
    Function,
    Graph,
    Made,
    Model,
    Named,
    Tensor,
    Unknown,
    is_known,
)
from konv.formats.keras_code.vocabulary import (
    HARMLESS_FUNCTIONS,
    HARMLESS_METHODS,
    MERGING_FUNCTIONS,
)
from konv.language import translate as _

__all__ = ["Calls", "holds_model"]

_NETWORK = (Chain, Graph, Made, Tensor)
# Modules of Keras whose functions make settings of layers rather than layers.
_SETTINGS = {"regularizers", "constraints", "initializers", "initializations", "optimizers"}
# What the backend says of the order of axes, by its name then and now.
_ORDERS = {"image_dim_ordering": "tf", "image_data_format": "channels_last"}
_FIRST = {"image_dim_ordering": "th", "image_data_format": "channels_first"}
_ORDER_SETTERS = {"set_image_dim_ordering", "set_image_data_format"}


class Calls(Expressions):
    """Reads calls."""

    def call(
        self, value: Any, args: tuple[Any, ...], values: Mapping[str, Any], node: ast.Call
    ) -> Any:
        if isinstance(value, Function):
            return self.follow(value, args, values, node.lineno)
        if isinstance(value, (Made, Model)):
            return self._connected(value, args, values, node)
        if isinstance(value, Bound):
            return self._method(value, args, values, node)
        if isinstance(value, Named):
            return self._named(value, args, values, node)
        return self._passed_over(node, args, values)

    # Functions and classes that are imported ------------------------------------------------------

    def _named(
        self, named: Named, args: tuple[Any, ...], values: Mapping[str, Any], node: ast.Call
    ) -> Any:
        if named.path in FUNCTIONS and all(map(is_known, (*args, *values.values()))):
            self.spend(weight(*args, *values.values()), node.lineno)
            return FUNCTIONS[named.path](*args, **values)
        if named.path in ("list", "tuple", "enumerate", "reversed", "zip", "len"):
            return self._of_layers(named.path, args, node)
        if not named.in_keras:
            return self._passed_over(node, args, values, named)
        self.found.used.append((named.path, node.lineno))
        if named.last in _ORDERS:
            return self._order(named.last, node.lineno)
        if named.last in _ORDER_SETTERS and args and isinstance(args[0], str):
            self.found.order = (args[0], node.lineno)
            return None
        return self._of_keras(named, args, values, node)

    def _of_layers(self, name: str, args: tuple[Any, ...], node: ast.Call) -> Any:
        """``list(layers)`` and its like, of values that are no constants."""
        if len(args) == 1 and isinstance(args[0], (list, tuple)):
            if name == "len":
                return len(args[0])
            self.spend(len(args[0]), node.lineno)
            if name == "enumerate":
                return [(index, item) for index, item in enumerate(args[0])]
            made = list(args[0])
            return {"tuple": tuple(made), "reversed": made[::-1]}.get(name, made)
        return self._passed_over(node, args, {}, Named(name))

    def _of_keras(
        self, named: Named, args: tuple[Any, ...], values: Mapping[str, Any], node: ast.Call
    ) -> Any:
        line = node.lineno
        if named.last == "Sequential":
            return self._chain(args, values, line)
        if named.last in ("Model", "Functional"):
            return self._graph(args, values, line)
        if named.last == "Input":
            made = self.made(named, args, values, line)
            return Tensor(made, ())
        if named.last in MERGING_FUNCTIONS or named.last == "merge":
            return self._merged(named, args, values, line)
        parts = set(named.path.split("."))
        if named.last[:1].isupper() or parts & _SETTINGS:
            return self.made(named, args, values, line)
        return self._passed_over(node, args, values, named)

    def made(
        self, named: Named, args: tuple[Any, ...], values: Mapping[str, Any], line: int
    ) -> Made:
        """What a class of Keras makes."""
        made = Made(named, args, dict(values), line)
        self.found.made.append(made)
        return made

    def _order(self, word: str, line: int) -> str:
        if self.found.order is not None:
            first = self.found.order[0] in ("th", "channels_first")
            return _FIRST[word] if first else _ORDERS[word]
        self.note(
            line,
            _(
                "{word}() was taken to be {value}: that was the default, and is konv's order",
                word=word,
                value=repr(_ORDERS[word]),
            ),
        )
        return _ORDERS[word]

    # Models ---------------------------------------------------------------------------------------

    def _chain(self, args: tuple[Any, ...], values: Mapping[str, Any], line: int) -> Chain:
        chain = Chain(line, name=_text(values.get("name")))
        self.found.models.append(chain)
        parts = values.get("layers", args[0] if args else ())
        if isinstance(parts, (list, tuple)):
            for part in parts:
                self._add(chain, part, line)
        elif parts is not None:
            self._add(chain, parts, line)
        return chain

    def _graph(self, args: tuple[Any, ...], values: Mapping[str, Any], line: int) -> Graph:
        ends = []
        for position, words in enumerate((("inputs", "input"), ("outputs", "output"))):
            given = [values[word] for word in words if word in values]
            ends.append(given[0] if given else args[position] if len(args) > position else None)
            self.found.arguments.extend((word, line) for word in words if word in values)
        graph = Graph(line, name=_text(values.get("name")), inputs=ends[0], outputs=ends[1])
        self.found.models.append(graph)
        return graph

    def _merged(
        self, named: Named, args: tuple[Any, ...], values: Mapping[str, Any], line: int
    ) -> Tensor:
        tensors = args[0] if args else values.get("inputs", ())
        given = {key: value for key, value in values.items() if key != "inputs"}
        kind = MERGING_FUNCTIONS.get(named.last, "merge")
        made = self.made(Named(f"keras.layers.{kind}"), tuple(args[1:]), given, line)
        return self._tensor(made, tensors)

    def _connected(
        self, value: Any, args: tuple[Any, ...], values: Mapping[str, Any], node: ast.Call
    ) -> Any:
        """``layer(x)`` or ``model(x)``: arguments beside the tensor, ``training`` say, are not
        those of a layer."""
        if set(values) - {"training", "inputs"} or len(args) > 1:
            return self._passed_over(node, args, values)
        tensors = args[0] if args else values.get("inputs")
        if isinstance(value, Model):
            value.inside = True
            return Tensor(Made(Named("model"), (value,), {}, node.lineno), _several(tensors))
        return self._tensor(value, tensors)

    def _tensor(self, made: Made, tensors: Any) -> Tensor:
        return Tensor(made, _several(tensors))

    def _add(self, chain: Chain, part: Any, line: int) -> None:
        if isinstance(part, Model):
            part.inside = True
        if isinstance(part, Tensor) and isinstance(part.made, Made) and not part.inputs:
            part = part.made  # Input(…) among the layers
        chain.parts.append(part)
        self.spend(1, line)

    # Methods --------------------------------------------------------------------------------------

    def _method(
        self, bound: Bound, args: tuple[Any, ...], values: Mapping[str, Any], node: ast.Call
    ) -> Any:
        owner, name = bound.owner, bound.name
        if isinstance(owner, Model):
            return self._of_model(owner, name, args, values, node)
        if isinstance(owner, str) and name in _TEXT_METHODS and all(map(is_known, args)):
            return _of_text(owner, name, args)
        if isinstance(owner, dict) and name in ("items", "keys", "values", "get"):
            return self._of_dict(owner, name, args, node)
        if isinstance(owner, list) and name in ("append", "extend", "insert", "pop"):
            return self._of_list(owner, name, args, node)
        return self._passed_over(node, (owner, *args), values)

    def _of_list(
        self, owner: list[Any], name: str, args: tuple[Any, ...], node: ast.Call
    ) -> Any:
        self.spend(1 + len(owner) // 64, node.lineno)
        if name == "extend":
            if len(args) != 1 or not isinstance(args[0], (list, tuple)):
                return self._passed_over(node, (owner, *args), {})
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
            self._add(model, args[0], line)
            return None
        if isinstance(model, Chain) and name == "add" and not args and set(values) == {"layer"}:
            self._add(model, values["layer"], line)
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
        return self._passed_over(node, (model, *args), values)

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

    # What is not understood -----------------------------------------------------------------------

    def _passed_over(
        self,
        node: ast.Call,
        args: tuple[Any, ...],
        values: Mapping[str, Any],
        named: Named | None = None,
    ) -> Unknown:
        """The unknown result of a call. If it is given a model, it might change it: refused."""
        harmless = named is not None and named.last in HARMLESS_FUNCTIONS
        if not harmless and any(map(holds_model, (*args, *values.values()))):
            self.refuse(node.lineno, _("{call}: it may change the model", call=self.source_of(node)))
        return self.unknown(node)


def holds_model(value: Any) -> bool:
    """Whether a value is a model or a layer that could be changed, or a list with one in it."""
    if isinstance(value, (list, tuple)):
        return any(isinstance(item, (Model, Made)) for item in value)
    return isinstance(value, (Model, Made)) and not _is_setting(value)


def _is_setting(value: Any) -> bool:
    return isinstance(value, Made) and bool(set(value.named.path.split(".")) & _OTHERS)


# Modules of Keras with classes that are no layers.
_OTHERS = _SETTINGS | {"callbacks", "preprocessing", "losses", "metrics", "utils", "datasets"}


def _several(tensors: Any) -> tuple[Tensor | Unknown, ...]:
    given = tensors if isinstance(tensors, (list, tuple)) else (tensors,)
    return tuple(
        item if isinstance(item, (Tensor, Unknown)) else Unknown(type(item).__name__, 0)
        for item in given
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


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
