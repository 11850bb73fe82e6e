"""Model files of all kinds that konv reads, told apart by how they begin, not by their names."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import MappingProxyType

from konv.data.names import written
from konv.errors import FormatError
from konv.files import as_path
from konv.formats.exchange.imported import Imported
from konv.formats.foreign import HDF5, KERAS_ARCHIVE, ONNX, PICKLE, TENSORS, looks_like
from konv.formats.konv_file import read_model
from konv.formats.opening import head_if_readable
from konv.language import translate as _

__all__ = ["MODEL_ENDINGS", "read_any_model"]


def _konv(path: str | os.PathLike[str]) -> Imported:
    return Imported(read_model(path))


def _keras(path: str | os.PathLike[str]) -> Imported:
    from konv.formats.keras import read_keras

    return read_keras(path)


def _onnx(path: str | os.PathLike[str]) -> Imported:
    from konv.formats.onnx.importing.model import read_onnx

    return read_onnx(path)


def _pickle(path: str | os.PathLike[str]) -> Imported:
    from konv.formats.pytorch.pickles import refuse_pickle

    refuse_pickle(path)


# How a file begins, and what reads it.
_SOURCES = (
    (TENSORS, _konv),
    (PICKLE, _pickle),
    (HDF5, _keras),
    (KERAS_ARCHIVE, _keras),
    (ONNX, _onnx),
)
# What need not begin like that is known by its name.
_ENDINGS = MappingProxyType({".keras": _keras, ".h5": _keras, ".hdf5": _keras, ".onnx": _onnx})
MODEL_ENDINGS = (".konv", *_ENDINGS)


def read_any_model(path: str | os.PathLike[str]) -> Imported:
    """The model in a file of konv's own, or of another tool. Nothing in it is run.

    Raises:
        FormatError: K401, it is none of these; K404, it cannot be read, or is a pickle; K410, it
            holds what konv does not have, all of it; others as those that read each kind.
        LimitError: it is too large.
        ParameterError: K201, that is no path.
    """
    path = as_path(path, where="load")
    head = head_if_readable(path) or b""
    for pattern, read in _SOURCES:
        if re.match(pattern, head, re.DOTALL):
            return read(path)
    by_name = _ENDINGS.get(Path(os.fsdecode(path)).suffix.lower())
    if head and by_name is not None:
        return by_name(path)
    if head:
        raise FormatError(
            _("this is no model that konv reads; it looks like {kind}", kind=looks_like(head)),
            code="K401",
            where=written(path),
            fix=_(
                "one of {endings}; nothing in this one was run", endings=", ".join(MODEL_ENDINGS)
            ),
        )
    return _konv(path)
