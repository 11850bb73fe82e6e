"""Numbers as a person reads them: six digits, and in a form that Python computes with.

What the float32 of an engine holds is shown whole: the shortest text that stands for it alone.
"""

from __future__ import annotations

import numpy as np

__all__ = ["factor", "number", "span", "whole_number"]

_NEGATIVE = "-"


def number(value: float) -> str:
    """A number in six digits.

    Example:
        >>> number(15.0), number(-0.0), number(1 / 3)
        ('15', '0', '0.333333')
    """
    return f"{value + 0.0:.6g}"


def factor(value: float) -> str:
    """The same within a formula: a negative one in brackets.

    Example:
        >>> factor(3.0), factor(-1.0)
        ('3', '(-1)')
    """
    text = number(value)
    return f"({text})" if text.startswith(_NEGATIVE) else text


def whole_number(value: float) -> str:
    """All digits of a float32.

    Example:
        >>> whole_number(float(np.float32(0.1))), whole_number(15.0)
        ('0.1', '15')
    """
    text = str(np.float32(value + 0.0))
    return text.removesuffix(".0")


def span(first: int, last: int) -> str:
    """From one row or column to another.

    Example:
        >>> span(3, 5), span(4, 4)
        ('3…5', '4')
    """
    return str(first) if first == last else f"{first}…{last}"
