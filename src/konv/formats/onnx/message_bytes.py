"""Messages from bytes and to bytes, by what their fields say. Equal messages give equal bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from konv.formats.onnx.messages import BYTES, FLOAT, INTEGER, PACKED, TEXT, Kind, Message, number_of
from konv.formats.onnx.wire import (
    FIXED32,
    FIXED64,
    LENGTH,
    VARINT,
    Source,
    field_bytes,
    fields_of,
    read_varint,
    signed,
    varint,
)
from konv.formats.texts import malformed
from konv.language import translate as _

__all__ = ["bytes_of", "read_message"]

_Message = TypeVar("_Message", bound=Message)
Value = int | memoryview

# An empty message takes two bytes in a file, and as much memory as so many numbers.
_MESSAGE = 4
_WORDS = {VARINT: "varint", FIXED64: "64 bit", LENGTH: "bytes", FIXED32: "32 bit"}


def read_message(kind: type[_Message], data: memoryview, source: Source) -> _Message:
    """The message that bytes hold.

    Raises:
        FormatError: K401, they hold none.
        LimitError: K604, it is too large.
    """
    source.count(_MESSAGE)
    message, table = kind(), _table(kind)  # type: ignore[arg-type]
    for number, wire, value in fields_of(data, source):
        if number not in table:
            continue
        name, held, repeated = table[number]
        if repeated and wire == LENGTH and held in (INTEGER, FLOAT):
            getattr(message, name).extend(_packed(held, value, source))
        elif repeated:
            getattr(message, name).append(_value(held, wire, value, source))
        elif getattr(message, name) is None:
            setattr(message, name, _value(held, wire, value, source))
        else:
            # Programs differ in which of two they take: a way to show one and to run the other.
            raise malformed(
                _("{kind}.{name} stands there twice", kind=kind.__name__, name=name),
                where=source.where,
            )
    return message


@cache
def _table(kind: type[Message]) -> dict[int, tuple[str, Kind, bool]]:
    """The number of each field -> its name, what it holds, whether it may repeat."""
    table = {}
    for item in fields(kind):
        number, held, repeated = number_of(item)
        table[number] = (item.name, held, repeated)
    return table


def _value(kind: Kind, wire: int, value: Value, source: Source) -> Any:
    """What a field holds."""
    if isinstance(value, int):
        if kind is INTEGER:
            return signed(value)
        if kind is PACKED:
            return varint(value)  # one number that was not packed is a packed list of one
    elif kind is PACKED:
        return value
    elif wire == LENGTH:
        if kind is TEXT:
            return _text(value, source)
        if kind is BYTES:
            return value
        if isinstance(kind, type):
            return read_message(kind, value, source)
    elif kind is FLOAT and wire == FIXED32:
        return struct.unpack("<f", value)[0]
    raise malformed(
        _("a field of the type {kind} holds another one", kind=_WORDS[wire]), where=source.where
    )


def _packed(kind: Kind, value: Any, source: Source) -> Iterator[Any]:
    if kind is FLOAT:
        if len(value) % 4:
            raise malformed(_("a list of numbers ends inside of one"), where=source.where)
        source.count(len(value) // 4)
        yield from (number for (number,) in struct.iter_unpack("<f", value))
        return
    place = 0
    while place < len(value):
        source.count()
        number, place = read_varint(value, place, source.where)
        yield signed(number)


def _text(value: memoryview, source: Source) -> str:
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError:
        raise malformed(_("a text in it is no UTF-8"), where=source.where) from None


def bytes_of(message: Message) -> list[bytes | memoryview]:
    """The bytes of a message in pieces, its fields in the order in which they are declared."""
    pieces: list[bytes | memoryview] = []
    for number, (name, kind, repeated) in _table(type(message)).items():  # type: ignore[arg-type]
        value = getattr(message, name)
        items: Iterable[Any] = value if repeated else () if value is None else (value,)
        if kind is PACKED and value:
            pieces += field_bytes(number, value)
            continue
        for item in items:
            pieces += field_bytes(number, _plain(kind, item))
    return pieces


def _plain(kind: Kind, item: Any) -> Any:
    if isinstance(item, Message):
        return bytes_of(item)
    if kind is TEXT:
        return item.encode("utf-8")
    return float(item) if kind is FLOAT else item
