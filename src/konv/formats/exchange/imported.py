"""What comes of reading another tool's model: a model, and every word about what was changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from konv.formats.contents import ModelContents

__all__ = ["Imported", "Note"]


@dataclass(frozen=True)
class Note:
    """Something that a person should know about an import or an export, and that changes no result.

    Args:
        where: the place in the file, such as ``"line 4"`` or ``"node conv_1"``; may be empty.
        text: one translated sentence without a full stop.
    """

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


@dataclass(frozen=True, eq=False)
class Imported:
    """A model that another tool wrote.

    Args:
        contents: the network, its weights, and what else the file says.
        source: what the file is, with its version: ``"ONNX, opset 8, from CNTK 2.5.1"``.
        notes: what was ignored or written differently, in the order of the file.
    """

    contents: ModelContents
    source: str
    notes: tuple[Note, ...] = ()

    def recorded(self, **more: Any) -> ModelContents:
        """The contents; where they come from travels with the model from now on.

        Args:
            more: what else is to stand in the record, under ``imported``.
        """
        facts = {"from": self.source, "notes": [str(note) for note in self.notes], **more}
        return replace(self.contents, record={**self.contents.record, "imported": facts})
