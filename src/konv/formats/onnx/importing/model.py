"""A file as a konv model: as konv wrote it, or woven of its operations."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from konv.data.names import written
from konv.formats.exchange.channels_first import Woven
from konv.formats.exchange.imported import Imported, Note
from konv.formats.konv_file import check_finite
from konv.formats.onnx.importing.weaving import woven_model
from konv.formats.onnx.messages import Model
from konv.formats.onnx.metadata import parts_of
from konv.formats.onnx.own import own_contents
from konv.formats.onnx.reading import model_of_bytes, model_of_file
from konv.formats.onnx.running import run_onnx
from konv.formats.parts import Parts
from konv.formats.texts import printable
from konv.language import translate as _
from konv.parameters import short_text

__all__ = ["onnx_from_bytes", "read_onnx"]

_OWN_KEYS = ("konv_classes", "konv_network", "konv_preprocessing", "konv_record")


def read_onnx(path: str | os.PathLike[str]) -> Imported:
    """The model in an ONNX file. Nothing in the file is run, and no other file is read.

    Args:
        path: a file of opset 7 or newer, with its weights in it.

    Raises:
        FormatError: K404, K401, K407: it cannot be read, or is not whole; K410, it holds what konv
            does not have, with the whole list.
        LimitError: K602, K604: it is too large.
    """
    imported, woven = _imported(model_of_file(path), written(path))
    original = partial(run_onnx, path)
    return replace(imported, original=original if woven is None else woven.turned(original))


def onnx_from_bytes(content: bytes, where: str = "") -> Imported:
    """The same from the content of a file; errors call it ``where``."""
    where = where or _("{count} bytes", count=f"{len(content):,}")
    return _imported(model_of_bytes(content, where), where)[0]


def _imported(model: Model, where: str) -> tuple[Imported, Woven | None]:
    """The model, and how its arrays are turned; None: as konv's."""
    parts = parts_of(model, where)
    own = own_contents(model, parts, where)
    if own is not None:
        return Imported(own, _source(model)), None
    weaving = woven_model(model, where)
    weights = weaving.woven.weights
    for name, array in weights.items():
        check_finite(name, array, where)
    contents = parts.contents(weaving.woven.network, weights)
    notes = (*weaving.notes, *_notes(model, parts))
    return Imported(contents, _source(model), notes), weaving.woven


def _source(model: Model) -> str:
    """ "ONNX, opset 8, from CNTK 2.5.1" """
    versions = [item.version for item in model.opset_import if item.domain in (None, "", "ai.onnx")]
    source = _("ONNX, opset {version}", version=versions[0] if versions else "?")
    names = (model.producer_name or "", model.producer_version or "")
    producer = short_text(" ".join(printable(name) for name in names).strip()).strip("'")
    return source + (_(", from {producer}", producer=producer) if producer else "")


def _notes(model: Model, parts: Parts) -> list[Note]:
    notes = []
    if model.training_info:
        notes.append(Note("", _("how the file says to train it was left out")))
    others = [printable(key)[:40] for key in parts.texts if key not in _OWN_KEYS]
    if others:
        names = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
        notes.append(
            Note("", _("metadata that konv does not know were left out: {names}", names=names))
        )
    if "konv_network" in parts.texts:
        notes.append(
            Note("", _("the graph is no longer that of the konv network beside it: it counts"))
        )
    if parts.preprocessing is None:
        notes.append(
            Note(
                "",
                _(
                    "the file does not say how a picture becomes the input: "
                    "konv divides pixels by 255 unless model.preprocessing says otherwise"
                ),
                about="pixels",
            )
        )
    return notes
