"""YAML text to a tree of plain values.

Only what a network needs is read: mappings, lists, texts, numbers, true, false, null. PyYAML's
parser gives the events (it builds nothing, runs nothing); what they mean is decided here:

* tags, anchors and aliases are refused, so nothing is built by name and nothing is repeated;
* a key that comes twice is refused;
* words and numbers that YAML 1.1 and 1.2 read differently are refused, with the two readings:
  ``no``, ``on``, ``010``, ``1:30``. They must be quoted, or written as true, false, 8, 90;
* ``1e-3`` is a number, as in YAML 1.2.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from konv.errors import FormatError, KonvError
from konv.language import translate as _
from konv.network.tree import Counter, Tree, malformed, not_finite, pairs_as_dict
from konv.parameters import short_text

if TYPE_CHECKING:
    from yaml.events import Event, ScalarEvent

__all__ = ["AMBIGUOUS_WORDS", "yaml_tree"]

AMBIGUOUS_WORDS = frozenset({"yes", "no", "on", "off"})
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"[-+]?[0-9]+")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# Octal, hexadecimal, binary, with underscores, and sexagesimal: 1.1 and 1.2 differ on them.
_AMBIGUOUS_NUMBER = re.compile(
    r"[-+]?(0[0-9]+|0[xob][0-9a-fA-F_]+|[0-9][0-9.]*_[0-9_.]*|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?)"
)
_MOST_DIGITS = 60


def yaml_tree(text: str, source: str = "") -> Tree:
    """The value that a YAML text holds.

    Args:
        text: one document.
        source: what errors call it.

    Raises:
        FormatError: K401, K407: it is not well-formed, or holds what a network does not need.
        LimitError: K602, it holds too many values.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Reader(yaml.parse(text, Loader=loader), source).document()
    except yaml.YAMLError as error:
        raise _explained(error, source) from None
    except KonvError:
        raise
    except (ValueError, OverflowError) as error:  # lone surrogates, escapes beyond Unicode
        raise malformed(str(error)[:200], source, 0) from None


class _Reader:
    """Reads the events of one document."""

    def __init__(self, events: Iterator[Event], source: str) -> None:
        self._events = events
        self._counter = Counter(source)
        self._source = source

    def document(self) -> Tree:
        next(self._events)  # the start of the stream
        if _kind(next(self._events)) == "StreamEnd":
            raise malformed(_("nothing in it"), self._source, 0, _('begin with "konv: 1"'))
        tree = self._value(next(self._events), 1)
        next(self._events)  # the end of the document
        after = next(self._events)
        if _kind(after) != "StreamEnd":
            self._refuse(_("a second document"), after, _("one network per file"))
        return tree

    def _value(self, event: Event, depth: int) -> Tree:
        line = _line(event)
        self._counter.count(depth, line)
        self._check_extras(event)
        kind = _kind(event)
        if kind == "Scalar":
            return Tree(self._scalar(event), line)
        if kind == "SequenceStart":
            return Tree(list(self._items(depth)), line)
        return Tree(pairs_as_dict(self._pairs(depth), self._source), line)

    def _items(self, depth: int) -> Iterator[Tree]:
        while _kind(event := next(self._events)) != "SequenceEnd":
            yield self._value(event, depth + 1)

    def _pairs(self, depth: int) -> Iterator[tuple[str, int, Tree]]:
        while _kind(event := next(self._events)) != "MappingEnd":
            self._check_extras(event)
            key = self._scalar(event) if _kind(event) == "Scalar" else None
            if not isinstance(key, str):
                self._refuse(_("a key that is no text"), event, _("a word such as layers"))
            yield key, _line(event), self._value(next(self._events), depth + 1)

    def _check_extras(self, event: Any) -> None:
        if _kind(event) == "Alias" or event.anchor is not None:
            self._refuse(_("an anchor or alias"), event, _("write the value out"))
        if event.tag is not None:
            self._refuse(_("the tag {tag}", tag=short_text(event.tag)), event, _("leave it out"))

    def _scalar(self, event: ScalarEvent | Any) -> Any:
        text: str = event.value
        if event.style:  # quoted, or a block of text
            return text
        if text.lower() in _CONSTANTS:
            return _CONSTANTS[text.lower()]
        if text.lower() in AMBIGUOUS_WORDS or _AMBIGUOUS_NUMBER.fullmatch(text):
            self._refuse_ambiguous(event, text)
        if _NOT_FINITE.fullmatch(text):
            raise not_finite(text, self._source, _line(event))
        return self._number(event, text) if _NUMBER.fullmatch(text) else text

    def _number(self, event: Event, text: str) -> int | float:
        if len(text) > _MOST_DIGITS:
            self._refuse(_("a number of {count} characters", count=len(text)), event)
        number = int(text) if _WHOLE.fullmatch(text) else float(text)
        if not math.isfinite(number):
            raise not_finite(text, self._source, _line(event))
        return number

    def _refuse_ambiguous(self, event: Event, text: str) -> NoReturn:
        self._refuse(
            _("{word} means different things in YAML 1.1 and 1.2", word=text[:60]),
            event,
            _(
                'quote it if it is a text: "{word}"; else write true, false or a decimal number',
                word=text[:60],
            ),
        )

    def _refuse(self, what: str, event: Event, fix: str = "") -> NoReturn:
        raise malformed(what, self._source, _line(event), fix)


def _kind(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _explained(error: Any, source: str) -> FormatError:
    """PyYAML's error with its line."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    fix = _("YAML as in: - Conv2D: {filters: 32, kernel_size: 5}")
    return malformed(
        _("this is not YAML: {problem}", problem=what), source, mark.line + 1 if mark else 0, fix
    )
