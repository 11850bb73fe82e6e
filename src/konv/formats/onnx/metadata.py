"""What konv keeps in the metadata of an ONNX file, each as JSON.

::

    konv_classes        the label of each output, in order
    konv_preprocessing  how a picture becomes the input
    konv_record         how it was trained
    konv_network        the layers and how they are wired

The first three are left out where nothing is known. The last is believed only where writing that
network gives the very graph of the file: see :mod:`konv.formats.onnx.own`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from konv.data.preprocessing import Preprocessing
from konv.errors import FormatError, KonvError
from konv.formats.contents import ModelContents
from konv.formats.json_text import read_json, write_json
from konv.formats.onnx.messages import Entry, Model
from konv.formats.texts import malformed, printable
from konv.language import translate as _
from konv.limits import MAX_MODEL_HEADER_BYTES, MAX_RECORD_BYTES
from konv.network.description import from_config, to_config
from konv.network.graph import Network

__all__ = ["Metadata", "metadata_of"]

_Part = TypeVar("_Part")


def metadata_of(contents: ModelContents) -> list[Entry]:
    """What is written into the file beside the graph."""
    preprocessing = contents.preprocessing
    parts = {
        "classes": list(contents.class_names),
        "preprocessing": None if preprocessing is None else preprocessing.to_config(),
        "record": dict(contents.record),
    }
    texts = {name: write_json(part) for name, part in parts.items() if part}
    texts["network"] = write_json(to_config(contents.network))
    return [Entry(f"konv_{name}", text) for name, text in sorted(texts.items())]


class Metadata:
    """What a file says beside its graph.

    Args:
        model: the file.
        where: what errors call it.

    Raises:
        FormatError: K401, it says something twice.
    """

    def __init__(self, model: Model, where: str) -> None:
        self._where = where
        self._texts: dict[str, str] = {}
        for entry in model.metadata_props:
            key = entry.key or ""
            if key in self._texts:
                raise malformed(
                    _("the metadata hold {key} twice", key=repr(printable(key))[:60]), where=where
                )
            self._texts[key] = entry.value or ""

    @property
    def texts(self) -> Mapping[str, str]:
        """Each key with what stands behind it."""
        return self._texts

    @property
    def class_names(self) -> tuple[Any, ...]:
        """The label of each output; none where that is not known.

        Raises:
            FormatError: K401, what stands there is no list.
        """
        value = self._json("classes", MAX_MODEL_HEADER_BYTES)
        if value is not None and not isinstance(value, list):
            raise malformed(_("the {part} is no list", part="konv_classes"), where=self._where)
        return tuple(value or ())

    @property
    def preprocessing(self) -> Preprocessing | None:
        """How a picture becomes the input; None where that is not known."""
        return self._part("preprocessing", Preprocessing.from_config)

    @property
    def record(self) -> dict[str, Any]:
        """How it was trained; nothing where that is not known."""
        return self._part("record", dict, MAX_RECORD_BYTES) or {}

    @property
    def network(self) -> Network | None:
        """The network that the file claims to hold."""
        return self._part("network", from_config)

    def contents(self, network: Network, weights: Mapping[str, Any]) -> ModelContents:
        """A model with what the file says beside its graph.

        Raises:
            FormatError: K401, that does not suit the network, or cannot be.
        """
        names, preprocessing, record = self.class_names, self.preprocessing, self.record
        with self._explained(_("metadata")):
            return ModelContents(
                network, weights, class_names=names, preprocessing=preprocessing, record=record
            )

    def _json(self, name: str, most_bytes: int) -> Any:
        key = f"konv_{name}"
        if key not in self._texts:
            return None
        return read_json(self._texts[key], where=self._where, part=key, most_bytes=most_bytes)

    def _part(
        self,
        name: str,
        build: Callable[[Mapping[str, Any]], _Part],
        most_bytes: int = MAX_MODEL_HEADER_BYTES,
    ) -> _Part | None:
        value = self._json(name, most_bytes)
        if value is None:
            return None
        part = f"konv_{name}"
        if not isinstance(value, dict):
            raise malformed(_("the {part} is no JSON object", part=part), where=self._where)
        with self._explained(part):
            return build(value)

    @contextmanager
    def _explained(self, part: str) -> Iterator[None]:
        """An error about a value in the file becomes one about the file."""
        try:
            yield
        except KonvError as error:
            reason = f"{error.code} {error.what}"
            raise FormatError(
                _("the {part} in it cannot be", part=part),
                code="K401",
                where=self._where,
                details=[(_("reason"), printable(reason)), (_("needed"), printable(error.fix))],
                fix=_("write the file again with the konv that made it"),
            ) from error
