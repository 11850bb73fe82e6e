"""Writes expressions of C as LLVM IR.

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
    Binary,
    CallOf,
    Cast,
    Choose,
    Expression,
    Index,
    Literal,
    Member,
    Name,
    Program,
    Type,
    Unary,
)

__all__ = ["ExpressionWriter", "Value", "llvm_type"]

_INT, _FLOAT, _TRUTH = Type("int"), Type("float"), Type("truth")
_TYPES = {"int": INT32, "float": FLOAT, "unsigned char": BYTE, "truth": BOOLEAN}
_WHOLE = {"+": "add", "-": "sub", "*": "mul", "/": "sdiv"}
_REAL = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv"}
_COMPARISONS = ("<", ">", "<=", ">=", "==", "!=")


@dataclass(frozen=True, eq=False)
class Value:
    """A value of LLVM, and what it is in C."""

    value: Any
    type: Type


def llvm_type(kind: Type) -> Any:
    """A type of C as LLVM has it."""
    return POINTER if kind.pointer else _TYPES[kind.name]


class ExpressionWriter:
    """What a function writes its expressions with.

    Args:
        module: where it is written.
        program: the file that the function is from.
        known: its arrays: name -> a global of LLVM.
        name: that of the function, which is declared.
    """

    def __init__(
        self, module: ir.Module, program: Program, known: Mapping[str, Any], name: str
    ) -> None:
        self._module, self._program, self._known = module, program, known
        self._ir = module.globals[name]
        self._entry = self._ir.append_basic_block("entry")
        self._builder = ir.IRBuilder(self._ir.append_basic_block("body"))
        self._variables: dict[str, Value] = {}

    def _place(self, kind: Any) -> Any:
        """Room for a variable; all of it is taken at the beginning of the function."""
        return ir.IRBuilder(self._entry).alloca(kind)

    def _new_variable(self, name: str, value: Value) -> None:
        place = self._place(llvm_type(value.type))
        self._builder.store(value.value, place)
        self._variables = {**self._variables, name: Value(place, value.type)}

    def _blocks(self, *names: str) -> list[Any]:
        return [self._ir.append_basic_block(name) for name in names]

    def _address(self, target: Expression) -> Value:
        """Where a value lies, and what it is."""
        if isinstance(target, Name):
            return self._variables[target.name]
        if isinstance(target, Index):
            array, place = self._value(target.array), self._value(target.place)
            return Value(self._moved(array, place.value), Type(array.type.name))
        raise TypeError(type(target))

    def _moved(self, pointer: Value, steps: Any) -> Any:
        kind = _TYPES[pointer.type.name]
        moved = self._builder.gep(pointer.value, [steps], source_etype=kind)
        moved.type = POINTER  # llvmlite takes it for that of the whole array
        return moved

    def _as(self, kind: Type, expression: Expression) -> Value:
        """A value, turned into another type where C does that unasked."""
        if kind.pointer and expression == Literal(0):
            return Value(ir.Constant(POINTER, None), kind)
        value = self._value(expression)
        if value.type == _TRUTH and kind == _INT:
            return Value(self._builder.zext(value.value, INT32), kind)
        return Value(value.value, kind)

    def _truth(self, expression: Expression) -> Any:
        return self._value(expression).value

    @singledispatchmethod
    def _value(self, expression: Expression) -> Value:
        raise TypeError(type(expression))

    @_value.register
    def _literal(self, expression: Literal) -> Value:
        if isinstance(expression.value, int):
            return Value(ir.Constant(INT32, expression.value), _INT)
        return Value(ir.Constant(FLOAT, expression.value), _FLOAT)

    @_value.register
    def _name(self, expression: Name) -> Value:
        if expression.name in self._variables:
            place = self._variables[expression.name]
            loaded = self._builder.load(place.value, typ=llvm_type(place.type))
            return Value(loaded, place.type)
        name = self._program.records.get(expression.name, ("float",))[0]
        return Value(self._known[expression.name], Type(name, pointer=True))

    @_value.register
    def _unary(self, expression: Unary) -> Value:
        value = self._value(expression.operand)
        if expression.sign == "&":  # a constant struct is known by its address anyhow
            return value
        if expression.sign == "!":
            return Value(self._builder.not_(value.value), _TRUTH)
        negative = self._builder.fneg if value.type == _FLOAT else self._builder.neg
        return Value(negative(value.value), value.type)

    @_value.register
    def _cast(self, expression: Cast) -> Value:
        value = self._value(expression.operand)
        turned = self._builder.sitofp if value.type == _INT else self._builder.uitofp
        return Value(turned(value.value, FLOAT), expression.type)

    @_value.register
    def _index(self, expression: Index) -> Value:
        place = self._address(expression)
        kind = llvm_type(place.type)
        align = 1 if kind is BYTE else 4
        return Value(self._builder.load(place.value, typ=kind, align=align), place.type)

    @_value.register
    def _member(self, expression: Member) -> Value:
        pointer = self._value(expression.pointer)
        number = self._program.structs[pointer.type.name].index(expression.field)
        steps = [ir.Constant(INT32, number)]
        place = self._builder.gep(pointer.value, steps, source_etype=INT32)
        return Value(self._builder.load(place, typ=INT32, align=4), _INT)

    @_value.register
    def _choose(self, expression: Choose) -> Value:
        condition = self._truth(expression.condition)
        return self._either(condition, expression.yes, expression.no)

    @_value.register
    def _call(self, expression: CallOf) -> Value:
        return self._called(expression)

    @_value.register
    def _binary(self, expression: Binary) -> Value:
        if expression.sign == "&&":
            return self._either(self._truth(expression.left), expression.right, None)
        if expression.sign == "||":
            return self._either(self._truth(expression.left), None, expression.right)
        left = self._value(expression.left)
        right = self._as(left.type, expression.right)
        if left.type.pointer and expression.sign == "+":
            return Value(self._moved(left, right.value), left.type)
        if expression.sign in _COMPARISONS:
            return Value(self._compared(expression.sign, left, right.value), _TRUTH)
        if left.type == _FLOAT:
            operation = getattr(self._builder, _REAL[expression.sign])
            return Value(operation(left.value, right.value, flags=["contract"]), _FLOAT)
        operation = getattr(self._builder, _WHOLE[expression.sign])
        flags = [] if expression.sign == "/" else ["nsw"]
        return Value(operation(left.value, right.value, flags=flags), _INT)

    def _compared(self, sign: str, left: Value, right: Any) -> Any:
        if left.type == _FLOAT:
            unordered = sign == "!="  # what is not a number differs from everything
            compare = self._builder.fcmp_unordered if unordered else self._builder.fcmp_ordered
            return compare(sign, left.value, right)
        return self._builder.icmp_signed(sign, left.value, right)

    def _either(self, condition: Any, yes: Expression | None, no: Expression | None) -> Value:
        """One of two values; only that one is worked out. None: the condition itself."""
        builder = self._builder
        first, second, after = self._blocks("first", "second", "after")
        builder.cbranch(condition, first, second)
        results = []
        for block, expression, known in ((first, yes, True), (second, no, False)):
            builder.position_at_end(block)
            value = (
                Value(ir.Constant(BOOLEAN, known), _TRUTH)
                if expression is None
                else self._value(expression)
            )
            results.append((value, builder.block))
            builder.branch(after)
        builder.position_at_end(after)
        kind = results[0][0].type
        chosen = builder.phi(llvm_type(kind))
        for value, block in results:
            chosen.add_incoming(value.value, block)
        return Value(chosen, kind)

    def _called(self, call: CallOf) -> Value:
        if call.function in FUNCTIONS:
            return self._mathematics(call)
        function = self._program.functions[call.function]
        arguments = [
            self._as(parameter.type, argument).value
            for parameter, argument in zip(function.parameters, call.arguments, strict=True)
        ]
        result = self._builder.call(self._module.globals[call.function], arguments)
        return Value(result, function.result)

    def _mathematics(self, call: CallOf) -> Value:
        x, y = self._place(FLOAT), self._place(FLOAT)
        self._builder.store(self._value(call.arguments[0]).value, x)
        nothing: Sequence[Any] = [ir.Constant(INDEX, 0)] * 2
        self._builder.call(mathematical(self._module, call.function), [x, y, *nothing])
        return Value(self._builder.load(y, typ=FLOAT), _FLOAT)
