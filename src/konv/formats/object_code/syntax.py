"""What the C of ``formats/c`` consists of, as a tree.

It is a small part of C99: ``int``, ``float``, ``unsigned char`` and pointers to them, one struct of
``int``, functions, loops, conditions and arithmetic. Everything is said once, in C; from here on it
becomes machine code.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Assign",
    "Binary",
    "Block",
    "CallOf",
    "Cast",
    "Choose",
    "Continue",
    "Declare",
    "Expression",
    "For",
    "Function",
    "If",
    "Index",
    "Literal",
    "Member",
    "Name",
    "Parameter",
    "Program",
    "Return",
    "Statement",
    "Type",
    "Unary",
]


@dataclass(frozen=True)
class Type:
    """A type.

    Args:
        name: "int", "float", "unsigned char", "void", or that of a struct.
        pointer: whether it is a pointer to that.
    """

    name: str
    pointer: bool = False


# Expressions --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Literal:
    """A number."""

    value: int | float


@dataclass(frozen=True)
class Name:
    """A variable or an array."""

    name: str


@dataclass(frozen=True)
class Unary:
    """``-a``, ``!a``, ``&a``."""

    sign: str
    operand: Expression


@dataclass(frozen=True)
class Binary:
    """``a + b`` and the like, ``a < b``, ``a && b``."""

    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Choose:
    """``condition ? yes : no``."""

    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True)
class Cast:
    """``(float)a``."""

    type: Type
    operand: Expression


@dataclass(frozen=True)
class Index:
    """``array[place]``."""

    array: Expression
    place: Expression


@dataclass(frozen=True)
class Member:
    """``pointer->field``."""

    pointer: Expression
    field: str


@dataclass(frozen=True)
class CallOf:
    """``function(arguments)``."""

    function: str
    arguments: tuple[Expression, ...]


Expression = Literal | Name | Unary | Binary | Choose | Cast | Index | Member | CallOf

# Statements ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Declare:
    """``const int a = b;``."""

    type: Type
    name: str
    value: Expression


@dataclass(frozen=True)
class Assign:
    """``a = b;``, ``a += b;``, ``++a``: the sign is "" or that of the arithmetic."""

    target: Expression
    sign: str
    value: Expression


@dataclass(frozen=True)
class If:
    """``if (condition) yes else no``."""

    condition: Expression
    yes: Statement
    no: Statement


@dataclass(frozen=True)
class For:
    """``for (first; condition; step) body``."""

    first: Statement
    condition: Expression
    step: Statement
    body: Statement


@dataclass(frozen=True)
class Continue:
    """``continue;``."""


@dataclass(frozen=True)
class Return:
    """``return value;``."""

    value: Expression


@dataclass(frozen=True)
class Block:
    """``{ … }``; a call of a function without a value, too, is a statement."""

    statements: tuple[Statement, ...]


Statement = Declare | Assign | If | For | Continue | Return | Block | CallOf

# Files --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parameter:
    """An argument of a function; ``restrict``: nothing else points where it points."""

    type: Type
    name: str
    restrict: bool


@dataclass(frozen=True)
class Function:
    """A function."""

    name: str
    result: Type
    parameters: tuple[Parameter, ...]
    body: Block
    static: bool


@dataclass(frozen=True)
class Program:
    """All that a file declares.

    Args:
        structs: name -> the names of its fields, all of them ``int``.
        records: constant structs: name -> (the struct, its numbers).
        memories: arrays of ``float`` that are 0 at first: name -> size.
        functions: by name.
    """

    structs: dict[str, tuple[str, ...]]
    records: dict[str, tuple[str, tuple[int, ...]]]
    memories: dict[str, int]
    functions: dict[str, Function]
