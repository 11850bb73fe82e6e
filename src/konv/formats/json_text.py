"""JSON as our files hold it: written in one way only, and read without trusting it.

Reading refuses what Python's ``json`` lets pass: a name twice in one object, NaN and Infinity (also
as 1e999), text that is no UTF-8, deep nesting, numbers of endless digits. Python needs far more
memory for a value than its text has bytes, so the values are counted before any is made.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from konv.errors import LimitError
from konv.formats.texts import malformed
from konv.language import translate as _
from konv.limits import MAX_MODEL_HEADER_BYTES, MAX_MODEL_HEADER_DEPTH, MAX_MODEL_HEADER_VALUES
from konv.parameters import short_text

__all__ = ["check_extent", "extent", "read_json", "write_json"]

# The longest number that Python writes has 24 characters.
_MAX_NUMBER_CHARACTERS = 40


def write_json(value: Any) -> str:
    """Plain data as the one JSON text for it: names sorted, no spaces, no escapes without need.

    Example:
        >>> write_json({"b": [1, 2.5], "a": "한"})
        '{"a":"한","b":[1,2.5]}'
    """
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def read_json(text: bytes | str, *, where: str, part: str) -> Any:
    """The plain data that ``text`` holds.

    Args:
        text: at most MAX_MODEL_HEADER_BYTES, as UTF-8.
        where: the file, for errors.
        part: what of the file this is, for errors.

    Raises:
        FormatError: K401, it is not JSON, or says something twice, or is not finite.
        LimitError: K604, it is too long, too deep, or holds too many values.

    Example:
        >>> read_json(b'{"a": 1, "a": 2}', where="a file", part="header")
        Traceback (most recent call last):
        konv.errors.FormatError: K401 in a file: the header is not JSON as konv writes it...
    """
    # A lone surrogate is no UTF-8 either: it passes here, to be refused with all else below.
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    check_extent(raw, where=where, part=part)
    try:
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_number,
            parse_int=_whole_number,
            parse_constant=_no_constant,
        )
    except ValueError as error:
        raise malformed(
            _("the {part} is not JSON as konv writes it", part=part),
            where=where,
            details=[(_("reason"), str(error)[:200])],
        ) from None


def check_extent(raw: bytes, *, where: str, part: str) -> None:
    """Bound the length, the values and the depth of JSON before it is read.

    Raises:
        LimitError: K604.
    """
    _check_limit(_("bytes"), len(raw), MAX_MODEL_HEADER_BYTES, where, part)
    values, depth = extent(raw)
    _check_limit(_("values"), values, MAX_MODEL_HEADER_VALUES, where, part)
    _check_limit(_("levels of nesting"), depth, MAX_MODEL_HEADER_DEPTH, where, part)


def extent(raw: bytes) -> tuple[int, int]:
    """(at most how many values, at most how many levels of nesting) a JSON text holds.

    Every value, in an object with its name, stands behind one of ``[ { ,`` or at the start, so
    these are counted where they are outside of texts. In what is not JSON the count may be off, but
    only behind the place where reading stops.

    Example:
        >>> extent(b'{"a": [1, 2], "b, c": "[{"}')
        (5, 2)
    """
    codes = np.frombuffer(raw.replace(b"\\\\", b"").replace(b'\\"', b""), dtype=np.uint8)
    codes = codes[~np.logical_xor.accumulate(codes == ord('"'))]
    opening = (codes == ord("[")) | (codes == ord("{"))
    closing = (codes == ord("]")) | (codes == ord("}"))
    values = 1 + int(opening.sum()) + int((codes == ord(",")).sum())
    steps = opening.astype(np.int8) - closing.astype(np.int8)
    return values, int(np.cumsum(steps, dtype=np.int32).max(initial=0))


def _check_limit(what: str, count: int, most: int, where: str, part: str) -> None:
    if count > most:
        raise LimitError(
            _("the {part} holds {count} {what}", part=part, count=f"{count:,}", what=what),
            code="K604",
            where=where,
            details=[(_("limit"), f"{most:,}")],
            fix=_("fewer layers, or shorter class names, or a shorter training record"),
        )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        seen: set[str] = set()
        for name, _value in pairs:
            if name in seen:
                raise ValueError(_("{name} stands there twice", name=short_text(name)))
            seen.add(name)
    return values


def _number(text: str) -> float:
    number = float(text) if len(text) <= _MAX_NUMBER_CHARACTERS else math.nan
    if not math.isfinite(number):
        raise ValueError(_("{number} is not a finite number", number=text[:20]))
    return number


def _whole_number(text: str) -> int:
    if len(text) > _MAX_NUMBER_CHARACTERS:
        raise ValueError(_("a whole number of {count} digits", count=f"{len(text):,}"))
    return int(text)


def _no_constant(text: str) -> None:
    raise ValueError(_("{number} is not a finite number", number=text))
