"""What ``konv convert`` reads: a model of any tool, a network, or code that describes one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from konv.cli.named import network_of
from konv.model import Model, load
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
    """

    model: Model
    kind: str
    notes: tuple[str, ...] = ()
    untrained: bool = False


def converted(word: str) -> Converted:
    """The model or the network that a word names.

    Raises:
        KonvError: there is none, or it cannot be read.
    """
    ending = Path(word).suffix.lower()
    if ending in _NETWORKS or (word in NETWORK_NAMES and not os.path.exists(word)):
        return Converted(Model.from_network(network_of(word)), "konv", untrained=True)
    model = _described(word) if ending in _CODE else load(word)
    imported = model.record.get("imported", {})
    return Converted(
        model,
        imported.get("from", "konv"),
        tuple(imported.get("notes", ())),
        untrained=ending in _CODE,
    )


def _described(path: str) -> Model:
    from konv.formats.keras_code import read_keras_code

    return Model.from_contents(read_keras_code(path).recorded())
