"""JSON text to a tree of plain values.

Numbers, texts and constants are read by Python's own decoder; lists and objects here, to keep the
lines, refuse keys that come twice, and stop at a depth.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from konv.language import translate as _
from konv.network.tree import Counter, Tree, malformed, not_finite, pairs_as_dict

__all__ = ["json_tree"]

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r'"|-?[0-9]|true|false|null|NaN|-?Infinity')
_MOST_DIGITS = 60


def json_tree(text: str, source: str = "") -> Tree:
    """The value that a JSON text holds.

    Args:
        text: one value.
        source: what errors call it.

    Raises:
        FormatError: K401, K407: it is not well-formed.
        LimitError: K602, it holds too many values.
    """
    return _Reader(text, source).document()


class _Reader:
    """Reads one text from its beginning to its end."""

    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._source = source
        self._position = 0
        self._line = 1
        self._line_counted_to = 0
        self._counter = Counter(source)
        self._decoder = json.JSONDecoder(
            parse_int=self._whole, parse_float=self._real, parse_constant=self._constant
        )

    def document(self) -> Tree:
        tree = self._value(1)
        if self._next():
            self._refuse(_("text behind the end"))
        return tree

    def _value(self, depth: int) -> Tree:
        first = self._next()
        line = self._line_here()
        self._counter.count(depth, line)
        if first == "[":
            return Tree(list(self._items(depth)), line)
        if first == "{":
            return Tree(pairs_as_dict(self._pairs(depth), self._source), line)
        return Tree(self._scalar(), line)

    def _scalar(self) -> Any:
        if not _SCALAR.match(self._text, self._position):
            self._refuse(
                _("a value is missing") if not self._next() else _("no value can begin like this")
            )
        try:
            value, self._position = self._decoder.raw_decode(self._text, self._position)
        except json.JSONDecodeError as error:
            self._refuse(error.msg)
        return value

    def _items(self, depth: int) -> Iterator[Tree]:
        for _part in self._parts("]"):
            yield self._value(depth + 1)

    def _pairs(self, depth: int) -> Iterator[tuple[str, int, Tree]]:
        for _part in self._parts("}"):
            if self._next() != '"':
                self._refuse(_("a key in double quotes is missing"))
            line = self._line_here()
            key: str = self._scalar()
            if self._next() != ":":
                self._refuse(_("a colon is missing"))
            self._position += 1
            yield key, line, self._value(depth + 1)

    def _parts(self, end: str) -> Iterator[None]:
        """Step over the brackets and commas around each part of a list or an object."""
        self._position += 1
        if self._next() == end:
            self._position += 1
            return
        while True:
            yield
            after = self._next()
            if after not in (",", end):
                self._refuse(_("a comma or {end} is missing", end=end))
            self._position += 1
            if after == end:
                return

    def _next(self) -> str:
        """The next character that is no space; nothing at the end."""
        space = _SPACE.match(self._text, self._position)
        self._position = space.end() if space else self._position
        return self._text[self._position : self._position + 1]

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._line_counted_to, self._position)
        self._line_counted_to = self._position
        return self._line

    def _whole(self, text: str) -> int:
        if len(text) > _MOST_DIGITS:
            self._refuse(_("a number of {count} characters", count=len(text)))
        return int(text)

    def _real(self, text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            self._constant(text)
        return number

    def _constant(self, text: str) -> NoReturn:
        raise not_finite(text, self._source, self._line_here())

    def _refuse(self, what: str) -> NoReturn:
        raise malformed(
            _("this is not JSON: {problem}", problem=what),
            self._source,
            self._line_here(),
            _('JSON as in: {"Conv2D": {"filters": 32, "kernel_size": 5}}'),
        )
