"""What ``konv convert`` reads: a model of any tool, a network, or code that describes one."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from konv.cli.named import network_of
from konv.formats.exchange.agreement import Agreement
from konv.formats.exchange.imported import Imported
from konv.formats.exchange.importing import compared
from konv.formats.sources import read_any_model
from konv.model import Model
from konv.network.named import NETWORK_NAMES

__all__ = ["Converted", "converted"]

_NETWORKS = (".yaml", ".yml", ".json")
_CODE = (".py", ".ipynb", ".md", ".txt")


@dataclass(frozen=True, eq=False)
class Converted:
    """What was read.

    Args:
        model: with weights, new ones if there were none.
        kind: what it was, with its version.
        notes: what was ignored or is written differently.
        untrained: whether the weights are new.
        agreement: of the tool that it comes from with what was read; None: that was not asked.
        unproven: why not.
    """

    model: Model
    kind: str
    notes: tuple[str, ...] = ()
    untrained: bool = False
    agreement: Agreement | None = None
    unproven: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The same as data."""
        found = None if self.agreement is None else self.agreement.to_dict()
        return {"source": self.kind, "source_notes": list(self.notes), "source_agreement": found}


def converted(word: str, *, settled: Collection[str] = ()) -> Converted:
    """The model or the network that a word names.

    Args:
        word: a file, or the name of a network.
        settled: settings that were given, and about which no note is needed.

    Raises:
        KonvError: there is none, or it cannot be read.
    """
    ending = Path(word).suffix.lower()
    if ending in _NETWORKS or (_may_be_a_name(word, ending) and not os.path.lexists(word)):
        return Converted(Model.from_network(network_of(word)), "konv", untrained=True)
    imported = _code(word) if ending in _CODE else read_any_model(word)
    model = Model.from_contents(imported.recorded())
    found, unproven = compared(imported, model.trial, word)
    return Converted(
        model,
        imported.source or "konv",
        tuple(str(note) for note in imported.notes if note.about not in settled),
        untrained=ending in _CODE,
        agreement=found,
        unproven=unproven,
    )


def _may_be_a_name(word: str, ending: str) -> bool:
    """Whether a word that is no file is a name, or a slip in one."""
    return word in NETWORK_NAMES or not ending


def _code(path: str) -> Imported:
    from konv.formats.code_reading import read_keras_code

    return read_keras_code(path)
