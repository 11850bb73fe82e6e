"""The model file, ``.konv``: one tensor file whose metadata say what its arrays mean.

::

    format         "konv"
    konv_form      the version of this form: "1"
    network        JSON: the layers and how they are wired
    classes        JSON: the label of each output, in order
    preprocessing  JSON: how a picture becomes the input, or null
    record         JSON: how it was trained, {} if that is not known

The arrays are the weights, float32, under the names that the network gives them. Loading builds the
network from konv's own layers by their names, compares the weights that the file claims to hold
with those that the network needs, and only then reads them: nothing in a file is ever run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

import numpy as np

from konv.data.names import written
from konv.errors import FormatError
from konv.files import write_atomically
from konv.formats.contents import ModelContents
from konv.formats.json_text import write_json
from konv.formats.parts import Parts, plain_parts
from konv.formats.tensor_file import tensor_pieces
from konv.formats.tensor_header import TensorEntry
from konv.formats.tensor_reader import Array, TensorFile, open_tensors
from konv.formats.texts import malformed
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.network.graph import Network
from konv.network.weights import checked_weights
from konv.parameters import short_text

__all__ = ["check_finite", "model_bytes", "model_from_bytes", "read_model", "write_model"]

_FORMAT = "konv"
_FORM = 1
_KEYS = ("format", "konv_form", "network", "classes", "preprocessing", "record")
# Looking for NaN makes one byte per number; in pieces, that is no memory worth counting.
_PIECE = 2**20


def write_model(path: str | os.PathLike[str], contents: ModelContents) -> None:
    """Save a model, so that a crash leaves either the former file or the whole new one.

    Args:
        path: the file, by custom ``….konv``.
        contents: what it is to hold. Equal contents give equal bytes.

    Raises:
        EngineError: K702, the weights do not belong to the network.
        FormatError: K407, a weight is not finite; K405, the file cannot be written.
        LimitError: K602, K604: it would be too large to be loaded again.
    """
    write_atomically(path, _pieces(contents, written(path)))


def model_bytes(contents: ModelContents) -> bytes:
    """The content of the file that :func:`write_model` writes."""
    return b"".join(_pieces(contents, _("the model")))


def read_model(path: str | os.PathLike[str]) -> ModelContents:
    """Load a model. Nothing in the file is run, whatever it holds.

    Args:
        path: a file that :func:`write_model` has written.

    Raises:
        FormatError: K401 to K404, K406, K407: it cannot be read, or is no whole model.
        LimitError: K602, K604: it is too large.
    """
    with open_tensors(path) as file:
        return _contents(file)


def model_from_bytes(content: bytes, where: str = "") -> ModelContents:
    """The same from the content of a file; errors call it ``where``."""
    with open_tensors(content, where=where) as file:
        return _contents(file)


def _pieces(contents: ModelContents, where: str) -> Iterator[bytes]:
    weights = checked_weights(contents.network, contents.weights)
    for name, array in weights.items():
        check_finite(name, array, where)
    texts = {name: write_json(part) for name, part in plain_parts(contents).items()}
    metadata = {"format": _FORMAT, "konv_form": str(_FORM), **texts}
    return tensor_pieces(weights, metadata, where=where)


def _contents(file: TensorFile) -> ModelContents:
    _check_form(file.metadata, file.where)
    _check_keys(file.metadata, file.where)
    entries = file.entries(dtypes=("F32",))
    parts = Parts(file.metadata, file.where)
    network = parts.network
    _check_weights(network, entries, file.where)
    weights = {name: file.array(entries[name]) for name in network.weight_specs}
    for name, array in weights.items():
        check_finite(name, array, file.where)
    return parts.contents(network, weights)


def _check_form(metadata: Mapping[str, str], where: str) -> None:
    if metadata.get("format") != _FORMAT:
        raise FormatError(
            _("this is a safetensors file, but no model that konv has saved"),
            code="K401",
            where=where,
            fix=_(
                "a .konv file; weights of PyTorch alone go into a model of the same network: "
                "model.load_torch_weights(path)"
            ),
        )
    form = metadata.get("konv_form", "")
    if not re.fullmatch("[1-9][0-9]{0,8}", form, re.ASCII):
        raise malformed(_("the form {form} is no number", form=short_text(form)), where=where)
    if int(form) > _FORM:
        raise FormatError(
            _("written by a newer konv, in form {form}", form=form),
            code="K403",
            where=where,
            details=[(_("readable"), _("this konv reads up to form {most}", most=_FORM))],
            fix=_("use a newer konv"),
        )


def _check_keys(metadata: Mapping[str, str], where: str) -> None:
    problems = {
        _("missing"): [key for key in _KEYS if key not in metadata],
        _("surplus"): [short_text(key) for key in metadata if key not in _KEYS],
    }
    if any(problems.values()):
        raise FormatError(
            _("the metadata are not those of form {form}", form=_FORM),
            code="K402",
            where=where,
            details=[(label, ", ".join(keys[:5])) for label, keys in problems.items() if keys],
            fix=_("save the model again with konv"),
        )


def _check_weights(network: Network, entries: Mapping[str, TensorEntry], where: str) -> None:
    """Refuse a file that does not claim exactly the weights that its network needs."""
    specs = network.weight_specs
    problems = {
        _("missing"): [name for name in specs if name not in entries],
        _("surplus"): [short_text(name) for name in entries if name not in specs],
        _("shape"): [
            _(
                "{name} is {given}, not {expected}",
                name=name,
                given=shape_text(entries[name].shape),
                expected=shape_text(spec.shape),
            )
            for name, spec in specs.items()
            if name in entries and entries[name].shape != spec.shape
        ],
    }
    if any(problems.values()):
        raise FormatError(
            _("its weights do not belong to its network"),
            code="K406",
            where=where,
            details=[(label, ", ".join(names[:5])) for label, names in problems.items() if names],
            fix=_("save the model again with the konv that made it"),
        )


def check_finite(name: str, array: Array, where: str) -> None:
    """Refuse weights that are not finite.

    Raises:
        FormatError: K407, with the first place.
    """
    numbers = array.reshape(-1)
    for start in range(0, numbers.size, _PIECE):
        finite = np.isfinite(numbers[start : start + _PIECE])
        if not finite.all():
            first = start + int(np.argmin(finite))
            place = ", ".join(str(int(axis)) for axis in np.unravel_index(first, array.shape))
            raise FormatError(
                _("{name}[{place}] is {value}", name=name, place=place, value=numbers[first]),
                code="K407",
                where=where,
                fix=_("weights of finite numbers: train again with a smaller learning_rate"),
            )
