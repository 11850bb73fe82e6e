"""Paragraphs of code between paragraphs of prose, kept together where an empty line splits them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

__all__ = ["code_paragraphs"]

# What never begins a statement: it goes on with the one before.
_GOES_ON = re.compile(r"\s*(?:[)\]}]|(?:else|elif|except|finally)\b)")
_EXPECTS_MORE = (":", "(", "[", "{", ",", "\\")
_LONGEST = 2_000  # lines


def code_paragraphs(
    lines: Sequence[str], wanted: Callable[[Sequence[str]], bool]
) -> list[tuple[int, int]]:
    """(first, last) of the paragraphs that are wanted, with those that belong to them.

    The body of a function or a loop may have empty lines: taken for a paragraph of its own, its
    rest would be read as if it stood outside.
    """
    blocks: list[tuple[int, int]] = []
    end = -1  # of the paragraph before
    for first, last in _spans(lines):
        if blocks and blocks[-1][1] == end and _belongs(lines, blocks[-1], first):
            blocks[-1] = (blocks[-1][0], last)
        elif last - first <= _LONGEST and wanted(lines[first:last]):
            blocks.append((first, last))
        end = last
    return blocks


def _spans(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = None
    for index, line in enumerate([*lines, ""]):
        if line.strip() and start is None:
            start = index
        elif not line.strip() and start is not None:
            yield start, index
            start = None


def _belongs(lines: Sequence[str], block: tuple[int, int], first: int) -> bool:
    """Whether the paragraph that begins at ``first`` goes on with a block."""
    base, last, here = (_indent(lines[index]) for index in (block[0], block[1] - 1, first))
    if _GOES_ON.match(lines[first]):
        return here >= base
    open_end = lines[block[1] - 1].split("#")[0].rstrip().endswith(_EXPECTS_MORE)
    return here > base and (last >= here or open_end)


def _indent(line: str) -> int:
    line = line.expandtabs(8)
    return len(line) - len(line.lstrip())
