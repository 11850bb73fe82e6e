"""Reads words and expressions of C, by recursive descent: one method for each rule."""

from __future__ import annotations

import math
import re

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
    Type,
    Unary,
)

__all__ = ["ExpressionParser"]

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


class ExpressionParser:
    """Goes through a text from its beginning to its end.

    Args:
        text: what is to be read.
    """

    def __init__(self, text: str) -> None:
        found = _TOKEN.finditer(_SKIPPED.sub(" ", text))
        words = ((str(each.lastgroup), each.group()) for each in found)
        self._tokens = [*(word for word in words if word[0] != "space"), ("end", "")]
        self._place = 0
        self._structs: dict[str, tuple[str, ...]] = {}

    # Tokens

    @property
    def _next(self) -> str:
        return self._tokens[self._place][1]

    def _taken(self) -> str:
        token = self._next
        self._place = min(self._place + 1, len(self._tokens) - 1)  # the end stays where it is
        return token

    def _take_if(self, *tokens: str) -> str:
        """The next token, if it is one of these; else ""."""
        return self._taken() if self._next in tokens and self._next else ""

    def _expect(self, token: str) -> None:
        if not self._take_if(token):
            around = " ".join(text for _kind, text in self._tokens[self._place - 8 :][:16])
            raise ValueError(f"{token!r} expected, not {self._next!r}: {around}")

    # Types

    def _is_type(self) -> bool:
        return self._next in ("const", *_TYPES, *self._structs)

    def _type(self) -> Type:
        self._take_if("const")
        name = self._taken()
        if name == "unsigned":
            name = f"{name} {self._taken()}"
        return Type(name, bool(self._take_if("*")))

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
