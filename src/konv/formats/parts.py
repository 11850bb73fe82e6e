"""What konv says of a model beside its weights, in all files that it writes: each part as JSON.

::

    network        the layers and how they are wired
    classes        the label of each output, in order
    preprocessing  how a picture becomes the input, or null
    record         how it was trained, {} if that is not known
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from konv.data.preprocessing import Preprocessing
from konv.errors import FormatError, KonvError, LimitError
from konv.formats.contents import ModelContents
from konv.formats.json_text import read_json
from konv.formats.texts import malformed, printable
from konv.language import translate as _
from konv.limits import MAX_MODEL_HEADER_BYTES, MAX_RECORD_BYTES
from konv.network.description import from_config, to_config
from konv.network.graph import Network

__all__ = ["Parts", "plain_parts"]

_Part = TypeVar("_Part")


def plain_parts(contents: ModelContents) -> dict[str, Any]:
    """The parts of a model as plain data."""
    preprocessing = contents.preprocessing
    return {
        "network": to_config(contents.network),
        "classes": list(contents.class_names),
        "preprocessing": None if preprocessing is None else preprocessing.to_config(),
        "record": dict(contents.record),
    }


class Parts:
    """The parts that a file holds; none is read before it is asked for.

    Args:
        texts: the JSON of each by its key.
        where: what errors call the file.
        prefix: what stands before the name of a part in its key.

    Raises:
        FormatError, LimitError: of each property, K401, K602, K604: the part cannot be what it
            claims to be.
    """

    def __init__(self, texts: Mapping[str, str], where: str, prefix: str = "") -> None:
        self.texts = texts
        self._where = where
        self._prefix = prefix

    @property
    def network(self) -> Network:
        """The network; there must be one."""
        return self._part("network", from_config)

    @property
    def class_names(self) -> tuple[Any, ...]:
        """The label of each output; none where that is not known."""
        value = self._json("classes", missing=[])
        if not isinstance(value, list):
            part = f"{self._prefix}classes"
            raise malformed(_("the {part} is no list", part=part), where=self._where)
        return tuple(value)

    @property
    def preprocessing(self) -> Preprocessing | None:
        """How a picture becomes the input; None where that is not known."""
        if self.texts.get(f"{self._prefix}preprocessing", "null") == "null":
            return None
        return self._part("preprocessing", Preprocessing.from_config)

    @property
    def record(self) -> dict[str, Any]:
        """How it was trained; nothing where that is not known."""
        return self._part("record", dict, MAX_RECORD_BYTES, {})

    def contents(self, network: Network, weights: Mapping[str, Any]) -> ModelContents:
        """The whole model.

        Raises:
            FormatError: K401, the parts do not suit the network, or cannot be.
        """
        names, preprocessing, record = self.class_names, self.preprocessing, self.record
        with self._explained(_("contents")):
            return ModelContents(
                network, weights, class_names=names, preprocessing=preprocessing, record=record
            )

    def _part(
        self,
        name: str,
        build: Callable[[Mapping[str, Any]], _Part],
        most_bytes: int = MAX_MODEL_HEADER_BYTES,
        missing: Any = None,
    ) -> _Part:
        part = f"{self._prefix}{name}"
        value = self._json(name, most_bytes, missing)
        if not isinstance(value, dict):
            raise malformed(_("the {part} is no JSON object", part=part), where=self._where)
        with self._explained(part):
            return build(value)

    def _json(
        self, name: str, most_bytes: int = MAX_MODEL_HEADER_BYTES, missing: Any = None
    ) -> Any:
        key = f"{self._prefix}{name}"
        if key not in self.texts:
            return missing
        return read_json(self.texts[key], where=self._where, part=key, most_bytes=most_bytes)

    @contextmanager
    def _explained(self, part: str) -> Iterator[None]:
        """An error about a value in the file becomes one about the file."""
        try:
            yield
        except (FormatError, LimitError) as error:
            if not error.where.startswith(self._where):
                error.located(" ".join(filter(None, (self._where, part, error.where))))
            raise
        except KonvError as error:
            place = f" {error.where}" if error.where else ""
            reasons = (
                (_("reason"), f"{error.code}{place}: {error.what}"),
                *error.details,
                (_("needed"), error.fix),
            )
            raise FormatError(
                _("the {part} in it cannot be", part=part),
                code="K401",
                where=self._where,
                details=[(label, printable(text)) for label, text in reasons],
                fix=_("save the model again with the konv that made it"),
            ) from error
