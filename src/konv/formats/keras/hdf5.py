"""What an HDF5 file of Keras holds, read in a process of its own (see ``hdf5_child``)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from konv.errors import FormatError, LimitError
from konv.formats.exchange.packages import needed_package
from konv.formats.json_text import read_json
from konv.formats.tensor_reader import open_tensors
from konv.formats.texts import malformed, printable
from konv.language import marked
from konv.language import translate as _

__all__ = ["Hdf5Contents", "read_hdf5"]

Array = np.ndarray[Any, np.dtype[np.float32]]

_CHILD = Path(__file__).with_name("hdf5_child.py")
_REFUSED = 3
_WAIT_S = 60  # for the clock on the wall; the time of the processor is limited in the child
_BYTES_PER_S = 10 * 2**20
_REASONS = {
    "many": marked("it holds too many groups, or one inside of the other without end"),
    "link": marked("a link leads elsewhere"),
    "kind": marked("neither a group nor an array"),
    "text": marked("no text, or too long a one"),
    "elsewhere": marked("its numbers lie in another file or array"),
    "packed": marked("its numbers are packed, which Keras does not do"),
    "room": marked("it claims more numbers than the file holds"),
}


@dataclass(frozen=True, eq=False)
class Hdf5Contents:
    """The arrays and texts of an HDF5 file.

    Args:
        arrays: path -> float32 array.
        texts: path of a group ("" is the file) -> name -> a text, or a list of texts.
        skipped: the groups that were not looked at: states of training.
        unread: the path of an array that is no float32 -> its type.
    """

    arrays: Mapping[str, Array]
    texts: Mapping[str, Mapping[str, Any]]
    skipped: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)

    def text(self, path: str, name: str) -> str:
        """A text at a group; empty if there is none."""
        value = self.texts.get(path, {}).get(name, "")
        return value if isinstance(value, str) else ""

    def names(self, path: str, name: str) -> list[str]:
        """A list of texts, which Keras cuts into several when it is long."""
        group = self.texts.get(path, {})
        whole = group.get(name)
        parts = [whole] if isinstance(whole, list) else []
        number = 0
        while isinstance(part := group.get(f"{name}{number}"), list):
            parts.append(part)
            number += 1
        return [item for part in parts for item in part]


def read_hdf5(path: str | os.PathLike[str], where: str) -> Hdf5Contents:
    """Everything that konv needs of an HDF5 file, read by a process that may fail.

    Args:
        path: the file.
        where: what errors call it.

    Raises:
        FormatError: K401, it is damaged, or made to harm; K412, h5py is not installed.
        LimitError: K602, K604: it is too large.
    """
    needed_package("h5py", _("reading Keras's weights"))
    with tempfile.TemporaryDirectory(prefix="konv-") as folder:
        target = Path(folder) / "arrays"
        _read_apart(path, target, where)
        try:
            with open_tensors(target, where=where) as file:
                texts = read_json(file.metadata["attributes"], where=where, part="attributes")
                skipped = read_json(file.metadata["skipped"], where=where, part="groups")
                unread = read_json(file.metadata["unread"], where=where, part="arrays")
                entries = file.entries(dtypes=("F32",))
                arrays = {name: file.array(entry) for name, entry in entries.items()}
        except LimitError:
            raise
        except (FormatError, KeyError, UnicodeError):
            raise _damaged(where) from None
    return Hdf5Contents(arrays, texts, tuple(skipped), unread)


def _read_apart(source: str | os.PathLike[str], target: Path, where: str) -> None:
    wait_s = _WAIT_S + os.path.getsize(source) // _BYTES_PER_S
    try:
        done = subprocess.run(
            [sys.executable, "-P", os.fspath(_CHILD), os.fspath(source), os.fspath(target)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            timeout=wait_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _damaged(where) from None
    if done.returncode == _REFUSED:
        raise _refused(done.stdout[:2_000], where)
    if done.returncode != 0:
        raise _damaged(where)


def _environment() -> dict[str, str]:
    """What this process has, but no filters from elsewhere, and no threads of a BLAS."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "HDF5_PLUGIN_PRELOAD": "::",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _refused(line: bytes, where: str) -> FormatError:
    word, *place = json.loads(line)
    return FormatError(
        _("it is no file of weights: {reason}", reason=_(_REASONS[word])),
        code="K401",
        where=where,
        details=[(_("at"), printable(", ".join(place))[:200])],
        fix=_("save the model again with Keras; nothing in this file was run"),
    )


def _damaged(where: str) -> FormatError:
    return malformed(_("the HDF5 file with its weights is damaged"), where=where)
