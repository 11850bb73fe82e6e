"""Rails: lines beside a list that show what takes from what, one letter wide each.

A rail carries what one layer makes, from its row down to the last row that takes it::

    ●      the input
    ├─●    takes the input, which is needed again
    │ ●    takes the row above
    ●─┘    takes both; neither is needed again
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["rails_of"]

_NODE = "●"


def rails_of(sources: Sequence[Sequence[int]], most: int) -> list[str] | None:
    """The rails beside each row; None if more of them would lie side by side than ``most``.

    Args:
        sources: for each row, those before it that it takes from.
        most: how many rails may lie side by side.

    Example:
        >>> print(*rails_of([(), (0,), (1,), (0, 2)], 2), sep=chr(10))
        ●
        ├─●
        │ ●
        ●─┘
    """
    lines = []
    for line in _rows(sources):
        if len(line) > 2 * most:
            return None
        lines.append(line)
    return lines


def _rows(sources: Sequence[Sequence[int]]) -> Iterator[str]:
    last = {source: row for row, taken in enumerate(sources) for source in taken}
    rails: list[int | None] = []  # what each rail carries; None: it is free
    for row, taken in enumerate(sources):
        inputs = {rails.index(source) for source in taken}
        ending = {rail for rail in inputs if last[rails[rail] or 0] == row}
        own = _own_rail(rails, ending)
        if own == len(rails):
            rails.append(None)
        yield _line(rails, own, inputs, ending)
        for rail in ending:
            rails[rail] = None
        rails[own] = row if row in last else None
        while rails and rails[-1] is None:
            rails.pop()


def _own_rail(rails: Sequence[int | None], ending: set[int]) -> int:
    """The first rail that ends here, else the first free one right of all that are in use."""
    return min(ending) if ending else len(rails)


def _line(rails: Sequence[int | None], own: int, inputs: set[int], ending: set[int]) -> str:
    ends = inputs | {own}
    first, last = min(ends), max(ends)
    letters = []
    for rail, carried in enumerate(rails):
        across = first < rail < last
        if rail == own:
            letter = _NODE
        elif rail in inputs:
            letter = _joint(ends=rail in ending, first=rail == first, last=rail == last)
        elif carried is not None:
            letter = "│"  # the line to the node passes behind it
        else:
            letter = "─" if across else " "
        letters.append(letter + ("─" if first <= rail < last else " "))
    return "".join(letters).rstrip()


def _joint(*, ends: bool, first: bool, last: bool) -> str:
    """Where a rail meets the line to the node: it goes on downwards, or ends."""
    if ends:
        return "└" if first else "┘" if last else "┴"
    return "├" if first else "┤" if last else "┼"
