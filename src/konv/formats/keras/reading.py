"""Reading the models that Keras saves: ``.keras`` archives, and ``.h5`` files of the older form.

Keras itself is not needed. The description is looked up in konv's own tables, layer by layer, and
nothing that a file names is imported or run.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from konv.data.names import written
from konv.errors import FormatError
from konv.formats.contents import ModelContents
from konv.formats.exchange.imported import Imported, Note, Original
from konv.formats.exchange.refusals import Refusals
from konv.formats.exchange.target import Array, NoRunnerError
from konv.formats.foreign import HDF5, looks_like
from konv.formats.json_text import read_json
from konv.formats.keras.archive import CONFIG, METADATA, WEIGHTS, KerasArchive, open_archive
from konv.formats.keras.arguments import short_text_of
from konv.formats.keras.config import model_of
from konv.formats.keras.hdf5 import Hdf5Contents, read_hdf5
from konv.formats.keras.own_part import read_own_part
from konv.formats.keras.running import run_keras
from konv.formats.keras.stored_weights import archived_weights, older_weights
from konv.formats.keras.strangers import stranger_in
from konv.formats.keras.wiring import Wired, wired
from konv.formats.opening import head_of
from konv.formats.texts import printable
from konv.language import translate as _
from konv.limits import MAX_KERAS_CONFIG_DEPTH, MAX_MODEL_FILE_BYTES

__all__ = ["read_keras"]

_ZIP = b"PK\x03\x04"


def read_keras(path: str | os.PathLike[str]) -> Imported:
    """The model in a ``.keras`` or ``.h5`` file. Nothing in the file is run.

    Args:
        path: what ``model.save`` of Keras 2 or 3 has written.

    Raises:
        FormatError: K401, K404, K406, K407: it cannot be read, or is no whole model; K410, it holds
            what konv does not have, all of which is named; K412, h5py is not installed.
        LimitError: K602, K604: it is too large.
    """
    where = written(path)
    head = head_of(path, MAX_MODEL_FILE_BYTES, where)
    if head.startswith(_ZIP):
        return _runnable(_read_archive(path, where), path)
    if re.match(HDF5, head):
        return _runnable(_read_older(path, where), path)
    raise FormatError(
        _("this is no file of Keras; it looks like {kind}", kind=looks_like(head)),
        code="K401",
        where=where,
        fix=_("give a .keras or .h5 file; nothing in this one was run"),
    )


def _runnable(imported: Imported, path: str | os.PathLike[str]) -> Imported:
    """The same; Keras can be asked about it where it takes what the network takes."""
    if imported.original is not None or imported.contents.preprocessing is not None:
        return imported
    return replace(imported, original=lambda inputs: run_keras(path, inputs))


def _read_archive(path: str | os.PathLike[str], where: str) -> Imported:
    with open_archive(path) as archive:
        config = _json(archive.text(CONFIG), where, CONFIG)
        metadata = _json(archive.text(METADATA), where, METADATA) if METADATA in archive else {}
        version = _version(metadata.get("keras_version") if isinstance(metadata, Mapping) else "")
        source = _("Keras {version}, a .keras file", version=version)
        own = read_own_part(metadata, config, where)
        if own is not None:
            return Imported(own.with_weights(_stored(archive, where), where), source)
        notes = [
            Note(printable(name[:80]), _("this part of the archive is ignored"))
            for name in archive.others
        ]
        # What is not supported is said before the weights are looked at.
        found = _wired(config, where, notes, version)
        stored = _stored(archive, where)
    weights = archived_weights(found.network, found.origins, stored, where)
    _note_training(config, stored, notes)
    contents = ModelContents(found.network, weights, preprocessing=found.preprocessing)
    return Imported(contents, source, tuple(notes), _not_run(config))


def _stored(archive: KerasArchive, where: str) -> Hdf5Contents:
    """The weights, taken out of the archive to be read."""
    with tempfile.TemporaryDirectory(prefix="konv-") as folder:
        weights = Path(folder) / WEIGHTS
        archive.save(WEIGHTS, weights)
        return read_hdf5(weights, where)


def _read_older(path: str | os.PathLike[str], where: str) -> Imported:
    stored = read_hdf5(path, where)
    text = stored.text("", "model_config")
    if not text:
        raise FormatError(
            _("this file holds weights only, and not the layers that they belong to"),
            code="K401",
            where=where,
            fix=_("save the whole model with model.save, as a .keras file"),
        )
    config = _json(text, where, "model_config")
    version = _version(
        stored.text("", "keras_version") or stored.text("model_weights", "keras_version")
    )
    notes: list[Note] = []
    found = _wired(config, where, notes, version)
    weights = older_weights(found.network, found.origins, stored, where)
    _note_training(config, stored, notes)
    contents = ModelContents(found.network, weights, preprocessing=found.preprocessing)
    source = _("Keras {version}, an HDF5 file of the older form", version=version)
    return Imported(contents, source, tuple(notes), _not_run(config))


def _not_run(config: Any) -> Original | None:
    """Why Keras is not asked about a file: konv read over a name, and Keras would look for it."""
    stranger = stranger_in(config)
    if stranger is None:
        return None

    def refuse(_inputs: Array) -> tuple[str, Array]:
        shown = printable(short_text_of(stranger))
        raise NoRunnerError(_("Keras is not asked: it would look for {name}", name=shown))

    return refuse


def _json(text: bytes | str, where: str, part: str) -> Any:
    return read_json(text, where=where, part=part, most_depth=MAX_KERAS_CONFIG_DEPTH)


def _version(value: Any) -> str:
    shown = value if isinstance(value, str) and value else "?"
    return printable(shown[:20])


def _wired(config: Any, where: str, notes: list[Note], version: str) -> Wired:
    major = re.match(r"[0-9]{1,3}(?=\.)", version)
    # What an unknown version wrote is judged as strictly as that of an older one.
    keras = int(major[0]) if major else 2
    return wired(model_of(config, where), where, notes, Refusals(), keras=keras)


def _note_training(config: Any, stored: Hdf5Contents, notes: list[Note]) -> None:
    if any(name.startswith("optimizer") for name in stored.skipped):
        notes.append(Note("", _("the state of its optimizer is ignored")))
    if isinstance(config, Mapping) and config.get("compile_config"):
        notes.append(Note("", _("how it was compiled is ignored: konv chooses loss and optimizer")))
