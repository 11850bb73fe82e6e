"""What an object file says of itself: for which processor it is, and what is to be linked to it.

Source: Tool Interface Standard, "Executable and linking format", 1995, chapter 1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from konv.formats.object_code.webassembly import missing_functions

__all__ = ["machine_of", "missing_symbols"]

_SYMBOL_TABLE = 2  # a kind of section
_UNDEFINED = 0  # the section of a symbol that is elsewhere
# (where sections are listed, the form of a section, of a symbol, and the place of its section)
_ELF = {
    1: ("<32xI10xHHH", "<IIIIIIIIII", "<IIIBBH", 5),
    2: ("<40xQ10xHHH", "<IIQQQQIIQQ", "<IBBHQQ", 3),
}


def machine_of(content: bytes) -> tuple[str, int]:
    """("elf32", "elf64" or "wasm", the number of the processor in ELF)."""
    if content.startswith(b"\0asm"):
        return "wasm", 0
    return ("elf32", "elf64")[content[4] - 1], int.from_bytes(content[18:20], "little")


def missing_symbols(content: bytes) -> list[str]:
    """The names of what it uses and does not have, in order."""
    found = missing_functions(content) if content.startswith(b"\0asm") else _elf_missing(content)
    return sorted({name for name in found if name})


def _elf_missing(content: bytes) -> Iterator[str]:
    header, section_form, symbol_form, section_place = _ELF[content[4]]
    offset, section_bytes, count, _names = struct.unpack_from(header, content)
    sections = [
        struct.unpack_from(section_form, content, offset + section_bytes * number)
        for number in range(count)
    ]
    for section in sections:
        if section[1] == _SYMBOL_TABLE:
            texts = sections[section[6]][4]
            step = struct.calcsize(symbol_form)
            for place in range(section[4], section[4] + section[5], step):
                symbol = struct.unpack_from(symbol_form, content, place)
                if symbol[section_place] == _UNDEFINED:
                    begin = texts + symbol[0]
                    yield content[begin : content.index(b"\0", begin)].decode()
