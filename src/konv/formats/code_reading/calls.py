"""Calls: layers and models are made and connected; what might change a model is refused."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from konv.formats.code_reading.arrays import Array, data_set, function_of_array, is_data_set
from konv.formats.code_reading.constants import FUNCTIONS, weight
from konv.formats.code_reading.methods import SETTINGS, Methods
from konv.formats.code_reading.values import (
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
from konv.formats.code_reading.vocabulary import (
    MERGING_FUNCTIONS,
)
from konv.language import translate as _

__all__ = ["Calls"]

_NETWORK = (Chain, Graph, Made, Tensor)
# Modules of Keras whose functions make settings of layers rather than layers.
_SETTINGS = {"regularizers", "constraints", "initializers", "initializations", "optimizers"}
# What the backend says of the order of axes, by its name then and now.
_ORDERS = {"image_dim_ordering": "tf", "image_data_format": "channels_last"}
_FIRST = {"image_dim_ordering": "th", "image_data_format": "channels_first"}
# What makes models that no code describes.
_LOADERS = ("load_model", "model_from_json", "model_from_yaml", "from_config")
_ORDER_SETTERS = {"set_image_dim_ordering", "set_image_data_format"}


class Calls(Methods):
    """Reads calls."""

    def call(
        self, value: Any, args: tuple[Any, ...], values: Mapping[str, Any], node: ast.Call
    ) -> Any:
        if isinstance(value, Function):
            return self.follow(value, args, values, node.lineno)
        if isinstance(value, (Made, Model)):
            return self._connected(value, args, values, node)
        if isinstance(value, Bound):
            return self.call_method(value, args, values, node)
        if isinstance(value, Named):
            return self._named(value, args, values, node)
        return self.pass_call_over(node, args, values)

    # Functions and classes that are imported ------------------------------------------------------

    def _named(
        self, named: Named, args: tuple[Any, ...], values: Mapping[str, Any], node: ast.Call
    ) -> Any:
        if args and isinstance(args[0], Array):
            return function_of_array(named.last, args, values)
        if named.path in FUNCTIONS and all(map(is_known, (*args, *values.values()))):
            self.spend(weight(*args, *values.values()), node.lineno)
            return FUNCTIONS[named.path](*args, **values)
        if named.path in ("list", "tuple", "enumerate", "reversed", "zip", "len"):
            return self._of_layers(named.path, args, node)
        if not named.in_keras:
            return self.pass_call_over(node, args, values, named)
        self.found.used.append((named.path, node.lineno))
        if is_data_set(named.path):
            return self._data_set(named.path, node.lineno)
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
        return self.pass_call_over(node, args, {}, Named(name))

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
        if "applications" in parts and named.last[:1].isupper():
            self.refuse(line, _("{name}: its layers stand in Keras, not here", name=named.last))
        if named.last in _LOADERS:
            self.found.elsewhere.append((line, f"{named.last}(…)"))
        if named.last[:1].isupper() or parts & SETTINGS:
            return self.made(named, args, values, line)
        return self.pass_call_over(node, args, values, named)

    def made(
        self, named: Named, args: tuple[Any, ...], values: Mapping[str, Any], line: int
    ) -> Made:
        """What a class of Keras makes."""
        made = Made(named, args, dict(values), line)
        self.found.made.append(made)
        return made

    def _data_set(self, path: str, line: int) -> Any:
        name = path.split(".")[-2]
        self.note(
            line, _("the data set {name} is known: its sizes and classes are followed", name=name)
        )
        order = self.found.order
        return data_set(path, channels_first=order is not None and order[0] in _FIRST.values())

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
                self.add_part(chain, part, line)
        elif parts is not None:
            self.add_part(chain, parts, line)
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
            return self.pass_call_over(node, args, values)
        tensors = args[0] if args else values.get("inputs")
        if isinstance(value, Model):
            value.inside = True
            return Tensor(Made(Named("model"), (value,), {}, node.lineno), _several(tensors))
        return self._tensor(value, tensors)

    def _tensor(self, made: Made, tensors: Any) -> Tensor:
        return Tensor(made, _several(tensors))


def _several(tensors: Any) -> tuple[Tensor | Unknown, ...]:
    given = tensors if isinstance(tensors, (list, tuple)) else (tensors,)
    return tuple(
        item if isinstance(item, (Tensor, Unknown)) else Unknown(type(item).__name__, 0)
        for item in given
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
