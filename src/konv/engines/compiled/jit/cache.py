"""Machine code on disk, so that a network is compiled once per processor.

An entry's name is made of everything its code depends on: the plan, the processor, the version of
llvmlite, and the files that write code. An entry begins with the digest of what follows: one that
is damaged, or was half written by something else, is not used but written again.

The folder is ``$KONV_CACHE/code``, else that of konv in the user's cache folder. One that cannot be
written to costs time, nothing else. Old entries are removed when there are more than the limit.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from konv.engines.compiled.target import Target
from konv.files import write_atomically

__all__ = ["cache_folder", "cached_code", "entry_name"]

_VARIABLE = "KONV_CACHE"
_MAGIC = b"konv code 1\n"
_DIGEST_BYTES = hashlib.sha256().digest_size
_MOST_ENTRIES = 512


def cache_folder() -> Path:
    """Where machine code is kept."""
    chosen = os.environ.get(_VARIABLE)
    if chosen:
        return Path(chosen) / "code"
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "konv" / "code"


def entry_name(description: str, target: Target) -> str:
    """The name of the code that this description gives on that processor."""
    parts = (description, repr(target), _writer())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _writer() -> str:
    """Who writes code: llvmlite's version, and the digest of the compiler's own files."""
    import llvmlite

    digest = hashlib.sha256(llvmlite.__version__.encode())
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cached_code(name: str, make: Callable[[], bytes]) -> bytes:
    """The entry of that name, made and kept if there is none that is whole."""
    path = cache_folder() / name
    code = _read(path)
    if code is not None:
        return code
    code = make()
    _keep(path, code)
    return code


def _read(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + _DIGEST_BYTES
    digest, code = content[len(_MAGIC) : start], content[start:]
    whole = content.startswith(_MAGIC) and hashlib.sha256(code).digest() == digest
    return code if whole else None


def _keep(path: Path, code: bytes) -> None:
    content = _MAGIC + hashlib.sha256(code).digest() + code
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
        _remove_old(path.parent)
    except Exception:  # whatever is wrong with the disk: the code is there, in memory
        return


def _remove_old(folder: Path) -> None:
    entries = list(folder.iterdir())
    if len(entries) <= _MOST_ENTRIES:
        return
    entries.sort(key=lambda entry: entry.stat().st_mtime)
    for entry in entries[: len(entries) - _MOST_ENTRIES]:
        entry.unlink(missing_ok=True)
