"""Statements: those that build the network are followed, the others are passed over."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from konv.formats.code_reading.calls import Calls
from konv.formats.code_reading.methods import holds_model
from konv.formats.code_reading.parameters import fitted
from konv.formats.code_reading.run import Scope
from konv.formats.code_reading.touching import assigned_names, touches
from konv.formats.code_reading.values import (
    Function,
    Made,
    Model,
    Named,
    Tensor,
    Unknown,
    is_known,
)
from konv.language import translate as _

__all__ = ["Interpreter"]


@dataclass(frozen=True)
class _Ended:
    """What ends a body early: "return" with its value, "break" or "continue"."""

    by: str
    value: Any = None


class Interpreter(Calls):
    """Reads whole programs."""

    def execute(self, body: Sequence[ast.stmt]) -> _Ended | None:
        for statement in body:
            reader = _READERS.get(type(statement))
            with self.deeper(statement.lineno):
                ended = reader(self, statement) if reader else self.pass_over(statement)
            if ended is not None:
                return ended
        return None

    def follow(
        self, function: Function, args: tuple[Any, ...], values: Mapping[str, Any], line: int
    ) -> Any:
        node = function.node
        names = fitted(node.args, args, values, self._default_in(function))
        if names is None:
            self.refuse(line, _("{name}(…) is called with other arguments", name=node.name))
            return Unknown(node.name, line)
        outer, self.scope = self.scope, Scope(names, function.scope)
        try:
            with self.deeper(line):
                ended = self.execute(node.body)
        finally:
            self.scope = outer
        return ended.value if ended is not None and ended.by == "return" else None

    def _default_in(self, function: Function) -> Callable[[ast.expr], Any]:
        def default(node: ast.expr) -> Any:
            outer, self.scope = self.scope, function.scope
            try:
                return self.evaluate(node)
            finally:
                self.scope = outer

        return default

    def pass_over(self, statement: ast.stmt) -> _Ended | None:
        """Leave a statement out, unless it may change the network."""
        self.spend(sum(1 for _node in ast.walk(statement)), statement.lineno)
        if touches(statement, self.scope):
            self.refuse(
                statement.lineno,
                _("{code}: whether this is done is not known", code=self.source_of(statement)),
            )
        for name in assigned_names(statement):
            self.scope.names[name] = Unknown(name, statement.lineno)
        return None

    # Assigning ------------------------------------------------------------------------------------

    def assign(self, target: ast.expr, value: Any) -> None:
        """Give names to a value, or to the parts of one."""
        if isinstance(target, ast.Name):
            if isinstance(value, Model):
                value.variable = target.id
            self.scope.names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value)
        elif isinstance(target, ast.Attribute):
            self._set(self.evaluate(target.value), target)
        elif isinstance(target, ast.Subscript):
            self._put(target, value)

    def _unpack(self, targets: Sequence[ast.expr], value: Any) -> None:
        starred = any(isinstance(target, ast.Starred) for target in targets)
        known = isinstance(value, (list, tuple)) and len(value) == len(targets) and not starred
        for index, target in enumerate(targets):
            inner = target.value if isinstance(target, ast.Starred) else target
            self.assign(inner, value[index] if known else self.unknown(inner))

    def _set(self, owner: Any, target: ast.Attribute) -> None:
        """``owner.name = …``: of a layer only whether it is trained may be set."""
        if not isinstance(owner, (Model, Made, Tensor)):
            return
        if target.attr == "trainable":
            self.note(target.lineno, _("every layer is trained here: trainable is left out"))
        else:
            self.refuse(
                target.lineno,
                _("{code} = …: it may change the model", code=self.source_of(target)),
            )

    def _put(self, target: ast.Subscript, value: Any) -> None:
        """``owner[index] = …``"""
        owner, index = self.evaluate(target.value), None
        if not isinstance(target.slice, ast.Slice):
            index = self.evaluate(target.slice)
        if isinstance(owner, list) and isinstance(index, int) and abs(index) < len(owner):
            owner[index] = value
        elif isinstance(owner, dict) and isinstance(index, (str, int)):
            owner[index] = value
            self.spend(1, target.lineno)
        elif holds_model(owner):
            self.refuse(
                target.lineno,
                _("{code} = …: it may change the model", code=self.source_of(target)),
            )


def _import(run: Interpreter, node: Any) -> None:
    for alias in node.names:
        run.found.imports.append((alias.name, node.lineno))
        path = alias.name if alias.asname else alias.name.partition(".")[0]
        run.scope.names[alias.asname or path] = Named(path)


def _import_from(run: Interpreter, node: Any) -> None:
    module = "." * node.level + (node.module or "")
    if module == "__future__":
        return
    for alias in node.names:
        path = f"{module}.{alias.name}"
        run.found.imports.append((path, node.lineno))
        if alias.name != "*":
            run.scope.names[alias.asname or alias.name] = Named(path)


def _assign(run: Interpreter, node: Any) -> None:
    value = run.evaluate(node.value)
    for target in node.targets:
        run.assign(target, value)


def _annotated(run: Interpreter, node: Any) -> None:
    if node.value is not None:
        run.assign(node.target, run.evaluate(node.value))


def _augmented(run: Interpreter, node: Any) -> None:
    reading = ast.copy_location(_as_read(node.target), node.target)
    operation = ast.copy_location(ast.BinOp(reading, node.op, node.value), node)
    run.assign(node.target, run.evaluate(operation))


def _as_read(target: Any) -> Any:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    return target


def _expression(run: Interpreter, node: Any) -> None:
    value = run.evaluate(node.value)
    if isinstance(value, Made) and run.scope.outer is None:
        run.found.loose.append(value)


def _function(run: Interpreter, node: Any) -> None:
    function = Function(node, run.scope)
    run.scope.names[node.name] = function
    if run.scope.outer is None:
        run.found.functions.append(function)


def _class(run: Interpreter, node: Any) -> None:
    run.scope.names[node.name] = Unknown(f"class {node.name}", node.lineno)
    bases = [run.evaluate(base) for base in node.bases]
    if any(isinstance(base, Named) and base.in_keras for base in bases):
        run.found.elsewhere.append((node.lineno, f"class {node.name}"))


def _return(run: Interpreter, node: Any) -> _Ended:
    return _Ended("return", None if node.value is None else run.evaluate(node.value))


def _if(run: Interpreter, node: Any) -> _Ended | None:
    if _is_main(node.test):
        return run.execute(node.body)
    condition = run.evaluate(node.test)
    if not is_known(condition):
        return run.pass_over(node)
    return run.execute(node.body if condition else node.orelse)


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and (
        isinstance(test.left, ast.Name) and test.left.id == "__name__"
    )


def _for(run: Interpreter, node: Any) -> _Ended | None:
    items = run.items_of(run.evaluate(node.iter), node.lineno)
    if items is None:
        return run.pass_over(node)
    for item in items:
        run.assign(node.target, item)
        ended = run.execute(node.body)
        if ended is not None and ended.by == "return":
            return ended
        if ended is not None and ended.by == "break":
            return None
    return run.execute(node.orelse)


def _while(run: Interpreter, node: Any) -> _Ended | None:
    while True:
        condition = run.evaluate(node.test)
        if not is_known(condition):
            return run.pass_over(node)
        if not condition:
            return run.execute(node.orelse)
        ended = run.execute(node.body)
        if ended is not None and ended.by == "return":
            return ended
        if ended is not None and ended.by == "break":
            return None


def _with(run: Interpreter, node: Any) -> _Ended | None:
    for item in node.items:
        value = run.evaluate(item.context_expr)
        if item.optional_vars is not None:
            run.assign(item.optional_vars, value)
    return run.execute(node.body)


def _try(run: Interpreter, node: Any) -> _Ended | None:
    """As if nothing went wrong."""
    return run.execute(node.body) or run.execute(node.orelse) or run.execute(node.finalbody)


def _ends(by: str) -> Callable[[Interpreter, Any], _Ended]:
    return lambda run, node: _Ended(by)


def _nothing(run: Interpreter, node: Any) -> None:
    return None


def _delete(run: Interpreter, node: Any) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            run.scope.names.pop(target.id, None)
        elif touches(target, run.scope):
            run.refuse(node.lineno, _("del {code}", code=run.source_of(target)))


_READERS: Mapping[type[ast.stmt], Callable[[Interpreter, Any], _Ended | None]] = MappingProxyType(
    {
        ast.AnnAssign: _annotated,
        ast.Assert: _nothing,
        ast.Assign: _assign,
        ast.AugAssign: _augmented,
        ast.Break: _ends("break"),
        ast.ClassDef: _class,
        ast.Continue: _ends("continue"),
        ast.Delete: _delete,
        ast.Expr: _expression,
        ast.For: _for,
        ast.FunctionDef: _function,
        ast.Global: _nothing,
        ast.If: _if,
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.Pass: _nothing,
        ast.Return: _return,
        ast.Try: _try,
        ast.While: _while,
        ast.With: _with,
    }
)
