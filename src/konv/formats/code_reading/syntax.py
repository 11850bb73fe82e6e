"""From text to Python's syntax tree: bounded in size, and with the line of what is wrong."""

from __future__ import annotations

import ast
import re
import warnings

from konv.errors import FormatError, LimitError
from konv.formats.code_reading.listing import Listing
from konv.formats.texts import printable
from konv.language import translate as _
from konv.limits import MAX_CODE_BYTES, MAX_CODE_WORDS

__all__ = ["check_size", "is_python", "parses", "syntax_tree"]

_WORD = re.compile(r"\w+|[^\w\s]")
_SHOWN_CHARACTERS = 120


def syntax_tree(listing: Listing) -> ast.Module:
    """The statements of a listing.

    Raises:
        FormatError: K401, it is not Python.
        LimitError: K602, K604: it is too much.
    """
    check_size(listing.text, listing.source)
    try:
        return _parsed(listing.text)
    except SyntaxError as error:
        raise _not_python(error, listing) from None
    except (RecursionError, MemoryError):
        raise LimitError(
            _("nested too deep to be read"),
            code="K604",
            where=listing.source,
            fix=_("keep only the lines that describe the network"),
        ) from None
    except ValueError:  # such as a zero byte
        raise FormatError(
            _("this is no Python text"), code="K401", where=listing.source, fix=_("a text file")
        ) from None


def check_size(text: str, source: str) -> None:
    """Refuse what would take Python too much memory.

    Raises:
        LimitError: K602, K604.
    """
    if len(text) > MAX_CODE_BYTES:
        raise LimitError(
            _("more than {most} characters of code", most=f"{MAX_CODE_BYTES:,}"),
            code="K602",
            where=source,
            fix=_("keep only the lines that describe the network"),
        )
    if _words_of(text) > MAX_CODE_WORDS:
        raise LimitError(
            _("more than {most} words of code", most=f"{MAX_CODE_WORDS:,}"),
            code="K604",
            where=source,
            fix=_("keep only the lines that describe the network"),
        )


def is_python(text: str) -> bool:
    """Whether a text is Python that does something: no single word, no bare number."""
    tree = _tree(text)
    if tree is None:
        return False
    return any(
        not isinstance(item, ast.Expr) or isinstance(item.value, ast.Call) for item in tree.body
    )


def parses(text: str) -> bool:
    """Whether a text is Python, an empty one included."""
    return _tree(text) is not None


def _tree(text: str) -> ast.Module | None:
    if _words_of(text) > MAX_CODE_WORDS:
        return None
    try:
        return _parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _words_of(text: str) -> int:
    return sum(1 for _word in _WORD.finditer(text))


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as those about "\d" in a text
        return ast.parse(text)


def _not_python(error: SyntaxError, listing: Listing) -> FormatError:
    line = error.lineno or 0
    lines = listing.text.split("\n")
    shown = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    details = [(_("line"), printable(shown)[:_SHOWN_CHARACTERS])] if shown else []
    reason = printable(error.msg or "")
    return FormatError(
        _("this is no Python: {reason}", reason=_slip(reason)),
        code="K401",
        where=listing.located(line),
        details=details,
        fix=_("write the line as Python has it; nothing in the file was run"),
    )


def _slip(reason: str) -> str:
    """What is wrong, in a person's words, for the slips that printed listings have."""
    if found := re.fullmatch(r"unmatched '(.)'", reason):
        return _("a bracket {sign} too many", sign=found[1])
    if found := re.fullmatch(r"'(.)' was never closed", reason):
        return _("the bracket {sign} is never closed", sign=found[1])
    if found := re.match(r"closing parenthesis '(.)' does not match.*parenthesis '(.)'", reason):
        return _("the bracket {sign} closes a {other}", sign=found[1], other=found[2])
    if found := re.fullmatch(r"unterminated string literal.*", reason):
        return _("a text is never closed")
    if "indent" in reason:
        return _("the indentation is wrong ({reason})", reason=reason)
    if found := re.match(r"invalid character '(.)'", reason):
        return _("the character {sign} has no place in code", sign=found[1])
    return reason
