"""Protocol Buffers' wire format, as far as ONNX uses it: messages of numbered fields.

A field is a key and a value. The key is ``number · 8 + type``; of the types ONNX uses

====  ====================  ==================================================
type  value                 holds
====  ====================  ==================================================
0     varint                whole numbers: 7 bits a byte, the lowest first
1     8 bytes               float64
2     varint, so many bytes  texts, bytes, messages, packed numbers
5     4 bytes               float32
====  ====================  ==================================================

Bytes are not copied while a file is read, and every field that becomes an object is counted, so
that no file claims much more memory than it has bytes.

Source: Google, "Protocol Buffers: encoding", https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from konv.errors import LimitError
from konv.formats.texts import malformed
from konv.language import translate as _
from konv.limits import MAX_ONNX_VALUES

__all__ = [
    "FIXED32",
    "FIXED64",
    "LENGTH",
    "VARINT",
    "Source",
    "field_bytes",
    "fields_of",
    "read_varint",
    "signed",
    "varint",
]

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_WIDTHS = {FIXED64: 8, FIXED32: 4}
_MAX_VARINT_BYTES = 10


@dataclass
class Source:
    """The file that is read: its name for errors, and how many values came of it so far."""

    where: str
    values: int = 0

    def count(self, values: int = 1) -> None:
        """Refuse a file of more values than any network needs.

        Raises:
            LimitError: K604.
        """
        self.values += values
        if self.values > MAX_ONNX_VALUES:
            raise LimitError(
                _(
                    "the description in it holds more than {most} values",
                    most=f"{MAX_ONNX_VALUES:,}",
                ),
                code="K604",
                where=self.where,
                fix=_("a smaller network"),
            )


def fields_of(data: memoryview, source: Source) -> Iterator[tuple[int, int, int | memoryview]]:
    """(number, type, value) of each field of a message; the value is a whole number or its bytes.

    Raises:
        FormatError: K401, this is no message.
        LimitError: K604, there are too many fields.
    """
    place, end = 0, len(data)
    while place < end:
        source.count()
        key, place = read_varint(data, place, source.where)
        number, kind = key >> 3, key & 7
        if not 1 <= number < 2**29:
            raise malformed(_("a field has the number {number}", number=number), where=source.where)
        if kind == VARINT:
            value, place = read_varint(data, place, source.where)
            yield number, kind, value
            continue
        if kind == LENGTH:
            length, place = read_varint(data, place, source.where)
        elif kind in _WIDTHS:
            length = _WIDTHS[kind]
        else:
            raise malformed(_("a field has the type {kind}", kind=kind), where=source.where)
        if length > end - place:
            raise malformed(
                _("the file ends before one of its fields does"),
                where=source.where,
                details=[
                    (_("field"), f"{length:,} B"),
                    (_("in the file"), f"{end - place:,} B"),
                ],
            )
        yield number, kind, data[place : place + length]
        place += length


def read_varint(data: memoryview, place: int, where: str) -> tuple[int, int]:
    """The whole number that begins at ``place``, from 0 to 2⁶⁴ − 1, and the place behind it."""
    if place < len(data) and data[place] < 0x80:  # most numbers: a byte is enough
        return data[place], place + 1
    value = 0
    for index in range(_MAX_VARINT_BYTES):
        if place + index >= len(data):
            raise malformed(_("the file ends inside of a number"), where=where)
        byte = data[place + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80 and value < 2**64:
            return value, place + index + 1
    raise malformed(_("a whole number has more than 64 bits"), where=where)


def signed(value: int) -> int:
    """A number of 64 bits as the signed one that they stand for.

    Example:
        >>> signed(3), signed(2**64 - 1)
        (3, -1)
    """
    return value - 2**64 if value >= 2**63 else value


def varint(value: int) -> bytes:
    """A whole number, negative ones as two's complement of 64 bits.

    Example:
        >>> varint(300).hex(), len(varint(-1))
        ('ac02', 10)
    """
    value %= 2**64
    parts = bytearray()
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def field_bytes(
    number: int, value: int | float | bytes | memoryview | Iterable[bytes]
) -> list[bytes | memoryview]:
    """A field as pieces: a varint of an int, float32 of a float, else the length and the bytes."""
    if isinstance(value, int):
        return [varint(number << 3 | VARINT) + varint(value)]
    if isinstance(value, float):
        return [varint(number << 3 | FIXED32) + struct.pack("<f", value)]
    pieces = [value] if isinstance(value, (bytes, memoryview)) else list(value)
    return [varint(number << 3 | LENGTH) + varint(sum(map(len, pieces))), *pieces]
