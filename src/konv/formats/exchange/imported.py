"""What comes of reading another tool's model: a model, and every word about what was changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from konv.formats.contents import ModelContents

__all__ = ["Imported", "Note", "Original"]

Array = np.ndarray[Any, np.dtype[Any]]
Original = Callable[[Array], tuple[str, Array]]


@dataclass(frozen=True)
class Note:
    """Something that a person should know about an import or an export, and that changes no result.

    Args:
        where: the place in the file, such as ``"line 4"`` or ``"node conv_1"``; may be empty.
        text: one translated sentence without a full stop.
        about: the setting that makes it needless, such as ``"pixels"``, if one does.
    """

    where: str
    text: str
    about: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


@dataclass(frozen=True, eq=False)
class Imported:
    """A model that another tool wrote.

    Args:
        contents: the network, its weights, and what else the file says.
        source: what the file is, with its version: ``"ONNX, opset 8, from CNTK 2.5.1"``;
            empty: konv itself.
        notes: what was ignored or written differently, in the order of the file.
        original: what the other tool itself makes of inputs of konv's network, in konv's order of
            axes: (the program with its version, outputs). It raises NoRunnerError where that tool
            is not installed. None: there is nothing to run.
    """

    contents: ModelContents
    source: str = ""
    notes: tuple[Note, ...] = ()
    original: Original | None = None

    def recorded(self, **more: Any) -> ModelContents:
        """The contents; where they come from, if not from konv, travels with them from now on.

        Args:
            more: what else is to stand in the record, under ``imported``.
        """
        if not self.source:
            return self.contents
        facts = {"from": self.source, "notes": [str(note) for note in self.notes], **more}
        return replace(self.contents, record={**self.contents.record, "imported": facts})
