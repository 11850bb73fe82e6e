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

from konv.formats.contents import ModelContents
from konv.formats.json_text import write_json
from konv.formats.onnx.messages import Entry, Model
from konv.formats.parts import Parts, plain_parts
from konv.formats.texts import malformed, printable
from konv.language import translate as _

__all__ = ["metadata_of", "parts_of"]

_PREFIX = "konv_"


def metadata_of(contents: ModelContents) -> list[Entry]:
    """What is written into the file beside the graph."""
    parts = plain_parts(contents)
    texts = {name: write_json(part) for name, part in parts.items() if part}
    return [Entry(f"{_PREFIX}{name}", text) for name, text in sorted(texts.items())]


def parts_of(model: Model, where: str) -> Parts:
    """What a file says beside its graph.

    Raises:
        FormatError: K401, it says something twice.
    """
    texts: dict[str, str] = {}
    for entry in model.metadata_props:
        key = entry.key or ""
        if key in texts:
            raise malformed(
                _("the metadata hold {key} twice", key=repr(printable(key))[:60]), where=where
            )
        texts[key] = entry.value or ""
    return Parts(texts, where, _PREFIX)
