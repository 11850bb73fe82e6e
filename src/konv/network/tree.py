"""What a network file holds, as plain values that know their line.

YAML and JSON are both read into this form, and one place checks it: errors of both name the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from konv.errors import FormatError, LimitError
from konv.language import translate as _
from konv.limits import MAX_NETWORK_FILE_DEPTH, MAX_NETWORK_FILE_VALUES
from konv.parameters import short_text

__all__ = ["Counter", "Tree", "malformed", "not_finite", "pairs_as_dict", "place", "tree_of"]


@dataclass(frozen=True, slots=True)
class Tree:
    """A value: None, a truth value, a number, a text, a list of trees or a dict of trees by key.

    Args:
        value: it.
        line: where it stands in the file, from 1; 0: it comes from no file.
    """

    value: Any
    line: int = 0

    def plain(self) -> Any:
        """The value without lines."""
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        return self.value


class Counter:
    """Counts values and depth while a file is read, and stops at the limits."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._values = 0

    def count(self, depth: int, line: int) -> None:
        """One more value, ``depth`` lists or dicts deep.

        Raises:
            LimitError: K602, there are too many.
            FormatError: K401, it is too deep.
        """
        self._values += 1
        if self._values > MAX_NETWORK_FILE_VALUES:
            raise LimitError(
                _("more than {most} values", most=f"{MAX_NETWORK_FILE_VALUES:,}"),
                code="K602",
                where=place(self.source, line),
                fix=_("a network of fewer layers, or with fewer fields that are not defaults"),
            )
        if depth > MAX_NETWORK_FILE_DEPTH:
            what = _("more than {most} levels of nesting", most=MAX_NETWORK_FILE_DEPTH)
            raise malformed(what, self.source, line)


def place(source: str, line: int) -> str:
    """``net.yaml line 7``."""
    if not line:
        return source
    where = _("line {line}", line=line)
    return f"{source} {where}" if source else where


def malformed(what: str, source: str, line: int, fix: str = "") -> FormatError:
    """What is raised for a file that is not well-formed."""
    return FormatError(what, code="K401", where=place(source, line), fix=fix)


def not_finite(text: str, source: str, line: int) -> FormatError:
    """What is raised for a number that is not finite."""
    return FormatError(
        _("{number} is not a finite number", number=text[:60]),
        code="K407",
        where=place(source, line),
        fix=_("a number such as 0.001"),
    )


def pairs_as_dict(pairs: Iterable[tuple[str, int, Tree]], source: str) -> dict[str, Tree]:
    """(key, its line, value) as a dict whose values stand on the line of their key.

    Raises:
        FormatError: K401, a key comes twice.
    """
    found: dict[str, Tree] = {}
    for key, line, tree in pairs:
        if key in found:
            raise malformed(
                _("{key} is given twice", key=short_text(key)),
                source,
                line,
                _("keep one; the first is on line {line}", line=found[key].line),
            )
        found[key] = Tree(tree.value, line)
    return found


def tree_of(value: Any) -> Tree:
    """Plain data as a tree. What is no list, tuple or mapping is taken as it is.

    Raises:
        FormatError: K401, it is nested too deep, or has a key that is no text.
        LimitError: K602, it holds too much.
    """
    return _tree_of(value, Counter(""), 1)


def _tree_of(value: Any, counter: Counter, depth: int) -> Tree:
    counter.count(depth, 0)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise malformed(_("the key {key} is no text", key=short_text(key)), "", 0)
        return Tree({key: _tree_of(item, counter, depth + 1) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return Tree([_tree_of(item, counter, depth + 1) for item in value])
    return Tree(value)
