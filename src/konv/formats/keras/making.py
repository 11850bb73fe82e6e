"""konv's layers for the items of a Keras model: one and the same at each call, all names apart."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.keras.arguments import konv_name, short_text_of
from konv.formats.keras.config import Item
from konv.formats.keras.flows import word_of
from konv.formats.keras.layers import translated
from konv.formats.texts import printable
from konv.language import translate as _
from konv.layers.base import Layer, Shape
from konv.limits import MAX_NAME_CHARACTERS

__all__ = ["LayerMaker", "is_foreign", "kind_of", "place_of"]

# Functions that may stand in a model, such as ``x + y``, and the layers that do the same.
_OPERATIONS = {
    "Add": "Add",
    "Concatenate": "Concatenate",
    "Gelu": "Gelu",
    "Relu": "ReLU",
    "Softmax": "Softmax",
}
_FOREIGN = "?"  # as ``config.Item`` has it


def kind_of(item: Item) -> str:
    """The class of layer that an item is, or that does the same."""
    if item.operation:
        return _OPERATIONS.get(item.kind, _FOREIGN + item.kind)
    return item.kind


def is_foreign(kind: str) -> bool:
    """Whether it is none of Keras's layers."""
    return kind.startswith(_FOREIGN)


def place_of(path: tuple[Item, ...], number: int) -> str:
    """What notes and refusals call the last of ``path``, the others being models around it."""
    names = "/".join(one.name for one in path)
    return printable(_("layer {index} {name}", index=number, name=short_text_of(names)))


@dataclass
class LayerMaker:
    """Makes konv's layers.

    Args:
        notes, refused: what is ignored or not supported is added here.
        keras: the version that wrote the file.
    """

    notes: list[Note]
    refused: Refusals
    keras: int
    origins: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    _made: dict[tuple[str, ...], tuple[Layer, ...]] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)

    def layers(self, path: tuple[Item, ...], place: str, shape: Shape | None) -> tuple[Layer, ...]:
        """The layers for an item inside of the models of ``path``; none if anything was refused."""
        kind = kind_of(path[-1])
        key = tuple(one.name for one in path)
        if key not in self._made or kind == "Reshape":
            name = self.new_name(path[-1].name, place)
            self._made[key] = self._translated(kind, path[-1], name, place, shape)
            self.origins[name] = path
        return self._made[key]

    def new_name(self, name: str, place: str) -> str:
        """A name that no other layer has."""
        stem = candidate = konv_name(name)
        while candidate in self._last:
            self._last[stem] += 1
            ending = f"_{self._last[stem]}"
            candidate = stem[: MAX_NAME_CHARACTERS - len(ending)] + ending
        self._last[candidate] = 1
        if candidate != name:
            self.notes.append(Note(place, _("it is called {name} in konv", name=candidate)))
        return candidate

    def _translated(
        self, kind: str, item: Item, name: str, place: str, shape: Shape | None
    ) -> tuple[Layer, ...]:
        if is_foreign(kind):
            self.refused.add(place, printable(short_text_of(kind[1:])))
            return ()
        config: dict[str, Any] = {**item.config, "name": name}
        found = translated(kind, config, place, self.notes, self.refused, input_shape=shape)
        if self.keras < 3 and any(word_of(layer) == "hard_sigmoid" for layer in found):
            what = _("hard_sigmoid of Keras 2, which is another function than that of Keras 3")
            self.refused.add(place, what)
            return ()
        # What stands behind a layer may be called like a third one.
        behind = (replace(one, name=self.new_name(one.name or "", place)) for one in found[1:])
        return (*found[:1], *behind)
