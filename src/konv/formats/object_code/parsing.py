"""From text to tree, by recursive descent: one method for each rule of the grammar.

The text is written by ``formats/c``, never by others; what is none of its C is a mistake in konv.
"""

from __future__ import annotations

from konv.formats.object_code.expression_parser import ExpressionParser
from konv.formats.object_code.syntax import (
    Assign,
    Block,
    CallOf,
    Continue,
    Declare,
    For,
    Function,
    If,
    Literal,
    Parameter,
    Program,
    Return,
    Statement,
    Type,
)

__all__ = ["parsed"]

_ONE = Literal(1)
_NOTHING = Block(())


def parsed(text: str) -> Program:
    """The tree of a file.

    Raises:
        ValueError: it is no C of ours.

    Example:
        >>> list(parsed("static int twice(int a) { return a * 2; }").functions)
        ['twice']
    """
    return _Parser(text).program()


class _Parser(ExpressionParser):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._program = Program(self._structs, {}, {}, {})

    # Declarations

    def program(self) -> Program:
        while self._next:
            if self._take_if("typedef"):
                self._struct()
            else:
                self._global()
        return self._program

    def _struct(self) -> None:
        self._expect("struct")
        self._expect("{")
        fields: list[str] = []
        while not self._take_if("}"):
            self._expect("int")
            fields.append(self._taken())
            while self._take_if(","):
                fields.append(self._taken())
            self._expect(";")
        self._structs[self._taken()] = tuple(fields)
        self._expect(";")

    def _global(self) -> None:
        static = bool(self._take_if("static"))
        kind, name = self._type(), self._taken()
        if self._take_if("("):
            self._program.functions[name] = self._function(kind, name, static)
        elif self._take_if("["):
            self._program.memories[name] = int(self._taken())
            self._expect("]")
            self._expect(";")
        else:
            self._expect("=")
            self._program.records[name] = (kind.name, self._numbers())
            self._expect(";")

    def _numbers(self) -> tuple[int, ...]:
        self._expect("{")
        numbers = [int(self._taken())]
        while self._take_if(","):
            numbers.append(int(self._taken()))
        self._expect("}")
        return tuple(numbers)

    def _function(self, result: Type, name: str, static: bool) -> Function:
        parameters = [self._parameter()]
        while self._take_if(","):
            parameters.append(self._parameter())
        self._expect(")")
        return Function(name, result, tuple(parameters), self._block(), static)

    def _parameter(self) -> Parameter:
        kind = self._type()
        restrict = bool(self._take_if("restrict"))
        return Parameter(kind, self._taken(), restrict)

    # Statements

    def _block(self) -> Block:
        self._expect("{")
        statements: list[Statement] = []
        while not self._take_if("}"):
            statements.append(self._statement())
        return Block(tuple(statements))

    def _statement(self) -> Statement:
        if self._next == "{":
            return self._block()
        if self._take_if("if"):
            return self._if()
        if self._take_if("for"):
            return self._for()
        if self._take_if("continue"):
            self._expect(";")
            return Continue()
        if self._take_if("return"):
            value = self._expression()
            self._expect(";")
            return Return(value)
        statement = self._simple()
        self._expect(";")
        return statement

    def _if(self) -> If:
        self._expect("(")
        condition = self._expression()
        self._expect(")")
        yes = self._statement()
        return If(condition, yes, self._statement() if self._take_if("else") else _NOTHING)

    def _for(self) -> For:
        self._expect("(")
        first = _NOTHING if self._next == ";" else self._simple()
        self._expect(";")
        condition = self._expression()
        self._expect(";")
        step = self._simple()
        self._expect(")")
        return For(first, condition, step, self._statement())

    def _simple(self) -> Statement:
        """What may stand in a ``for``: a declaration, an assignment, a call."""
        if self._is_type():
            kind, name = self._type(), self._taken()
            self._expect("=")
            return Declare(kind, name, self._expression())
        if sign := self._take_if("++", "--"):
            return Assign(self._postfix(), sign[0], _ONE)
        target = self._postfix()
        if isinstance(target, CallOf):
            return target
        sign = self._take_if("=", "+=", "-=", "*=", "/=")
        if not sign:
            self._expect("=")
        return Assign(target, sign[:-1], self._expression())
