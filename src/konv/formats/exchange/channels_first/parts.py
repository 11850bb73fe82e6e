"""The parts of a network in the making, with their weights; what they are called comes last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from konv.constraints import RefusalError
from konv.errors import ShapeError
from konv.layers.base import Layer, Shape
from konv.layers.fields import LayerName
from konv.limits import MAX_NAME_CHARACTERS
from konv.network.assembly import check_count

__all__ = ["PartInMaking", "PartsInMaking"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class PartInMaking:
    """A layer, what it is made from, and its weights by the layer's names for them.

    Args:
        suggestion: what the other tool calls it; empty: nothing.
        owner: the key of the part whose weights it uses; empty: it has its own.
    """

    layer: Layer
    inputs: tuple[str, ...]
    shape: Shape
    weights: Mapping[str, Array]
    suggestion: str = ""
    owner: str = ""


class PartsInMaking:
    """Parts by key, each after those it is made from."""

    def __init__(self) -> None:
        self.parts: dict[str, PartInMaking] = {}
        self._owners: dict[Hashable, str] = {}
        self._added = 0
        self.numbers = 0  # in all weights, those once that are shared

    def add(
        self,
        layer: Layer,
        inputs: Sequence[str] = (),
        weights: Mapping[str, Array] | None = None,
        *,
        name: str = "",
        owner: Hashable = None,
    ) -> str:
        """Put a layer behind others; its key.

        Args:
            layer: what it is; its name is of no account.
            inputs: keys.
            weights: in konv's layouts.
            name: what the other tool calls it.
            owner: parts of the same owner, of one kind and with the same weights, share them.

        Raises:
            ShapeError: it does not fit; the place is ``name``.
            NetworkError: K302, there are too many.
        """
        try:
            shape = layer.output_shape(*(self.parts[key].shape for key in inputs))
        except ShapeError as error:
            raise error.located(name or type(layer).__name__) from None
        key = f"#{self._added}"
        self._added += 1
        check_count(self._added, name)
        part = PartInMaking(layer, tuple(inputs), shape, weights or {}, name)
        part = self.parts[key] = self._sharing(part, key, owner)
        self.numbers += sum(weight.size for weight in part.weights.values())
        return key

    def _sharing(self, part: PartInMaking, key: str, owner: Hashable) -> PartInMaking:
        if owner is None:
            return part
        first = self._owners.setdefault((type(part.layer), owner), key)
        if first == key or not _same_weights(part, self.parts[first]):
            return part
        return replace(part, owner=first, weights={})

    def uses(self, output: str) -> Counter[str]:
        """How often each part is used: by others, as the output, by those who share its weights."""
        uses = Counter([output])
        for part in self.parts.values():
            uses.update(part.inputs)
        return uses

    def shared(self) -> set[str]:
        """The parts that share weights, and those whose weights they share."""
        sharing = {key for key, part in self.parts.items() if part.owner}
        return sharing | {self.parts[key].owner for key in sharing}

    def names(self) -> dict[str, str]:
        """What each part is called: as in the other tool where that can be, else made as usual."""
        names = {key: _accepted(part.suggestion) for key, part in self.parts.items()}
        taken = Counter(name for name in names.values() if name)
        made: Counter[str] = Counter()
        seen: set[str] = set()
        for key, part in self.parts.items():
            name = names[key]
            if not name or name in seen:
                name = ""
            while not name:
                made[part.layer.kind] += 1
                candidate = f"{part.layer.kind}_{made[part.layer.kind]}"
                name = "" if candidate in taken or candidate in seen else candidate
            seen.add(name)
            names[key] = name
        return names


def _accepted(suggestion: str) -> str:
    """The suggestion as the name of a layer; empty if it cannot be one."""
    text = suggestion.strip("/").replace("/", "_").replace(":", "_")[:MAX_NAME_CHARACTERS]
    try:
        return LayerName().accept(text)
    except RefusalError:
        return ""


def _same_weights(part: PartInMaking, other: PartInMaking) -> bool:
    if replace(part.layer, name=None) != replace(other.layer, name=None):
        return False
    return part.weights.keys() == other.weights.keys() and all(
        np.array_equal(weight, other.weights[name]) for name, weight in part.weights.items()
    )
