"""Object files of WebAssembly: what they lack, and how they run where there is no linker.

LLVM writes an object file as if it were placed at address 0 of its memory. One that lacks no
function is a module that any engine can load: only the list of what it offers is missing, since
that is what a linker writes.

Source: "WebAssembly core specification", chapter 5; "WebAssembly object file linking" (tool
conventions) for the table of symbols.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["missing_functions", "with_exports"]

_START = 8  # behind the magic word and the version
_CUSTOM, _IMPORTS, _EXPORTS = 0, 2, 7
_FUNCTION, _TABLE, _GLOBAL = 0, 1, 3  # kinds of what is imported or exported
_SYMBOLS = 8  # the part of the section "linking" that lists symbols
_DATA_SYMBOL, _SECTION_SYMBOL = 1, 3
_IS_ELSEWHERE, _HAS_A_NAME = 0x10, 0x40


class _Reader:
    """Reads number after number of a file."""

    def __init__(self, content: bytes, place: int) -> None:
        self.content, self.place = content, place

    def byte(self) -> int:
        self.place += 1
        return self.content[self.place - 1]

    def number(self) -> int:
        """In LEB128: seven bits a byte, the lowest first."""
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result

    def text(self) -> str:
        size = self.number()
        self.place += size
        return self.content[self.place - size : self.place].decode()


def missing_functions(content: bytes) -> Iterator[str]:
    """The functions it imports; memory, stack and table are what every program has."""
    for kind, _begin, reader, _end in _sections(content):
        if kind == _IMPORTS:
            for _each in range(reader.number()):
                _module, name = reader.text(), reader.text()
                if reader.byte() == _FUNCTION:
                    reader.number()
                    yield name
                else:
                    reader.place -= 1
                    _skip_import(reader)


def with_exports(content: bytes) -> bytes:
    """The same file, which offers the functions that it has by their names."""
    names = dict(_functions(content))
    body = _number(len(names))
    for name, number in names.items():
        body += _text(name) + bytes([_FUNCTION]) + _number(number)
    exports = bytes([_EXPORTS]) + _number(len(body)) + body
    # Sections stand in the order of their kinds, but for 12 (how many pieces of data), behind 9.
    later = (begin for kind, begin, _r, _e in _sections(content) if kind > _EXPORTS)
    place = next(later, len(content))
    return content[:place] + exports + content[place:]


def _sections(content: bytes) -> Iterator[tuple[int, int, _Reader, int]]:
    """(kind, where it begins, a reader of what it holds, where it ends)."""
    place = _START
    while place < len(content):
        reader = _Reader(content, place + 1)
        size = reader.number()
        end = reader.place + size
        yield content[place], place, reader, end
        place = end


def _skip_import(reader: _Reader) -> None:
    """The description of a table, a memory or a global."""
    kind = reader.byte()
    if kind == _GLOBAL:  # its type, and whether it may change
        reader.place += 2
        return
    if kind == _TABLE:  # the type of its elements
        reader.byte()
    for _limit in range(1 + (reader.byte() & 1)):
        reader.number()


def _functions(content: bytes) -> Iterator[tuple[str, int]]:
    """(name, number) of every function of its own."""
    for kind, _begin, reader, end in _sections(content):
        if kind == _CUSTOM and reader.text() == "linking":
            reader.number()  # the version
            while reader.place < end:
                part, size = reader.byte(), reader.number()
                behind = reader.place + size
                if part == _SYMBOLS:
                    for _each in range(reader.number()):
                        yield from _symbol(reader)
                reader.place = behind


def _symbol(reader: _Reader) -> Iterator[tuple[str, int]]:
    """(name, number) of a symbol, if it is a function of the file itself."""
    kind, flags = reader.byte(), reader.number()
    own = not flags & _IS_ELSEWHERE
    if kind == _DATA_SYMBOL:
        reader.text()
        for _each in range(3 if own else 0):  # the piece of data, where in it, how long
            reader.number()
    elif kind == _SECTION_SYMBOL:
        reader.number()
    else:
        number = reader.number()
        name = reader.text() if own or flags & _HAS_A_NAME else ""
        if kind == _FUNCTION and own:
            yield name, number


def _number(number: int) -> bytes:
    pieces = []
    while number > 127:
        pieces.append(number & 127 | 128)
        number >>= 7
    return bytes([*pieces, number])


def _text(text: str) -> bytes:
    data = text.encode()
    return _number(len(data)) + data
