"""From a tree to LLVM IR: one function of C after the other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatchmethod
from typing import Any

import llvmlite.ir as ir

from konv.engines.compiled.emit.values import FLOAT, INT32
from konv.formats.object_code.expression_writer import ExpressionWriter, Value, llvm_type
from konv.formats.object_code.syntax import (
    Assign,
    Binary,
    Block,
    CallOf,
    Continue,
    Declare,
    For,
    Function,
    If,
    Program,
    Return,
    Statement,
)

__all__ = ["write_functions"]


class _Attributes(ir.values.FunctionAttributes):
    """Those that llvmlite knows, and the one that keeps LLVM from calling functions of C.

    It would make ``memset`` and ``memcpy`` of loops, which bare metal may not have.
    """

    _known = frozenset((*ir.values.FunctionAttributes._known, '"no-builtins"'))


def write_functions(
    module: ir.Module, program: Program, arrays: Mapping[str, Any], *, small: bool
) -> None:
    """All functions of a file.

    Args:
        module: where they are written.
        program: the file.
        arrays: the arrays that it uses but does not declare: name -> a global of LLVM.
        small: whether size matters more than speed.
    """
    known = {**arrays, **_data(module, program)}
    for function in program.functions.values():
        _declare(module, function, small=small)
    for function in program.functions.values():
        _FunctionWriter(module, program, known, function).write()


def _data(module: ir.Module, program: Program) -> dict[str, Any]:
    """The memories and the constant structs."""
    found: dict[str, Any] = {}
    for name, size in program.memories.items():
        found[name] = data = ir.GlobalVariable(module, ir.ArrayType(FLOAT, size), name)
        data.linkage, data.align = "internal", 4
        data.initializer = ir.Constant(data.value_type, None)
    for name, (_struct, numbers) in program.records.items():
        kind = ir.ArrayType(INT32, len(numbers))
        found[name] = data = ir.GlobalVariable(module, kind, name)
        data.linkage, data.global_constant = "internal", True
        data.initializer = ir.Constant(kind, list(numbers))
    return found


def _declare(module: ir.Module, function: Function, *, small: bool) -> None:
    result = ir.VoidType() if function.result.name == "void" else llvm_type(function.result)
    kinds = [llvm_type(parameter.type) for parameter in function.parameters]
    declared = ir.Function(module, ir.FunctionType(result, kinds), function.name)
    declared.attributes = _Attributes()
    for attribute in ("nounwind", '"no-builtins"', *(("optsize",) if small else ())):
        declared.attributes.add(attribute)
    if function.static:
        declared.linkage = "internal"
    for argument, parameter in zip(declared.args, function.parameters, strict=True):
        if parameter.restrict:
            argument.add_attribute("noalias")


class _FunctionWriter(ExpressionWriter):
    """One function in the making."""

    def __init__(
        self, module: ir.Module, program: Program, known: Mapping[str, Any], function: Function
    ) -> None:
        super().__init__(module, program, known, function.name)
        self._function = function
        self._continue_at: Any = None

    def write(self) -> None:
        for argument, parameter in zip(self._ir.args, self._function.parameters, strict=True):
            self._new_variable(parameter.name, Value(argument, parameter.type))
        self._do(self._function.body)
        if not self._builder.block.is_terminated:
            self._builder.ret_void()
        ir.IRBuilder(self._entry).branch(self._ir.basic_blocks[1])

    # Statements

    @singledispatchmethod
    def _do(self, statement: Statement) -> None:
        raise TypeError(type(statement))

    @_do.register
    def _block(self, statement: Block) -> None:
        outside = self._variables
        for each in statement.statements:
            self._do(each)
        self._variables = outside

    @_do.register
    def _declare(self, statement: Declare) -> None:
        self._new_variable(statement.name, self._as(statement.type, statement.value))

    @_do.register
    def _assign(self, statement: Assign) -> None:
        place = self._address(statement.target)
        value = statement.value
        if statement.sign:
            value = Binary(statement.sign, statement.target, value)
        self._builder.store(self._as(place.type, value).value, place.value)

    @_do.register
    def _if(self, statement: If) -> None:
        yes, no, after = self._blocks("yes", "no", "after")
        self._builder.cbranch(self._truth(statement.condition), yes, no)
        self._branch(yes, statement.yes, after)
        self._branch(no, statement.no, after)
        self._builder.position_at_end(after)

    @_do.register
    def _for(self, statement: For) -> None:
        outside, outer = self._variables, self._continue_at
        test, body, step, after = self._blocks("test", "turn", "step", "after")
        self._do(statement.first)
        self._builder.branch(test)
        self._builder.position_at_end(test)
        self._builder.cbranch(self._truth(statement.condition), body, after)
        self._continue_at = step
        self._branch(body, statement.body, step)
        self._branch(step, statement.step, test)
        self._builder.position_at_end(after)
        self._variables, self._continue_at = outside, outer

    @_do.register
    def _continue(self, statement: Continue) -> None:
        self._builder.branch(self._continue_at)

    @_do.register
    def _return(self, statement: Return) -> None:
        self._builder.ret(self._as(self._function.result, statement.value).value)

    @_do.register
    def _called_alone(self, statement: CallOf) -> None:
        self._called(statement)

    def _branch(self, block: Any, statement: Statement, after: Any) -> None:
        """A statement in a block of its own; then it goes on elsewhere."""
        self._builder.position_at_end(block)
        self._do(statement)
        if not self._builder.block.is_terminated:
            self._builder.branch(after)
