"""Writing a model as a ``.keras`` file that Keras 3 loads. Equal models give equal bytes."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np

from konv.formats.contents import ModelContents
from konv.formats.exchange.imported import Note
from konv.formats.exchange.packages import needed_package
from konv.formats.json_text import write_json
from konv.formats.keras.archive import CONFIG, METADATA, WEIGHTS
from konv.formats.keras.description import Description, described
from konv.formats.keras.own_part import KEY, own_part
from konv.formats.konv_file import model_bytes
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.network.graph import Network
from konv.network.weights import checked_weights

__all__ = ["keras_bytes"]

# The first version that has this form. Later ones read it as well.
_KERAS_VERSION = "3.0.0"
# Always the same day, the earliest of ZIP archives: today would make equal models differ.
_DAY = (1980, 1, 1, 0, 0, 0)
_DATE = "1980-01-01@00:00:00"


def keras_bytes(contents: ModelContents, where: str) -> tuple[bytes, list[Note]]:
    """The content of a ``.keras`` file, and what a person should know of it.

    Args:
        contents: the model.
        where: what it is called, for errors.

    Raises:
        FormatError: K411, Keras lacks something; K407, a weight is not finite; K412, h5py is not
            installed.
        EngineError: K702, the weights do not belong to the network.
    """
    model_bytes(contents)  # what konv's own file refuses is not written here either
    description = described(contents.network, where)
    weights = checked_weights(contents.network, contents.weights)
    metadata = {
        "keras_version": _KERAS_VERSION,
        "date_saved": _DATE,
        KEY: own_part(contents),
    }
    parts = {
        METADATA: write_json(metadata).encode(),
        CONFIG: write_json(description.config).encode(),
        WEIGHTS: _weights_part(description, weights),
    }
    return _archive(parts), [*description.notes, *_notes(contents)]


def _archive(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _DAY)
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return file.getvalue()


def _weights_part(description: Description, weights: dict[str, Any]) -> bytes:
    """``layers/conv2d_1/vars/0``, …: the arrays of each layer, numbered."""
    h5py = needed_package("h5py", _("writing Keras's files"))
    file = io.BytesIO()
    # The oldest layout, which every version of the HDF5 library reads.
    with h5py.File(file, "w", libver=("earliest", "v110")) as store:
        store.create_group("vars").attrs["name"] = description.config["config"]["name"]
        for layer in description.layers:
            variables = store.create_group(f"{layer.group}/vars")
            variables.attrs["name"] = layer.name
            for number, name in enumerate(layer.weights):
                array = weights[name]
                if name in layer.flipped:
                    array = np.ascontiguousarray(array[::-1, ::-1])
                variables.create_dataset(str(number), data=array, track_times=False)
    return file.getvalue()


def _notes(contents: ModelContents) -> list[Note]:
    notes = []
    if contents.preprocessing is not None:
        notes.append(Note("", _input_text(contents.network, contents)))
    if contents.class_names:
        text = _("Keras has no place for class names: they stand in the metadata, where konv looks")
        notes.append(Note("", text))
    return notes


def _input_text(network: Network, contents: ModelContents) -> str:
    """What the file expects, since Keras does not prepare pictures."""
    known = contents.preprocessing
    shape = shape_text(network.input_shape)
    if known is None or (known.mean is None and known.std is None):
        return _("give it pictures {shape} of pixels / 255", shape=shape)
    return _(
        "give it pictures {shape} of (pixels / 255 − mean) / std, mean {mean}, std {std}",
        shape=shape,
        mean=_numbers(known.mean, 0),
        std=_numbers(known.std, 1),
    )


def _numbers(values: tuple[float, ...] | None, usual: int) -> str:
    """One for each channel, with as many digits as float32 has."""
    return ", ".join(f"{value:.9g}" for value in (values or (usual,)))
