"""Decoded pictures, kept for the next run in ``$XDG_CACHE_HOME/konv`` or ``~/.cache/konv``.

An entry is one file: the pixels, a description in JSON, and a footer with the lengths and checksums
of both. It is written aside and renamed when complete, so that no reader sees half of it; one that
does not fit its footer is built again. The cache only saves time: where it cannot be written, or
not be read, nothing fails.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from konv.data.decoding import Decoded, Decoding, Progress
from konv.data.labelled import Source, frozen
from konv.data.preprocessing import Preprocessing
from konv.data.reasons import short_reason
from konv.errors import FormatError, KonvError
from konv.files import cache_folder, write_atomically
from konv.language import current_language
from konv.language import translate as _
from konv.limits import MAX_CACHE_BYTES

__all__ = ["Entry", "cached", "clear_cache"]

# Raised whenever an entry of before would no longer be what is built today.
_VERSION = 2
_MAGIC = b"konvdata"
_FOOTER = struct.Struct("<8sQQII")  # magic, bytes and checksums of the pixels and the description
_ENDING = ".pictures"
_ENTRIES, _HALF_WRITTEN = f"*{_ENDING}", ".*.part"  # the latter are those of write_atomically
_ABANDONED_S = 24 * 3600.0
_CHECKED_AT_ONCE = 2**24


@dataclass(frozen=True)
class Entry:
    """The place of one source's pictures; ``root`` is the folder that their paths start from."""

    path: Path
    root: Path

    @classmethod
    def of(cls, source: Source, wanted: Mapping[str, Any]) -> Self | None:
        """Where the pictures of ``source`` are kept, or None if they cannot be.

        Args:
            source: the names, sizes and times of its files are part of the entry's name.
            wanted: what is asked of the pictures: size, channels, policy.
        """
        folder = cache_folder()
        if folder is None or source.root is None:
            return None
        digest = hashlib.sha256(json.dumps([_VERSION, wanted]).encode())
        for file in source.files:
            identity = [str(file.relative_to(source.root)), *_size_and_time(file)]
            digest.update(json.dumps(identity).encode())
        return cls(folder / f"{digest.hexdigest()[:40]}{_ENDING}", source.root)

    def read(self) -> Decoded | None:
        """What is kept, its pixels left in the file; None if there is nothing intact."""
        try:
            whole = np.memmap(self.path, dtype=np.uint8, mode="r").view(np.ndarray)
            description = _checked(whole)
            if description is None:
                return None
            os.utime(self.path)
            return self._rebuilt(whole, description)
        # ValueError: an empty file or broken JSON; KonvError: a preprocessing that cannot be
        except (OSError, ValueError, KeyError, TypeError, KonvError):
            return None

    def write(self, decoding: Decoding, progress: Progress | None) -> Decoded | None:
        """Decode into the entry and read it; None where that cannot be."""
        if decoding.most_bytes > MAX_CACHE_BYTES:
            return None
        try:
            write_atomically(self.path, self._content(decoding, progress))
        except FormatError as error:
            if error.code != "K405":
                raise
            return None
        _evict(self.path)
        return self.read()

    def _content(self, decoding: Decoding, progress: Progress | None) -> Iterator[bytes]:
        checksum = pixel_bytes = 0
        for images in decoding.batches(progress):
            pixels = images.tobytes()
            pixel_bytes += len(pixels)
            checksum = zlib.crc32(pixels, checksum)
            yield pixels
        description = json.dumps(self._description(decoding.decoded(None))).encode()
        yield description
        described = zlib.crc32(description)
        yield _FOOTER.pack(_MAGIC, pixel_bytes, len(description), checksum, described)

    def _description(self, decoded: Decoded) -> dict[str, Any]:
        paths = decoded.paths
        return {
            "labels": decoded.labels.tolist(),
            "paths": None if paths is None else [self._name(path) for path in paths],
            "counts": dict(decoded.counts),
            "class_names": decoded.class_names,
            "skipped": [[self._name(path), reason] for path, reason in decoded.skipped],
            "language": current_language(),
            "preprocessing": decoded.preprocessing.to_config(),
            "spread": decoded.spread,
        }

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.root))

    def _rebuilt(self, whole: npt.NDArray[np.uint8], description: Mapping[str, Any]) -> Decoded:
        preprocessing = Preprocessing.from_config(description["preprocessing"])
        shape = (len(description["labels"]), *preprocessing.shape)
        paths, spread = description["paths"], description["spread"]
        skipped = [(self.root / name, reason) for name, reason in description["skipped"]]
        if description["language"] != current_language():
            skipped = [(path, _why_unreadable(path, preprocessing)) for path, _reason in skipped]
        return Decoded(
            whole[: math.prod(shape)].reshape(shape),
            frozen(np.array(description["labels"], dtype=np.int64)),
            None if paths is None else tuple(self.root / name for name in paths),
            description["counts"],
            tuple(description["class_names"]),
            tuple(skipped),
            preprocessing,
            None if spread is None else (tuple(spread[0]), tuple(spread[1])),
        )


def cached() -> tuple[int, int]:
    """(data sets, bytes) that are kept."""
    sizes = [_size_and_time(path)[0] for path in _found(_ENTRIES)]
    return len(sizes), sum(sizes)


def clear_cache() -> tuple[int, int]:
    """Remove what is kept, and what was left half written: (data sets, bytes)."""
    removed = cached()
    for path in (*_found(_ENTRIES), *_found(_HALF_WRITTEN)):
        _remove(path)
    return removed


def _found(pattern: str) -> list[Path]:
    folder = cache_folder()
    return [] if folder is None else list(folder.glob(pattern))


def _why_unreadable(path: Path, preprocessing: Preprocessing) -> str:
    """The reason why a picture cannot be read."""
    try:
        preprocessing.read(path)
    except KonvError as error:
        return short_reason(error)
    return _("it could not be read before")


def _size_and_time(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError:  # a link that leads nowhere; whoever decodes it says so
        return (-1, -1)
    return (status.st_size, status.st_mtime_ns)


def _checked(whole: npt.NDArray[np.uint8]) -> dict[str, Any] | None:
    if len(whole) < _FOOTER.size:
        return None
    magic, pixel_bytes, described_bytes, *checksums = _FOOTER.unpack(whole[-_FOOTER.size :].data)
    if magic != _MAGIC or pixel_bytes + described_bytes + _FOOTER.size != len(whole):
        return None
    described = whole[pixel_bytes : pixel_bytes + described_bytes]
    if [_checksum(whole[:pixel_bytes]), _checksum(described)] != checksums:
        return None
    description: dict[str, Any] = json.loads(described.tobytes())
    return description


def _checksum(values: npt.NDArray[np.uint8]) -> int:
    checksum = 0
    for start in range(0, len(values), _CHECKED_AT_ONCE):
        checksum = zlib.crc32(values[start : start + _CHECKED_AT_ONCE].data, checksum)
    return checksum


def _evict(kept: Path) -> None:
    """Take away the entries not used for longest, until the rest is within the limit."""
    for path in _found(_HALF_WRITTEN):
        if time.time() - _size_and_time(path)[1] / 1e9 > _ABANDONED_S:
            _remove(path)
    entries = []
    for path in _found(_ENTRIES):
        size_bytes, used_ns = _size_and_time(path)
        if path != kept:
            entries.append((used_ns, size_bytes, path))
    total_bytes = _size_and_time(kept)[0] + sum(size_bytes for _used, size_bytes, _p in entries)
    for _used, size_bytes, path in sorted(entries):
        if total_bytes <= MAX_CACHE_BYTES:
            return
        _remove(path)
        total_bytes -= size_bytes


def _remove(path: Path) -> None:
    # Another process may have been first, or still hold it open (Windows).
    with suppress(OSError):
        path.unlink()
