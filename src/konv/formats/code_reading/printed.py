"""Listings as they are printed: in a page with other text, with prompts, in a notebook.

Whatever is no code becomes blank, so that every line keeps its number.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from konv.formats.code_reading.listing import Listing
from konv.formats.code_reading.paragraphs import code_paragraphs
from konv.formats.code_reading.syntax import is_python, parses

__all__ = ["as_listing", "program_listing", "without_other_languages"]

_FENCE = re.compile(r"\s{0,12}(`{3,}|~{3,})\s*\{?\.?([\w+-]*)")
_HIGHLIGHT = re.compile(r"\s*\{%-?\s*highlight\s+(\w+)")
_END_OF_HIGHLIGHT = re.compile(r"\s*\{%-?\s*endhighlight")
_PYTHON = ("python", "py", "python2", "python3", "ipython", "ipython3", "pycon", "keras")
_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.)(?: |$)|^In ?\[\d*\]: ?|^ {3,}\.\.\.: ?")
_FIRST_PROMPT = re.compile(r"^[ \t]*>>>(?: |$)|^In ?\[\d*\]:")
# A notebook that was copied as text: the mark of a cell alone on its line.
_CELL_MARK = re.compile(r"\s*(?:In|Out) ?\[[\d *]*\]:?\s*")
_MAGIC = re.compile(r"^\s*(?:[%!]|\?\w)|^\s*\w+\?$")
_PRINT_STATEMENT = re.compile(r"^(\s*)print\s+(?![=(.,\[])\S.*$")
# A line that begins as a line of a model does, in whatever state the rest of it is.
_MODEL_LINE = re.compile(
    r"\s*(?:>>> ?)?(?:[\w.]+\s*=\s*)?(?:\w+\.)*"
    r"(?:Sequential|add|Dense|Flatten|Dropout|\w*Conv\w*2D|\w*Pool\w*2D)\("
)
_CODE_SIGNS = re.compile(r"[(=]|^\s*(?:import|from)\s", re.MULTILINE)
_LOOKED_AT = 200  # characters of a line


def as_listing(text: str, source: str) -> Listing:
    """The Python in a text: all of it, or what stands in its fences, or paragraphs of code."""
    lines = ["" if _CELL_MARK.fullmatch(line) else line for line in lines_of(text)]
    kept = without_other_languages(_at_prompts(lines))
    if is_python("\n".join(kept)):
        return Listing("\n".join(kept), source)
    blocks = [*_fenced(lines)] or code_paragraphs(lines, lambda some: _wanted("", some))
    if not blocks:
        return Listing("", source)
    return Listing(
        _only(lines, blocks), source, blocks=tuple((first + 1, last) for first, last in blocks)
    )


def program_listing(text: str, source: str) -> Listing:
    """A text that is Python, all of it, but for prompts and magics."""
    return Listing("\n".join(without_other_languages(_at_prompts(lines_of(text)))), source)


def lines_of(text: str) -> list[str]:
    """The lines of a text, however they end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def without_other_languages(lines: Sequence[str]) -> list[str]:
    """Lines of a notebook or of Python 2 that Python 3 does not read, made harmless.

    ``%matplotlib`` and ``!pip`` belong to notebooks; ``print x`` was Python 2.
    """
    if parses("\n".join(lines)):  # then a % at the start of a line is Python's
        return list(lines)
    kept = []
    for line in lines:
        if _MAGIC.match(line):
            indent = line[: len(line) - len(line.lstrip())]
            kept.append(f"{indent}pass" if indent else "")
        else:
            kept.append(_PRINT_STATEMENT.sub(r"\1pass", line))
    return kept


def _fenced(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(first, last) of the blocks of Python in fences of Markdown or Jekyll."""
    start, closing, language = 0, "", ""
    for index, line in enumerate(lines):
        if closing:
            if _END_OF_HIGHLIGHT.match(line) if closing == "%" else _closes(line, closing):
                if _wanted(language, lines[start:index]):
                    yield start, index
                closing = ""
        elif found := _FENCE.match(line):
            start, closing, language = index + 1, found[1], found[2].lower()
        elif found := _HIGHLIGHT.match(line):
            start, closing, language = index + 1, "%", found[1].lower()
    if closing and _wanted(language, lines[start:]):
        yield start, len(lines)


def _closes(line: str, fence: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(fence) and set(stripped) == {fence[0]}


def _wanted(language: str, lines: Sequence[str]) -> bool:
    """Whether a block is to be read: what looks like a model is, even if it is no Python."""
    if not any(map(str.strip, lines)):
        return False
    if language:
        return language in _PYTHON
    if any(_MODEL_LINE.match(line[:_LOOKED_AT]) for line in lines):
        return True
    return bool(_CODE_SIGNS.search("\n".join(lines))) and _is_code(lines)


def _is_code(lines: Sequence[str]) -> bool:
    return is_python(_dedented(without_other_languages(_at_prompts(lines))))


def _at_prompts(lines: Sequence[str]) -> list[str]:
    """What stands behind prompts, if there are some: other lines are output."""
    if not any(map(_FIRST_PROMPT.match, lines)):
        return list(lines)
    return [_PROMPT.sub("", line, count=1) if _PROMPT.match(line) else "" for line in lines]


def _only(lines: Sequence[str], blocks: Sequence[tuple[int, int]]) -> str:
    """The text with nothing but the blocks, each without its common indentation."""
    kept = [""] * len(lines)
    for first, last in blocks:
        block = without_other_languages(_at_prompts(lines[first:last]))
        kept[first:last] = _dedented(block).split("\n")
    return "\n".join(kept)


def _dedented(lines: Sequence[str]) -> str:
    return textwrap.dedent("\n".join(lines))
