"""From text to tree, by recursive descent: one method for each rule of the grammar.

The text is written by ``formats/c``, never by others; what is none of its C is a mistake in konv.
"""

from __future__ import annotations

import math
import re

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
    Parameter,
    Program,
    Return,
    Statement,
    Type,
    Unary,
)

__all__ = ["parsed"]

_SKIPPED = re.compile(r"/\*.*?\*/", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<float>\d+\.\d*(?:e[+-]?\d+)?f|\d+e[+-]?\d+f)
    |(?P<int>\d+)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<sign>->|\+\+|--|[-+*/]=|[<>=!]=|&&|\|\||[-+*/<>=!&?:;,(){}\[\]])
    |(?P<space>\s+)
    |(?P<other>.)""",
    re.VERBOSE,
)
# What binds least stands first.
_BINARY = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/"))
_TYPES = ("int", "float", "unsigned", "void")
_ONE = Literal(1)
_NOTHING = Block(())


def parsed(text: str) -> Program:
    """The tree of a file.

    Raises:
        ValueError: it is no C of ours.
    """
    return _Parser(_SKIPPED.sub(" ", text)).program()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = [
            (str(found.lastgroup), found.group())
            for found in _TOKEN.finditer(text)
            if found.lastgroup != "space"
        ]
        self._place = 0
        self._program = Program({}, {}, {}, {})

    # Tokens

    @property
    def _next(self) -> str:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def _taken(self) -> str:
        token = self._next
        self._place += 1
        return token

    def _take_if(self, *tokens: str) -> str:
        """The next token, if it is one of these; else ""."""
        return self._taken() if self._next in tokens and self._next else ""

    def _expect(self, token: str) -> None:
        if not self._take_if(token):
            around = " ".join(text for _kind, text in self._tokens[self._place - 8 :][:16])
            raise ValueError(f"{token!r} expected, not {self._next!r}: {around}")

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
        self._program.structs[self._taken()] = tuple(fields)
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

    def _is_type(self) -> bool:
        return self._next in ("const", *_TYPES, *self._program.structs)

    def _type(self) -> Type:
        self._take_if("const")
        name = self._taken()
        if name == "unsigned":
            name = f"{name} {self._taken()}"
        return Type(name, bool(self._take_if("*")))

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

    # Expressions

    def _expression(self) -> Expression:
        condition = self._binary(0)
        if not self._take_if("?"):
            return condition
        yes = self._expression()
        self._expect(":")
        return Choose(condition, yes, self._expression())

    def _binary(self, level: int) -> Expression:
        if level == len(_BINARY):
            return self._unary()
        left = self._binary(level + 1)
        while sign := self._take_if(*_BINARY[level]):
            left = Binary(sign, left, self._binary(level + 1))
        return left

    def _unary(self) -> Expression:
        if sign := self._take_if("-", "!", "&"):
            return Unary(sign, self._unary())
        if self._next == "(" and self._tokens[self._place + 1][1] in _TYPES:
            self._taken()
            kind = self._type()
            self._expect(")")
            return Cast(kind, self._unary())
        return self._postfix()

    def _postfix(self) -> Expression:
        value = self._primary()
        while sign := self._take_if("[", "->"):
            if sign == "->":
                value = Member(value, self._taken())
            else:
                value = Index(value, self._expression())
                self._expect("]")
        return value

    def _primary(self) -> Expression:
        kind, text = self._tokens[self._place]
        if self._take_if("("):
            value = self._expression()
            self._expect(")")
            return value
        self._taken()
        if kind == "int":
            return Literal(int(text))
        if kind == "float":
            return Literal(float(text[:-1]))
        if text == "INFINITY":
            return Literal(math.inf)
        if kind != "word":
            raise ValueError(f"{text!r} where a value is expected")
        return self._call(text) if self._take_if("(") else Name(text)

    def _call(self, function: str) -> CallOf:
        arguments: list[Expression] = []
        while not self._take_if(")"):
            arguments.append(self._expression())
            self._take_if(",")
        return CallOf(function, tuple(arguments))
