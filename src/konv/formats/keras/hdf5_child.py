"""A program of its own that reads an HDF5 file that nobody vouches for.

``python hdf5_child.py SOURCE TARGET`` writes what konv needs of SOURCE, its float32 arrays and the
texts that Keras keeps beside them, into TARGET, in the form of a safetensors file.

The HDF5 library trusts what it reads: one wrong bit makes it loop without end, ask for memory that
nobody has, or crash. Here it may do so: the time and the memory of this process are limited, and
whoever started it sees nothing but a file that was written, or that was not. konv is not imported,
and nothing of a file is looked at before it is known to be harmless: links that lead elsewhere,
numbers that lie in other files, or that take more room than the file has. Arrays of other types are
named and not read: they belong to layers that konv does not have.

It ends with 0, or with 3 and one line: the word for a reason, and the place in the file.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

_REFUSED = 3
_SPARE_BYTES = 64 * 2**20
_CPU_S = 5
_BYTES_PER_S = 20 * 2**20
_MOST_OBJECTS = 100_000
_MOST_DEPTH = 20
_MOST_TEXT_BYTES = 4 * 2**20
_TEXTS = re.compile(r"(layer_names|weight_names)\d{0,4}|name|model_config|keras_version|backend")
# What is not needed to use a model: the state of its training, and of its random numbers.
_TRAINING = re.compile(r"optimizer\w{0,20}")
_RANDOM = re.compile(r"_?seed_generator\w{0,20}")


class UnsuitableError(Exception):
    """Something that such a file has no need of."""


def main(source: str, target: str) -> int:
    import h5py
    import numpy as np

    file_bytes = os.path.getsize(source)
    _limit(file_bytes)
    try:
        with h5py.File(source, "r", locking=False) as file:
            texts: dict[str, dict[str, Any]] = {}
            arrays: dict[str, Any] = {}
            unread: dict[str, str] = {}
            skipped: list[str] = []
            for path, item in _objects(file, skipped):
                if isinstance(item, h5py.Dataset) and item.dtype == np.float32:
                    arrays[path] = item
                elif isinstance(item, h5py.Dataset):
                    unread[path] = str(item.dtype)[:60]
                else:
                    texts[path] = dict(_texts(item, path))
            _check_arrays(arrays, file_bytes)
            metadata = {
                "attributes": json.dumps(texts),
                "skipped": json.dumps(skipped),
                "unread": json.dumps(unread),
            }
            with open(target, "wb") as out:
                out.write(_header(arrays, metadata))
                for dataset in arrays.values():
                    out.write(np.ascontiguousarray(dataset[()], "<f4").tobytes())
    except UnsuitableError as refusal:
        print(json.dumps(refusal.args), flush=True)
        return _REFUSED
    return 0


def _limit(file_bytes: int) -> None:
    """From here on: a few seconds, and a little more memory than the file has bytes."""
    try:
        import resource
    except ImportError:  # Windows; whoever waits for this process does not wait for ever
        return
    cpu_s = _CPU_S + file_bytes // _BYTES_PER_S
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.path.exists("/proc/self/statm"):
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        most = used + 2 * file_bytes + _SPARE_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _objects(file: Any, skipped: list[str]) -> Iterator[tuple[str, Any]]:
    """Every group and every array, by its path; a link may be nothing but a name."""
    import h5py

    waiting: list[tuple[str, Any, int]] = [("", file, 0)]
    seen = 0
    while waiting:
        path, item, depth = waiting.pop()
        seen += 1
        if seen > _MOST_OBJECTS or depth > _MOST_DEPTH:
            raise UnsuitableError("many", path)
        yield path, item
        if isinstance(item, h5py.Dataset):
            continue
        for name in sorted(item):
            place = f"{path}/{name}" if path else name
            if _RANDOM.fullmatch(name) or (not path and _TRAINING.fullmatch(name)):
                skipped.append(place[:200])
                continue
            if type(item.get(name, getlink=True)) is not h5py.HardLink:
                raise UnsuitableError("link", place)
            child = item[name]
            if not isinstance(child, (h5py.Group, h5py.Dataset)):
                raise UnsuitableError("kind", place)
            waiting.append((place, child, depth + 1))


def _texts(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The texts that Keras keeps at a group, and lists of them."""
    import h5py

    for name in group.attrs:
        if not _TEXTS.fullmatch(name):
            continue
        attribute = h5py.h5a.open(group.id, name.encode())
        if 0 in attribute.shape:
            yield name, []
            continue
        if attribute.get_storage_size() > _MOST_TEXT_BYTES:
            raise UnsuitableError("text", f"{path}@{name}")
        if attribute.get_type().get_class() != h5py.h5t.STRING:
            raise UnsuitableError("text", f"{path}@{name}")
        value = group.attrs[name]
        yield name, _decoded(value) if isinstance(value, (str, bytes)) else [*map(_decoded, value)]


def _decoded(text: Any) -> str:
    return text if isinstance(text, str) else bytes(text).decode("utf-8")


def _check_arrays(arrays: dict[str, Any], file_bytes: int) -> None:
    """Refuse what is not a plain array that lies in this very file."""
    total = 0
    for path, dataset in arrays.items():
        total += dataset.nbytes
        if dataset.is_virtual or dataset.external:
            raise UnsuitableError("elsewhere", path)
        if dataset.chunks is not None or dataset.id.get_create_plist().get_nfilters():
            raise UnsuitableError("packed", path)
        if dataset.shape is None or dataset.id.get_storage_size() != dataset.nbytes:
            raise UnsuitableError("room", path)
        if total > file_bytes:
            raise UnsuitableError("room", path)


def _header(arrays: dict[str, Any], metadata: dict[str, str]) -> bytes:
    header: dict[str, Any] = {"__metadata__": metadata}
    start = 0
    for path, dataset in arrays.items():
        end = start + dataset.nbytes
        shape = [int(size) for size in dataset.shape]
        header[path] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
        start = end
    text = json.dumps(header, separators=(",", ":")).encode()
    return len(text).to_bytes(8, "little") + text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
