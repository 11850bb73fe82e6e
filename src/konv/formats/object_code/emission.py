"""From a tree to LLVM IR: one function of C after the other.

Variables are places in memory, as they are in C; LLVM's first pass makes values of them. Whole
numbers do not overflow (C leaves that open), and products may be added without being rounded first
where a processor can do that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

import llvmlite.ir as ir

from konv.engines.compiled.emit.values import BOOLEAN, BYTE, FLOAT, INDEX, INT32, POINTER
from konv.formats.object_code.mathematics import FUNCTIONS, mathematical
from konv.formats.object_code.syntax import (
    Assign,
    Binary,
    Block,
    CallOf,
    Cast,
    Choose,
    Continue,
    Declare,
    Expression,
    For,
    Function,
    If,
    Index,
    Literal,
    Member,
    Name,
    Program,
    Return,
    Statement,
    Type,
    Unary,
)

__all__ = ["write_functions"]

_INT, _FLOAT, _TRUTH = Type("int"), Type("float"), Type("truth")
_TYPES = {"int": INT32, "float": FLOAT, "unsigned char": BYTE, "truth": BOOLEAN}
_WHOLE = {"+": "add", "-": "sub", "*": "mul", "/": "sdiv"}
_REAL = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv"}
_COMPARISONS = ("<", ">", "<=", ">=", "==", "!=")


@dataclass(frozen=True, eq=False)
class _Value:
    """A value of LLVM, and what it is in C."""

    value: Any
    type: Type


class _Attributes(ir.values.FunctionAttributes):  # type: ignore[misc]
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
    result = ir.VoidType() if function.result.name == "void" else _llvm_type(function.result)
    kinds = [_llvm_type(parameter.type) for parameter in function.parameters]
    declared = ir.Function(module, ir.FunctionType(result, kinds), function.name)
    declared.attributes = _Attributes()
    for attribute in ("nounwind", '"no-builtins"', *(("optsize",) if small else ())):
        declared.attributes.add(attribute)
    if function.static:
        declared.linkage = "internal"
    for argument, parameter in zip(declared.args, function.parameters, strict=True):
        if parameter.restrict:
            argument.add_attribute("noalias")


def _llvm_type(kind: Type) -> Any:
    return POINTER if kind.pointer else _TYPES[kind.name]


class _FunctionWriter:
    """One function in the making."""

    def __init__(
        self, module: ir.Module, program: Program, known: Mapping[str, Any], function: Function
    ) -> None:
        self._module, self._program, self._known = module, program, known
        self._function = function
        self._ir = module.globals[function.name]
        self._entry = self._ir.append_basic_block("entry")
        self._builder = ir.IRBuilder(self._ir.append_basic_block("body"))
        self._variables: dict[str, _Value] = {}
        self._continue_at: Any = None

    def write(self) -> None:
        for argument, parameter in zip(self._ir.args, self._function.parameters, strict=True):
            self._new_variable(parameter.name, _Value(argument, parameter.type))
        self._do(self._function.body)
        if not self._builder.block.is_terminated:
            self._builder.ret_void()
        ir.IRBuilder(self._entry).branch(self._ir.basic_blocks[1])

    def _place(self, kind: Any) -> Any:
        """Room for a variable; all of it is taken at the beginning of the function."""
        return ir.IRBuilder(self._entry).alloca(kind)

    def _new_variable(self, name: str, value: _Value) -> None:
        place = self._place(_llvm_type(value.type))
        self._builder.store(value.value, place)
        self._variables = {**self._variables, name: _Value(place, value.type)}

    # Statements

    @singledispatchmethod
    def _do(self, statement: Statement) -> None:
        raise TypeError(type(statement))

    @_do.register
    def _(self, statement: Block) -> None:
        outside = self._variables
        for each in statement.statements:
            self._do(each)
        self._variables = outside

    @_do.register
    def _(self, statement: Declare) -> None:
        self._new_variable(statement.name, self._as(statement.type, statement.value))

    @_do.register
    def _(self, statement: Assign) -> None:
        place = self._address(statement.target)
        value = statement.value
        if statement.sign:
            value = Binary(statement.sign, statement.target, value)
        self._builder.store(self._as(place.type, value).value, place.value)

    @_do.register
    def _(self, statement: If) -> None:
        yes, no, after = self._blocks("yes", "no", "after")
        self._builder.cbranch(self._truth(statement.condition), yes, no)
        self._branch(yes, statement.yes, after)
        self._branch(no, statement.no, after)
        self._builder.position_at_end(after)

    @_do.register
    def _(self, statement: For) -> None:
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
    def _(self, statement: Continue) -> None:
        self._builder.branch(self._continue_at)

    @_do.register
    def _(self, statement: Return) -> None:
        self._builder.ret(self._as(self._function.result, statement.value).value)

    @_do.register
    def _(self, statement: CallOf) -> None:
        self._called(statement)

    def _blocks(self, *names: str) -> list[Any]:
        return [self._ir.append_basic_block(name) for name in names]

    def _branch(self, block: Any, statement: Statement, after: Any) -> None:
        """A statement in a block of its own; then it goes on elsewhere."""
        self._builder.position_at_end(block)
        self._do(statement)
        if not self._builder.block.is_terminated:
            self._builder.branch(after)

    # Expressions

    def _address(self, target: Expression) -> _Value:
        """Where a value lies, and what it is."""
        if isinstance(target, Name):
            return self._variables[target.name]
        if isinstance(target, Index):
            array, place = self._value(target.array), self._value(target.place)
            return _Value(self._moved(array, place.value), Type(array.type.name))
        raise TypeError(type(target))

    def _moved(self, pointer: _Value, steps: Any) -> Any:
        return self._builder.gep(pointer.value, [steps], source_etype=_TYPES[pointer.type.name])

    def _as(self, kind: Type, expression: Expression) -> _Value:
        """A value, turned into another type where C does that unasked."""
        if kind.pointer and expression == Literal(0):
            return _Value(ir.Constant(POINTER, None), kind)
        value = self._value(expression)
        if value.type == _TRUTH and kind == _INT:
            return _Value(self._builder.zext(value.value, INT32), kind)
        return _Value(value.value, kind)

    def _truth(self, expression: Expression) -> Any:
        return self._value(expression).value

    @singledispatchmethod
    def _value(self, expression: Expression) -> _Value:
        raise TypeError(type(expression))

    @_value.register
    def _(self, expression: Literal) -> _Value:
        if isinstance(expression.value, int):
            return _Value(ir.Constant(INT32, expression.value), _INT)
        return _Value(ir.Constant(FLOAT, expression.value), _FLOAT)

    @_value.register
    def _(self, expression: Name) -> _Value:
        if expression.name in self._variables:
            place = self._variables[expression.name]
            loaded = self._builder.load(place.value, typ=_llvm_type(place.type))
            return _Value(loaded, place.type)
        name = self._program.records.get(expression.name, ("float",))[0]
        return _Value(self._known[expression.name], Type(name, pointer=True))

    @_value.register
    def _(self, expression: Unary) -> _Value:
        value = self._value(expression.operand)
        if expression.sign == "&":  # a constant struct is known by its address anyhow
            return value
        if expression.sign == "!":
            return _Value(self._builder.not_(value.value), _TRUTH)
        negative = self._builder.fneg if value.type == _FLOAT else self._builder.neg
        return _Value(negative(value.value), value.type)

    @_value.register
    def _(self, expression: Cast) -> _Value:
        value = self._value(expression.operand)
        turned = self._builder.sitofp if value.type == _INT else self._builder.uitofp
        return _Value(turned(value.value, FLOAT), expression.type)

    @_value.register
    def _(self, expression: Index) -> _Value:
        place = self._address(expression)
        kind = _llvm_type(place.type)
        align = 1 if kind is BYTE else 4
        return _Value(self._builder.load(place.value, typ=kind, align=align), place.type)

    @_value.register
    def _(self, expression: Member) -> _Value:
        pointer = self._value(expression.pointer)
        number = self._program.structs[pointer.type.name].index(expression.field)
        steps = [ir.Constant(INT32, number)]
        place = self._builder.gep(pointer.value, steps, source_etype=INT32)
        return _Value(self._builder.load(place, typ=INT32, align=4), _INT)

    @_value.register
    def _(self, expression: Choose) -> _Value:
        condition = self._truth(expression.condition)
        return self._either(condition, expression.yes, expression.no)

    @_value.register
    def _(self, expression: CallOf) -> _Value:
        return self._called(expression)

    @_value.register
    def _(self, expression: Binary) -> _Value:
        if expression.sign == "&&":
            return self._either(self._truth(expression.left), expression.right, None)
        if expression.sign == "||":
            return self._either(self._truth(expression.left), None, expression.right)
        left = self._value(expression.left)
        right = self._as(left.type, expression.right)
        if left.type.pointer and expression.sign == "+":
            return _Value(self._moved(left, right.value), left.type)
        if expression.sign in _COMPARISONS:
            return _Value(self._compared(expression.sign, left, right.value), _TRUTH)
        if left.type == _FLOAT:
            operation = getattr(self._builder, _REAL[expression.sign])
            return _Value(operation(left.value, right.value, flags=["contract"]), _FLOAT)
        operation = getattr(self._builder, _WHOLE[expression.sign])
        flags = [] if expression.sign == "/" else ["nsw"]
        return _Value(operation(left.value, right.value, flags=flags), _INT)

    def _compared(self, sign: str, left: _Value, right: Any) -> Any:
        if left.type == _FLOAT:
            unordered = sign == "!="  # what is not a number differs from everything
            compare = self._builder.fcmp_unordered if unordered else self._builder.fcmp_ordered
            return compare(sign, left.value, right)
        return self._builder.icmp_signed(sign, left.value, right)

    def _either(self, condition: Any, yes: Expression | None, no: Expression | None) -> _Value:
        """One of two values; only that one is worked out. None: the condition itself."""
        builder = self._builder
        first, second, after = self._blocks("first", "second", "after")
        builder.cbranch(condition, first, second)
        results = []
        for block, expression, known in ((first, yes, True), (second, no, False)):
            builder.position_at_end(block)
            value = (
                _Value(ir.Constant(BOOLEAN, known), _TRUTH)
                if expression is None
                else self._value(expression)
            )
            results.append((value, builder.block))
            builder.branch(after)
        builder.position_at_end(after)
        kind = results[0][0].type
        chosen = builder.phi(_llvm_type(kind))
        for value, block in results:
            chosen.add_incoming(value.value, block)
        return _Value(chosen, kind)

    def _called(self, call: CallOf) -> _Value:
        if call.function in FUNCTIONS:
            return self._mathematics(call)
        function = self._program.functions[call.function]
        arguments = [
            self._as(parameter.type, argument).value
            for parameter, argument in zip(function.parameters, call.arguments, strict=True)
        ]
        result = self._builder.call(self._module.globals[call.function], arguments)
        return _Value(result, function.result)

    def _mathematics(self, call: CallOf) -> _Value:
        x, y = self._place(FLOAT), self._place(FLOAT)
        self._builder.store(self._value(call.arguments[0]).value, x)
        nothing: Sequence[Any] = [ir.Constant(INDEX, 0)] * 2
        self._builder.call(mathematical(self._module, call.function), [x, y, *nothing])
        return _Value(self._builder.load(y, typ=FLOAT), _FLOAT)
