"""Machine code on disk, so that a network is compiled once per processor.

An entry's name is made of everything its code depends on: the plan, the processor, the version of
llvmlite, and the files that write code. An entry begins with the digest of its name and of what
follows: one that is damaged, or that was moved here from another name, is written anew.

Whoever can write an entry can run any code as the user who reads it. So entries are read only if
they belong to that user and nobody else may write them, wherever the folder is; they are looked at
once they are open, so that no other file can take their place in between. What another user has put
into a shared folder is not used, whatever it says.

The folder is ``code`` in konv's cache folder (:func:`konv.files.cache_folder`). One that cannot be
used costs time, nothing else. Nothing waits for the disk: what a power cut destroys is noticed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target
from konv.files import cache_folder
from konv.limits import MAX_CODE_CACHE_BYTES

__all__ = ["Code", "cached_code", "code_folder", "entry_name", "is_kept", "kept_code"]

_MAGIC = b"konv code 3\n"
_DIGEST_BYTES = hashlib.sha256().digest_size
_LENGTH_BYTES = 8
_ENDING, _HALF_WRITTEN = ".konv-code", ".konv-part"
_BINARY = getattr(os, "O_BINARY", 0)  # Windows


@record
class Code:
    """Machine code.

    Args:
        objects: object files.
        cached: whether they were there already.
    """

    objects: list[bytes]
    cached: bool

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        return sum(map(len, self.objects))


def code_folder() -> Path | None:
    """Where machine code is kept; None where that cannot be."""
    folder = cache_folder()
    return None if folder is None else folder / "code"


def entry_name(description: str, target: Target) -> str:
    """The name of the code that this description gives on that processor."""
    parts = (description, repr(target), sys.platform, _writer())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def cached_code(name: str, make: Callable[[], list[bytes]]) -> Code:
    """The entry of that name, made and kept if there is none that is whole."""
    folder = code_folder()
    if folder is None:
        return Code(make(), cached=False)
    path = folder / f"{name}{_ENDING}"
    content = _read(path)
    if content is not None:
        return Code(_unpacked(content), cached=True)
    objects = make()
    with suppress(OSError):  # whatever is wrong with the disk: the code is there, in memory
        _write(path, _packed(objects))
        _remove_old(folder)
    return Code(objects, cached=False)


def is_kept(name: str) -> bool:
    """Whether there is an entry of that name, and it is whole."""
    folder = code_folder()
    return folder is not None and _read(folder / f"{name}{_ENDING}") is not None


def kept_code() -> tuple[int, int]:
    """(entries, bytes) that are kept."""
    sizes = [size for _used_ns, size, _path in _entries(code_folder())]
    return len(sizes), sum(sizes)


@cache
def _writer() -> str:
    """Who writes code: llvmlite's version, and the digest of the compiler's own files."""
    import llvmlite

    digest = hashlib.sha256(llvmlite.__version__.encode())
    compiler = str(Path(__file__).parents[1])
    for folder, _folders, names in sorted(os.walk(compiler)):
        for name in sorted(names):
            if name.endswith(".py"):  # 160 files: Path would take half of the time
                with open(f"{folder}/{name}", "rb") as file:
                    source = file.read()
                where = folder.removeprefix(compiler)
                digest.update(f"{where}/{name} {len(source)}\n".encode() + source)
    return digest.hexdigest()


def _read(path: Path) -> bytes | None:
    try:
        # Without O_NONBLOCK, opening a pipe that somebody has put here would never end.
        descriptor = os.open(path, os.O_RDONLY | _BINARY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            if not _trusted(descriptor):
                return None
            whole = file.read()
    except OSError:
        return None
    with suppress(OSError):
        os.utime(path)  # what is not used for longest is removed first
    content = whole[len(_MAGIC) + _DIGEST_BYTES :]
    return content if whole == _entry(path, content) else None


def _packed(objects: list[bytes]) -> bytes:
    """Each object behind its length."""
    return b"".join(len(each).to_bytes(_LENGTH_BYTES, "little") + each for each in objects)


def _unpacked(content: bytes) -> list[bytes]:
    objects, start = [], 0
    while start < len(content):
        length = int.from_bytes(content[start : start + _LENGTH_BYTES], "little")
        start += _LENGTH_BYTES
        objects.append(content[start : start + length])
        start += length
    return objects


def _trusted(descriptor: int) -> bool:
    """Whether nobody but this user can have written it; on Windows the user's folder says so."""
    if os.name != "posix":
        return True
    status = os.fstat(descriptor)
    others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not others_write


def _entry(path: Path, content: bytes) -> bytes:
    return _MAGIC + hashlib.sha256(path.name.encode() + content).digest() + content


def _write(path: Path, content: bytes) -> None:
    """Write aside and rename: no reader sees half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.parent / f".{secrets.token_hex(8)}{_HALF_WRITTEN}"
    try:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY
        with open(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(_entry(path, content))
        os.replace(temporary, path)
    finally:
        with suppress(OSError):  # it has been renamed, or could not be made
            temporary.unlink()


def _remove_old(folder: Path) -> None:
    """Take away the entries not used for longest, until the rest is within the limit."""
    entries = sorted(_entries(folder))
    total_bytes = sum(size for _used_ns, size, _path in entries)
    for _used_ns, size, path in entries:
        if total_bytes <= MAX_CODE_CACHE_BYTES:
            return
        with suppress(OSError):  # another process may have been first
            path.unlink()
        total_bytes -= size


def _entries(folder: Path | None) -> list[tuple[int, int, Path]]:
    """(when it was used, bytes, path) of everything that is kept, and of what a crash left."""
    try:
        # Nothing but what was written here: the folder may be a link to who knows where.
        paths = (
            [p for p in folder.iterdir() if p.suffix in (_ENDING, _HALF_WRITTEN)] if folder else []
        )
    except OSError:
        return []
    found = []
    for path in paths:
        with suppress(OSError):  # another process may have removed it
            status = path.stat()
            found.append((status.st_mtime_ns, status.st_size, path))
    return found
