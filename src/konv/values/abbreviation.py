"""What is shown of a long list: its beginning and its end, and what of it is left out.

Text and HTML leave out the same, and both say how many it is and what they add up to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["MOST_TERMS", "gap_in", "shown_parts"]

MOST_TERMS = 27  # three channels of a 3×3 kernel
_FIRST_TERMS, _LAST_TERMS = 9, 3
_MOST_PARTS, _FIRST_PARTS = 4, 3

Item = TypeVar("Item")


def gap_in(count: int, *, all_terms: bool) -> slice:
    """Which of so many terms are left out; an empty slice at the end if none is.

    Example:
        >>> gap_in(100, all_terms=False), gap_in(9, all_terms=False)
        (slice(9, 97, None), slice(9, 9, None))
    """
    if all_terms or count <= MOST_TERMS:
        return slice(count, count)
    return slice(_FIRST_TERMS, count - _LAST_TERMS)


def shown_parts(parts: Sequence[Item], *, all_terms: bool) -> Sequence[Item]:
    """The parts of a sum that are shown term by term."""
    return parts if all_terms or len(parts) <= _MOST_PARTS else parts[:_FIRST_PARTS]
