"""Expressions: constants are worked out, layers and models are followed, the rest is unknown."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from konv.formats.code_reading.arrays import Array
from konv.formats.code_reading.constants import (
    NoConstantError,
    combine,
    compare,
    formatted,
    signed,
    subscript,
    weight,
)
from konv.formats.code_reading.run import Run, Scope
from konv.formats.code_reading.touching import touches
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
from konv.formats.code_reading.vocabulary import HARMLESS_METHODS, words_of
from konv.language import translate as _

__all__ = ["Expressions"]


class Expressions(Run):
    """Reads expressions."""

    def evaluate(self, node: ast.expr) -> Any:
        reader = _READERS.get(type(node))
        if reader is None:
            return self.left_out(node)
        with self.deeper(node.lineno):
            try:
                return reader(self, node)
            except NoConstantError:
                return self.unknown(node)

    def left_out(self, node: ast.expr) -> Unknown:
        """What stands for an expression that is not followed; refused if it may change a model."""
        self.spend(sum(1 for _node in ast.walk(node)), node.lineno)
        if touches(node, self.scope):
            code = self.source_of(node)
            self.refuse(node.lineno, _("{code}: it may change the model", code=code))
        return self.unknown(node)

    def evaluate_all(self, nodes: Iterable[ast.expr]) -> list[Any]:
        """The values of expressions, those behind a star laid out."""
        values: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                value = self.evaluate(node.value)
                if not isinstance(value, (list, tuple)):
                    values.append(self.unknown(node))
                    continue
                values.extend(value)
            else:
                values.append(self.evaluate(node))
        self.spend(len(values), 0)
        return values

    def items_of(self, value: Any, line: int) -> Iterator[Any] | None:
        """What a loop goes through, counted; None if that is not known."""
        if not isinstance(value, (range, list, tuple, dict, str)):
            return None
        return self._counted(list(value) if isinstance(value, list) else value, line)

    def _counted(self, values: Iterable[Any], line: int) -> Iterator[Any]:
        for value in values:
            self.spend(1, line)
            yield value

    def arguments_of(self, node: ast.Call) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The values of a call, without and with a name; ``**values`` of constants laid out."""
        args = tuple(self.evaluate_all(node.args))
        values: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is not None:
                values[keyword.arg] = value
            elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
                values.update(value)
            else:
                values["**"] = self.unknown(keyword.value)
        return args, values

    def attribute_of(self, owner: Any, name: str, node: ast.expr) -> Any:
        """``owner.name``."""
        if isinstance(owner, Named):
            return Named(f"{owner.path}.{name}")
        if isinstance(owner, Chain) and name == "layers":
            return tuple(owner.parts)
        if isinstance(owner, Model):
            if name in ("add", "pop", "build", *HARMLESS_METHODS):
                return Bound(owner, name)
            return self.unknown(node) if name in _READ_OF_MODELS else Bound(owner, name)
        if isinstance(owner, Array) and name == "shape":
            return owner.shape
        if isinstance(owner, (list, tuple, dict, str, Array)):
            return Bound(owner, name)
        return self.unknown(node)


# Attributes of a model that only tell something.
_READ_OF_MODELS = words_of(
    """
    get_layer history input inputs input_shape layers metrics metrics_names name optimizer
    output outputs output_shape trainable trainable_weights variables weights
    """
)


def _constant(run: Expressions, node: Any) -> Any:
    known = isinstance(node.value, (bool, int, float, str, type(None)))
    return node.value if known else run.unknown(node)


def _name(run: Expressions, node: Any) -> Any:
    return run.look_up(node.id, node.lineno)


def _tuple(run: Expressions, node: Any) -> tuple[Any, ...]:
    return tuple(run.evaluate_all(node.elts))


def _list(run: Expressions, node: Any) -> list[Any]:
    return run.evaluate_all(node.elts)


def _dict(run: Expressions, node: Any) -> Any:
    made: dict[Any, Any] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = run.evaluate(value_node)
        if key_node is None:
            if not isinstance(value, dict):
                return run.unknown(node)
            made.update(value)
            continue
        key = run.evaluate(key_node)
        if not isinstance(key, (str, int)):
            return run.unknown(node)
        made[key] = value
    run.spend(len(made), node.lineno)
    return made


def _binary(run: Expressions, node: Any) -> Any:
    left, right = run.evaluate(node.left), run.evaluate(node.right)
    if isinstance(left, Tensor) and isinstance(right, Tensor) and isinstance(node.op, ast.Add):
        made = Made(Named("keras.layers.Add"), (), {}, node.lineno)
        run.found.made.append(made)
        return Tensor(made, (left, right))
    if isinstance(left, Array) and isinstance(right, (int, float)):
        return left  # x / 255
    joined = isinstance(left, (list, tuple)) and type(left) is type(right)
    if not joined and not (is_known(left) and is_known(right)):
        return run.unknown(node)
    run.spend(weight(left, right), node.lineno)
    return combine(node.op, left, right)


def _unary(run: Expressions, node: Any) -> Any:
    value = run.evaluate(node.operand)
    return signed(node.op, value) if is_known(value) else run.unknown(node)


def _compare(run: Expressions, node: Any) -> Any:
    left = run.evaluate(node.left)
    for operation, further in zip(node.ops, node.comparators, strict=True):
        right = run.evaluate(further)
        if not (is_known(left) and is_known(right)):
            return run.unknown(node)
        run.spend(weight(left, right), node.lineno)
        if not compare(operation, left, right):
            return False
        left = right
    return True


def _either(run: Expressions, node: Any) -> Any:
    value: Any = None
    for part in node.values:
        value = run.evaluate(part)
        if not is_known(value):
            return run.unknown(node)
        if bool(value) is isinstance(node.op, ast.Or):
            return value
    return value


def _choice(run: Expressions, node: Any) -> Any:
    condition = run.evaluate(node.test)
    if not is_known(condition):
        return run.unknown(node)
    return run.evaluate(node.body if condition else node.orelse)


def _subscript(run: Expressions, node: Any) -> Any:
    value = run.evaluate(node.value)
    if not isinstance(value, (list, tuple, dict, str, range, Array)):
        return run.unknown(node)
    part = node.slice
    if not isinstance(part, ast.Slice):
        return subscript(value, run.evaluate(part))
    ends = [
        None if end is None else run.evaluate(end) for end in (part.lower, part.upper, part.step)
    ]
    if not all(end is None or isinstance(end, int) for end in ends):
        return run.unknown(node)
    found = subscript(value, slice(*ends))
    run.spend(len(found) if isinstance(found, (list, tuple)) else 0, node.lineno)
    return found


def _attribute(run: Expressions, node: Any) -> Any:
    return run.attribute_of(run.evaluate(node.value), node.attr, node)


def _call(run: Expressions, node: Any) -> Any:
    value = run.evaluate(node.func)
    args, values = run.arguments_of(node)
    return run.call(value, args, values, node)


def _f_string(run: Expressions, node: Any) -> Any:
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
            continue
        value = run.evaluate(part.value)
        spec = "" if part.format_spec is None else _f_string(run, part.format_spec)
        if part.conversion != -1 or not is_known(value) or not isinstance(spec, str):
            return run.unknown(node)
        run.spend(weight(value), node.lineno)
        text = combine(ast.Add(), text, formatted(value, spec))
    return text


def _comprehension(run: Expressions, node: Any) -> Any:
    if len(node.generators) != 1:
        return run.left_out(node)
    [loop] = node.generators
    items = run.items_of(run.evaluate(loop.iter), node.lineno)
    if items is None or not isinstance(loop.target, ast.Name):
        return run.left_out(node)
    made = []
    outer, run.scope = run.scope, Scope(outer=run.scope)
    try:
        for item in items:
            run.scope.names[loop.target.id] = item
            tests = [run.evaluate(test) for test in loop.ifs]
            if not all(map(is_known, tests)):
                return run.left_out(node)
            if all(tests):
                made.append(run.evaluate(node.elt))
    finally:
        run.scope = outer
    return made


_READERS: Mapping[type[ast.expr], Callable[[Expressions, Any], Any]] = MappingProxyType(
    {
        ast.Attribute: _attribute,
        ast.BinOp: _binary,
        ast.BoolOp: _either,
        ast.Call: _call,
        ast.Compare: _compare,
        ast.Constant: _constant,
        ast.Dict: _dict,
        ast.GeneratorExp: _comprehension,
        ast.IfExp: _choice,
        ast.JoinedStr: _f_string,
        ast.List: _list,
        ast.ListComp: _comprehension,
        ast.Name: _name,
        ast.Subscript: _subscript,
        ast.Tuple: _tuple,
        ast.UnaryOp: _unary,
    }
)
