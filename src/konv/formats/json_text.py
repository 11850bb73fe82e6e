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

__all__ = ["check_extent", "depth_of", "outside_texts", "read_json", "values_of", "write_json"]

Codes = np.ndarray[Any, np.dtype[np.uint8]]

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


def read_json(
    text: bytes | bytearray | str,
    *,
    where: str,
    part: str,
    most_bytes: int = MAX_MODEL_HEADER_BYTES,
    most_depth: int = MAX_MODEL_HEADER_DEPTH,
) -> Any:
    """The plain data that ``text`` holds.

    Args:
        text: as UTF-8, or decoded.
        where: the file, for errors.
        part: what of the file this is, for errors.
        most_bytes: how long it may be.
        most_depth: how many lists and objects may be open at once.

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
    check_extent(raw, where=where, part=part, most_bytes=most_bytes, most_depth=most_depth)
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


def check_extent(
    raw: bytes | bytearray,
    *,
    where: str,
    part: str,
    most_bytes: int = MAX_MODEL_HEADER_BYTES,
    most_depth: int = MAX_MODEL_HEADER_DEPTH,
) -> None:
    """Bound the length, the values and the depth of JSON before it is read.

    Raises:
        LimitError: K604.
    """
    _check_limit(_("bytes"), len(raw), most_bytes, where, part)
    signs = outside_texts(raw)
    _check_limit(_("values"), values_of(signs), MAX_MODEL_HEADER_VALUES, where, part)
    _check_limit(_("levels of nesting"), depth_of(signs), most_depth, where, part)


def outside_texts(raw: bytes | bytearray) -> Codes:
    """The bytes of a JSON text that are not inside of its quoted texts.

    In what is not JSON they may be others, but only behind the place where reading stops.

    Example:
        >>> outside_texts(b'{"a": [1, 2], "b, \\\\"c": "[{"}').tobytes()
        b'{: [1, 2], : }'
    """
    codes = np.frombuffer(raw.replace(b"\\\\", b"").replace(b'\\"', b""), dtype=np.uint8)
    quotes = codes == ord('"')
    return codes[~(np.logical_xor.accumulate(quotes) | quotes)]


def values_of(signs: Codes) -> int:
    """At most how many values a text holds.

    Every value, in an object with its name, stands behind one of ``[ { ,`` or at the start.
    """
    return 1 + sum(int((signs == ord(sign)).sum()) for sign in "[{,")


def depth_of(signs: Codes) -> int:
    """How many lists and objects are open at once."""
    # [ and { differ in the bit of 32 only, and so do ] and }.
    steps = ((signs | 32) == ord("{")).astype(np.int8) - ((signs | 32) == ord("}"))
    return int(np.cumsum(steps[steps != 0], dtype=np.int32).max(initial=0))


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
